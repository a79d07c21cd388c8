"""Meta-training: episodes, the outer loop, and runs that can be resumed."""
