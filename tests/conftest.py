"""What several tests share: the real encoder, a made-up one that needs no weights, and the command in a process."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the command does: tests run on busy machines


@pytest.fixture(scope="session")
def bert():
    """The default encoder, in float32 on the CPU."""
    from fewtext.encoding import load_encoder

    return load_encoder(device="cpu", dtype="float32", offline=True)


@pytest.fixture
def toy_encoder():
    """An encoder of word counts hashed into 1024 places: instant, deterministic, and near texts share words."""
    import torch
    from torch.nn.functional import normalize

    from fewtext.encoding import Encoder

    class Toy(Encoder):
        name, shape, fingerprint, max_length = "toy", (1024,), "toy", 100

        def __init__(self):
            self.device = torch.device("cpu")
            self.seen = []

        def encode(self, items, progress=None):
            self.seen += items
            x = torch.zeros(len(items), 1024)
            for row, item in zip(x, items, strict=True):
                words = item.lower().split()
                self.truncated += len(words) > self.max_length
                for word in words[: self.max_length]:
                    row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 1024] += 1
            return normalize(x + 1e-3, dim=-1)

    return Toy()


@pytest.fixture
def run_fewtext():
    """Run the command in a process of its own: what it writes to stdout and stderr, and its exit code."""

    def run(*arguments, stdin=None, **environment):
        return subprocess.run(
            [sys.executable, "-m", "fewtext", *map(str, arguments)],
            input=stdin,
            capture_output=True,
            cwd=ROOT,
            env=os.environ | {"COLUMNS": "120", "HF_HUB_OFFLINE": "1"} | environment,
            timeout=120,
        )

    return run


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes and return its path."""

    def write_file(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


CARD = """
name = "tiny"
modality = "text"
description = "a few texts"
licence = "ours"
citation = "none"
{extra}
[files.train]
file = "train.csv"
{train}
"""


@pytest.fixture
def card(tmp_path):
    """Write a card, and the files and folds that go with it, into a folder."""

    def write_card(extra="", train="", files=(), folds=None):
        (tmp_path / "tiny").mkdir(exist_ok=True)
        (tmp_path / "tiny/card.toml").write_text(CARD.format(extra=extra, train=train))
        for name, content in dict(files).items():
            (tmp_path / "tiny" / name).write_text(content)
        if folds is not None:
            (tmp_path / "tiny/folds.json").write_text(json.dumps(folds))
        return str(tmp_path / "tiny")

    return write_card
