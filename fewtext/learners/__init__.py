"""What learners are built of: backbones, the inner loop, and the spec that a trained one is found by."""
