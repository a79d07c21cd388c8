"""What learners are built from: backbones, the inner loop, and the spec that finds a trained learner."""
