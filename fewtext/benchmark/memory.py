"""The memory that this process has needed."""

from __future__ import annotations

import sys


def peak_megabytes() -> float | None:
    """Return the most memory that the process has held so far, in MiB; None where the system does not say."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(peak / (2**20 if sys.platform == "darwin" else 2**10), 1)
