"""Files as people have them, each written by the library that they write it with, or with its fault: all come right."""

import importlib
from pathlib import Path

import pytest

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(Path(__file__).parent.parent / "benchmarks")
    file_kinds = importlib.import_module("file_kinds")
CASES = [case for case in file_kinds.CASES if case not in file_kinds.export_cases.CASES]  # which test_exports has


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_file_gives_its_rows_or_says_why_not(tmp_path, case):
    path = tmp_path / case.name
    try:
        case.write(path, *file_kinds.writers())
    except ImportError as error:
        pytest.skip(str(error))
    assert file_kinds.fault_of(case, path) == ""


def test_there_are_many_kinds_and_no_two_of_one_name():
    names = [case.name for case in file_kinds.CASES]
    assert len(names) == len(set(names)) >= 60
    assert sum(bool(case.error) for case in file_kinds.CASES) < len(names) / 3
