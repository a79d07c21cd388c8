"""Data-quality reports: the accuracy to expect, and examples whose labels look wrong."""
