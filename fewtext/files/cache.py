"""The cache's folder: what can be made again, and records of what was downloaded."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path | None:
    """Return the folder that ``FEWTEXT_CACHE`` names, by default one in the home folder; None where it says ``off``."""
    folder = os.environ.get("FEWTEXT_CACHE") or Path.home() / ".cache" / "fewtext"
    return None if str(folder) == "off" else Path(folder)
