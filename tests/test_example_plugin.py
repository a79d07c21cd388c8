"""The example plugin is a distribution of its own: installed, found, checked and used as a stranger's would be."""

import os
import shutil
import subprocess
import sys
import tomllib
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


def test_the_examples_own_tests_pass(installed, path):
    examples = sorted(folder for folder in EXAMPLE.parent.glob("fewtext-*") if folder != EXAMPLE)
    path = {"PYTHONPATH": os.pathsep.join([*map(str, examples), path["PYTHONPATH"]])}
    tests = [*(file for folder in (EXAMPLE, *examples) for file in folder.glob("test_*.py"))]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-c", os.devnull, *map(str, tests)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | path, timeout=240, cwd=installed)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout


@pytest.mark.parametrize("folder", sorted(EXAMPLE.parent.glob("fewtext-*")), ids=lambda folder: folder.name)
def test_an_example_has_what_a_distribution_needs(folder):
    settings = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))
    assert settings["project"]["name"] == folder.name and list(folder.glob("test_*.py"))
    (group,) = settings["project"]["entry-points"].values()
    assert list(group) == [folder.name.removeprefix("fewtext-")]
    assert f"pip install -e .\nfewtext plugin check {next(iter(group))}" in (folder / "README.md").read_text().replace(
        "fewtext learners\n", ""
    )
