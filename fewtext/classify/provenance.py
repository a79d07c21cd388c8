"""Provenance: the day, and the versions of what a classifier is made with."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from fewtext.classify.saved_model import Expected, Provenance

RECORDED = "fewtext", "numpy", "scikit-learn", "sentence-transformers", "tokenizers", "torch", "transformers"
"""Distributions whose version may show in a model's answers."""


def provenance(expected: Expected | None) -> Provenance:
    """Return the provenance of a classifier that has just been fitted: of this day, and of what is installed."""
    return Provenance(datetime.now(UTC).date().isoformat(), installed_versions(), expected)


def installed_versions() -> dict[str, str]:
    """Return the version of each recorded distribution that is installed."""
    found = {}
    for name in RECORDED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
