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
from collections.abc import Iterator, Sequence
from pathlib import Path

import fewtext
from fewtext_plugins.newcomer import answer

texts: Sequence[str] = ("vpn down", "two days off please")


class Table:
    column_names = ["text", "label"]


class Array:
    def __array__(self, dtype: object = None, copy: bool | None = None) -> object:
        return dtype


def stream() -> Iterator[str]:
    yield from texts


model = fewtext.FewShotClassifier(learner="protonet", text_column="text", label_column=["a", "b"])
model.fit(X=["vpn down", "two days off please"], y=["network", "vacation"]).predict(texts)
model.fit(Array(), Array()).predict_log_proba(stream())
model.fit(Table()).score(Table())
fewtext.FewShotClassifier(text_column=["title", "text"]).fit(Table(), ["network", "vacation"])
for given in model.classify_stream(stream(), batch_size=16, top=2):
    label: str = given.label
    probability: float | None = given.probability
nearest = model.classify(texts, explain=1, progress=lambda done, total: None, batch_size=16)[0].nearest
similar: float = nearest[0].similarity
model.save(Path("m"))
size: int = fewtext.describe("m").size
count: int = fewtext.load("m").add(texts, ["network", "vacation"]).suggest(texts, 1)[0].place
reveal_type(answer())
first: str = model.correct(Table(), new_labels=True).doubts()[0].suggested_label
model.fit(3, ["network"])  # an error
model.predict("a text")  # an error
model.predict_proba(b"a text")  # an error
model.classify("a text")  # an error
model.classify_stream("a text")  # an error
model.suggest({"a text"})  # an error
model.score("a text", ["network"])  # an error
model.classify(texts, tops=3)  # an error
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
    strict = [sys.executable, "-m", "mypy", "--strict"]
    mypy = [*strict, "--python-executable", installed, "--cache-dir", tmp_path / "cache"]
    done = subprocess.run([*mypy, "theirs.py"], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=300)
    lines = OF_A_USER.splitlines()
    wrong = [number for number, line in enumerate(lines, 1) if line.endswith("# an error")]
    errors = [line for line in done.stdout.splitlines() if ": error:" in line]
    assert [int(line.split(":")[1]) for line in errors] == wrong, done.stdout + done.stderr
    assert any('Argument 1 to "predict" of' in line and '"str"' in line for line in errors), done.stdout
    revealed = f"theirs.py:{lines.index('reveal_type(answer())') + 1}: note: Revealed type is"
    assert f'{revealed} "int"' in done.stdout.replace("builtins.int", "int")


def test_python_imports_files_added_since(installed, tmp_path):
    code = "from fewtext_plugins.newcomer import answer; print(answer())"
    done = subprocess.run([installed, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, timeout=60)
    assert done.stdout == "42\n", done.stderr
