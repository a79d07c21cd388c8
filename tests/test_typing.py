"""Type checkers know fewtext's types after an editable install, and see files that came later."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

pytestmark = pytest.mark.processes
ROOT = Path(__file__).parent.parent
SOURCES = ("pyproject.toml", "build_backend.py", "README.md", "LICENSE", "fewtext", "plugins", "corpora")
OF_A_USER = """
import fewtext
from fewtext_plugins.newcomer import answer

model = fewtext.FewShotClassifier(learner="protonet")
model.fit(["vpn down", "two days off please"], ["network", "vacation"])
model.fit(3, ["network"])
reveal_type(answer())
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A copy of the sources, and the Python of an environment that has it as ``pip install -e`` puts it there."""
    source, wheels, environment = (tmp_path_factory.mktemp(name) for name in ("source", "wheels", "environment"))
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    build = "import build_backend, sys; build_backend.build_editable(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, wheels], cwd=source, check=True, capture_output=True, timeout=120)
    venv.create(environment, symlinks=True)
    (wheel,) = wheels.glob("*.whl")
    places = {"base": str(environment), "platbase": str(environment)}
    shutil.unpack_archive(wheel, sysconfig.get_path("purelib", vars=places), "zip")
    (source / "plugins" / "newcomer.py").write_text("def answer() -> int:\n    return 42\n", encoding="utf-8")
    return environment / "bin" / "python"


def test_mypy_knows_the_types_and_files_added_since(installed, tmp_path):
    (tmp_path / "theirs.py").write_text(OF_A_USER, encoding="utf-8")
    mypy = [sys.executable, "-m", "mypy", "--python-executable", installed, "--cache-dir", tmp_path / "cache"]
    done = subprocess.run([*mypy, "theirs.py"], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=300)
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert len(errors) == 1 and 'theirs.py:7: error: Argument 1 to "fit"' in errors[0], done.stdout + done.stderr
    assert 'theirs.py:8: note: Revealed type is "int"' in done.stdout.replace("builtins.int", "int")


def test_python_imports_files_added_since(installed, tmp_path):
    code = "from fewtext_plugins.newcomer import answer; print(answer())"
    done = subprocess.run([installed, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60)
    assert done.stdout == "42\n", done.stderr
