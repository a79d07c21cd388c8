"""Data-quality reports: what accuracy to expect, and which examples look wrong."""
