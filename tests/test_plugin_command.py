"""``fewtext plugin``: a plugin is created from a template, checked and installed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fewtext import FewtextError
from fewtext.registry.scaffold import new_plugin

EXAMPLE = Path(__file__).parent.parent / "examples" / "fewtext-nearest"


def test_the_example_is_what_the_template_gives(tmp_path):
    made = new_plugin("nearest", tmp_path)
    files = sorted(path.name for path in made.iterdir())
    assert files == sorted(path.name for path in EXAMPLE.iterdir() if path.is_file())
    assert all((made / name).read_text() == (EXAMPLE / name).read_text() for name in files)


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


@pytest.mark.parametrize("what", ["", " ", "--help", "-r"])
def test_options_of_pip_are_nothing_to_install(run_fewtext, what):
    done = run_fewtext("plugin", "install", "--", what)
    assert done.returncode == 1 and b"is nothing to install" in done.stderr and not done.stdout


def test_a_plugin_is_checked_by_its_name(run_fewtext):
    done = run_fewtext("plugin", "check", "protonet")
    assert done.returncode == 0 and b"learner protonet: " in done.stdout and b"vectorises" in done.stdout, done.stdout
    done = run_fewtext("plugin", "check", "mamml")
    assert done.returncode == 1 and b"no plugin 'mamml' is installed; did you mean maml? fewtext plugins" in done.stderr


@pytest.mark.processes
def test_what_is_created_is_found_and_passes_its_own_test(tmp_path):
    made = new_plugin("my-own", tmp_path)
    target = tmp_path / "target"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--target", target, made], check=True, timeout=120)
    here = os.environ | {"PYTHONPATH": os.pathsep.join([str(target), *filter(None, [os.environ.get("PYTHONPATH")])])}
    command = [sys.executable, "-m", "fewtext"]
    checked = subprocess.run([*command, "plugin", "check", "my-own"], capture_output=True, text=True, env=here)
    assert checked.returncode == 0 and "learner my-own" in checked.stdout, checked.stderr
    test = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made / "test_my_own.py")]
    passed = subprocess.run(test, capture_output=True, text=True, env=here, cwd=target, timeout=120)
    assert passed.returncode == 0 and " passed" in passed.stdout, passed.stdout


@pytest.mark.processes
def test_what_pip_cannot_install_is_one_line_more(run_process, tmp_path):
    done = run_process("plugin", "install", tmp_path / "nothing.whl")
    assert done.returncode == 1 and b"error: pip could not install" in done.stderr
