"""Labelled collections: opened, encoded once, and kept for all who share them."""
