"""Classifiers of texts and images: fitted, calibrated, saved, updated, and their answers."""
