"""Official splits, encoded as ``fewtext classify`` does, for the scripts on the full-way track."""

import os
import platform
from importlib.metadata import version
from pathlib import Path

from fewtext.datasets.session import Session
from fewtext.encoders.load import CLASSIFYING, load_encoder


def official_splits(names):
    """Yield the name, the encoder (which caches both splits), train items and test items."""
    session = Session()
    known = session.cached_encoder(load_encoder(CLASSIFYING))
    for name in names:
        corpus = session.corpus(name)
        train, test = (session.items(corpus, split) for split in ("train", "test"))
        known.keep(train)
        known.keep(test)
        yield name, known, train, test


def circumstances(known, *libraries):
    """Return what a result depends on besides its settings: encoder, versions and hardware."""
    return {
        "encoder": known.name, "fingerprint": known.fingerprint,
        **{name: version(name) for name in ("fewtext", "torch", *libraries)},
        "hardware": f"{platform.machine()}, {os.cpu_count()} cores",
    }  # fmt: skip


def hardware():
    """Return the processor's name."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
