"""The example plugin is a distribution of its own: installed, found, checked and used as a stranger's would be."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes
EXAMPLE = Path(__file__).parent.parent / "examples" / "fewtext-nearest"


@pytest.fixture(scope="module")
def path(installed):
    """The environment in which it is found."""
    return {"PYTHONPATH": os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])}


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where pip has put the example, without network."""
    source, target = (tmp_path_factory.mktemp(name) for name in ("source", "target"))
    shutil.copytree(EXAMPLE, source, dirs_exist_ok=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, source], check=True, timeout=120)
    return target


def test_its_learner_is_found_and_classifies(path, run_process):
    assert b"nearest" in run_process("plugins", **path).stdout
    learners = run_process("learners", **path).stdout
    assert (
        b"Nearest neighbour (Cover & Hart, 1967): each query takes the label of its closest support example."
        in learners
    )
    query = "--support", "examples/support.csv", "--query", "examples/q.txt"
    done = run_process("classify", *query, "--learner", "nearest", **path)
    assert done.returncode == 0 and b"printer_problem" in done.stdout
    assert b"Nearest" not in run_process("learners", FEWTEXT_DISABLE="fewtext-nearest", **path).stdout


def test_its_own_tests_pass(installed, path):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(EXAMPLE / "test_nearest.py")]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | path, timeout=120, cwd=installed)
    assert done.returncode == 0 and " passed" in done.stdout and "failed" not in done.stdout, done.stdout
