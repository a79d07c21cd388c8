"""Measuring a learner: on tasks of a corpus, on all classes, on one's own files."""
