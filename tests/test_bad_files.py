"""Files of every kind, made badly on purpose: a short run of the generator."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "benchmarks" / "bad_files.py"


def test_no_row_of_a_bad_file_is_lost_unsaid():
    pytest.importorskip("pyarrow")
    spec = importlib.util.spec_from_file_location("bad_files", SCRIPT)
    bad_files = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bad_files)
    told = []
    assert bad_files.run(files=300, seed=7, command_every=60, show=told.append) == 0, "\n".join(told)
    assert told[-1].split()[1:3] == ["300", "300"], "all are tried, and hold"
