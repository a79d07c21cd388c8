"""What a classifier takes where nothing else is asked for: the learners, by name, and the word for choosing one."""

CANDIDATES = ("logistic", "protonet", "lda")
"""Learners that need no training: ``auto`` chooses one of them, the first where the support is too small to choose."""
DEFAULT_LEARNER = CANDIDATES[0]
AUTO = "auto"
