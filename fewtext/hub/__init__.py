"""Saved classifiers on the Hugging Face Hub: how they are named, fetched with their digests, and uploaded."""
