"""Evaluation: a learner on tasks of a corpus, on all of its classes, or on labelled files."""
