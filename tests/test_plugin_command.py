"""``fewtext plugin``: a plugin is created from a template, checked and installed."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fewtext import FewtextError
from fewtext.registry.plugin_kinds import KINDS
from fewtext.registry.scaffold import new_plugin

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "examples" / "fewtext-nearest"


def test_the_example_is_what_the_template_gives(tmp_path):
    made = new_plugin("nearest", tmp_path)
    files = sorted(path.relative_to(made) for path in made.rglob("*") if path.is_file())
    kept = (path for path in EXAMPLE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    assert files == sorted(path.relative_to(EXAMPLE) for path in kept)
    years = re.compile(r"\(c\) \d{4} ")
    assert all(
        years.sub("", (made / name).read_text()) == years.sub("", (EXAMPLE / name).read_text()) for name in files
    )


def test_a_name_of_several_words_is_a_class_and_a_module(tmp_path):
    made = new_plugin("soft-nearest2", tmp_path)
    code = (made / "fewtext_soft_nearest2.py").read_text()
    assert "class SoftNearest2(Learner)" in code and 'name = "soft-nearest2"' in code
    compile(code, "plugin", "exec")


@pytest.mark.parametrize("name", ["", "Nearest", "a b", "../x", "-x", "x-", "é", "a_b"])
def test_what_cannot_be_a_name_is_refused(tmp_path, name):
    with pytest.raises(FewtextError, match="cannot be the name of a plugin; use lower-case letters"):
        new_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten_and_no_name_is_taken_twice(run_fewtext, tmp_path):
    (tmp_path / "fewtext-mine").mkdir()
    done = run_fewtext("plugin", "new", "mine", "--in", tmp_path)
    assert done.returncode == 1 and b"exists already" in done.stderr
    done = run_fewtext("plugin", "new", "protonet", "--in", tmp_path)
    assert done.returncode == 1 and b"the name protonet is taken" in done.stderr


@pytest.mark.parametrize("name", ["plugins", "corpora"])
def test_a_module_of_fewtext_is_not_hidden_by_another(tmp_path, name):
    with pytest.raises(FewtextError, match=f"the name {name} is taken"):
        new_plugin(name, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", [" ", "--help", "-r"])
def test_options_of_pip_are_nothing_to_install(run_fewtext, what):
    done = run_fewtext("plugin", "install", "--", what)
    assert done.returncode == 1 and b"is nothing to install" in done.stderr and not done.stdout


def test_a_plugin_is_checked_by_its_name(run_fewtext):
    done = run_fewtext("plugin", "check", "protonet")
    assert done.returncode == 0 and b"learner protonet: " in done.stdout and b"vectorises" in done.stdout, done.stdout
    done = run_fewtext("plugin", "check", "mamml")
    assert done.returncode == 1 and b"no plugin 'mamml' is installed; did you mean maml? fewtext plugins" in done.stderr


@pytest.fixture(scope="module")
def plugins(tmp_path_factory):
    """A plugin of every kind, as a template makes it: the folder, and where pip has put them, without network."""
    made, target = (tmp_path_factory.mktemp(name) for name in ("made", "target"))
    folders = [new_plugin(f"my-{kind}", made, kind) for kind in KINDS]
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, *folders], check=True, timeout=240)
    return made, target


@pytest.fixture(scope="module")
def here(plugins):
    """The environment in which they are found."""
    paths = [str(plugins[1]), *filter(None, [os.environ.get("PYTHONPATH")])]
    return os.environ | {"PYTHONPATH": os.pathsep.join(paths)}


@pytest.mark.processes
def test_what_is_created_is_found_and_passes_its_own_test(plugins, here):
    command = [sys.executable, "-m", "fewtext"]
    listed = subprocess.run([*command, "plugins"], capture_output=True, text=True, env=here).stdout
    assert all(f"my-{kind}" in listed for kind in KINDS), listed
    checked = subprocess.run([*command, "plugin", "check", "my-learner"], capture_output=True, text=True, env=here)
    assert checked.returncode == 0 and "learner my-learner" in checked.stdout, checked.stdout + checked.stderr
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(plugins[0])]
    passed = subprocess.run(test, capture_output=True, text=True, env=here, cwd=plugins[1], timeout=240)
    assert passed.returncode == 0 and " passed" in passed.stdout, passed.stdout


@pytest.mark.processes
def test_what_is_created_works_where_it_is_used(plugins, here, tmp_path):
    def run(*arguments):
        command = [sys.executable, "-m", "fewtext", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, env=here, timeout=120)
        assert done.returncode == 0, done.stderr
        return done.stdout

    support, query = ROOT / "examples" / "support.csv", ROOT / "examples" / "q.txt"
    assert run("my-command", support).count("\n") > 1
    task = "evaluate", "--ways", 2, "--shots", 2, "--queries", 3, "--episodes", 5
    own = "--corpus", "my-corpus", "--encoder", "my-encoder"
    assert "my-learner on my-corpus" in run(*task, *own, "--learner", "my-learner")
    small = "--ways", 2, "--shots", 2, "--queries", 3, "--steps", 2, "--output", tmp_path / "run"
    run(
        "train",
        "--corpus",
        "office",
        "--encoder",
        "my-encoder",
        "--learner",
        "protonet",
        "--backbone",
        "my-backbone",
        "--tracker",
        "my-tracker",
        *small,
    )
    assert (tmp_path / "run" / "my-tracker" / "metrics.csv").read_text().count(",loss,") == 2
    tuned = run("classify", "--support", support, "--query", query, "--tune", "my-tuner:steps=1")
    assert len(tuned.splitlines()) > 5


def test_a_learner_takes_less_than_25_lines(tmp_path):
    assert len((new_plugin("short", tmp_path) / "fewtext_short.py").read_text().splitlines()) < 25


def test_a_kind_that_there_is_not_is_an_error(tmp_path):
    with pytest.raises(FewtextError, match="no kind of plugin 'lerner'; did you mean learner"):
        new_plugin("mine", tmp_path, "lerner")


@pytest.mark.processes
def test_what_pip_cannot_install_is_one_line_more(run_process, tmp_path):
    done = run_process("plugin", "install", tmp_path / "nothing.whl")
    assert done.returncode == 1 and b"error: pip could not install" in done.stderr


@pytest.mark.parametrize(
    ("name", "kind", "says"),
    [
        ("none", "tracker", "means something else"),
        ("true", "learner", "means something else"),
        ("fomaml", "learner", "is taken by a learner"),
        ("conv4", "backbone", "is taken by a backbone"),
        ("office", "corpus", "is taken"),
    ],
)
def test_a_name_that_python_or_a_plugin_has_is_refused(tmp_path, name, kind, says):
    with pytest.raises(FewtextError, match=says):
        new_plugin(name, tmp_path, kind)
    assert not list(tmp_path.iterdir())
