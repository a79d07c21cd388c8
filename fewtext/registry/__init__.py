"""Installed plugins: finding and loading them, what they offer, and handling their failures."""
