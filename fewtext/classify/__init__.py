"""The classifier of texts and images: fitted, saved, updated, and what it answers."""
