"""Labelled collections: opened, read, cut into folds, and encoded once."""
