"""Files of every kind, made badly on purpose: a short run of the generator."""

import importlib
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def test_no_row_of_a_bad_file_is_lost_without_a_warning(monkeypatch):
    pytest.importorskip("pyarrow")
    monkeypatch.syspath_prepend(BENCHMARKS)
    bad_files = importlib.import_module("bad_files")
    message = []
    assert bad_files.run(files=300, seed=7, command_every=60, show=message.append) == 0, "\n".join(message)
    assert message[-1].split()[1:3] == ["300", "300"], "all are tried, and hold"
