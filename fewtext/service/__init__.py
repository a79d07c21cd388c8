"""The service: saved classifiers behind an address, with a page to try them and to label."""
