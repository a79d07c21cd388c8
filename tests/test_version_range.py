"""Plugins declare the versions of fewtext that they are made for, and it is said where this is none of them."""

import json

import pytest

from fewtext.registry.installed import installed
from fewtext.registry.scaffold import new_plugin
from fewtext.registry.version_range import made_for_another, made_for_others, range_to_declare
from fewtext.version import __version__

COMMANDS = "from fewtext import hookimpl\n@hookimpl\ndef register_commands(app):\n    app.command('odd-hello')(hello)\n"
HELLO = "def hello():\n    'Say hello.'\n"


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a plugin with these requirements, and return it."""

    def write(*requirements):
        (tmp_path / "odd_range.py").write_text(COMMANDS + HELLO)
        info = tmp_path / "odd_range-1.dist-info"
        info.mkdir(exist_ok=True)
        lines = "".join(f"Requires-Dist: {line}\n" for line in requirements)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: odd_range\nVersion: 1\n{lines}")
        (info / "entry_points.txt").write_text("[fewtext.cli]\nodd_range = odd_range\n")
        return next(plugin for plugin in installed() if plugin.name == "odd_range")

    monkeypatch.syspath_prepend(tmp_path)
    return write


@pytest.mark.parametrize(
    ("version", "declared"),
    [("0.1.0", ">=0.1,<0.2"), ("0.9.3", ">=0.9,<0.10"), ("1.4.2", ">=1.4,<2"), ("0.2.0rc1", ">=0.2,<0.3")],
)
def test_what_a_new_plugin_declares(version, declared):
    assert range_to_declare(version) == declared


@pytest.mark.parametrize(
    ("requirements", "version", "message"),
    [
        (["fewtext>=0.1,<0.2"], "0.1.7", ""),
        (["fewtext>=0.1,<0.2"], "0.2.0", "is made for fewtext >=0.1,<0.2, and this is 0.2.0"),
        (["fewtext>=0.1,<0.2"], "0.2.0rc1", "is made for fewtext >=0.1,<0.2, and this is 0.2.0rc1"),
        (["torch", "FewText[images]==0.3.*"], "0.1.0", "is made for fewtext ==0.3.*, and this is 0.1.0"),
        (["fewtext>=0.1,<0.2"], "0.1.1rc1", ""),
        (["fewtext>=0.2,<0.3"], "0.2.0.dev1", ""),
        (["fewtext"], "9.0", ""),
        (["fewtext-other>=5"], "0.1.0", ""),
        (['fewtext>=5; extra == "more"'], "0.1.0", ""),
        ([], "0.1.0", ""),
    ],
)
def test_another_version_is_told_from_this_one(install, requirements, version, message):
    assert made_for_another(install(*requirements), version) == message


def test_the_list_of_plugins_says_it_once(install, run_fewtext):
    install("fewtext>=7,<8")
    said = f"odd_range 1 is made for fewtext >=7,<8, and this is {__version__}; update it"
    assert [line.startswith(said) for line in made_for_others(installed())] == [True]
    done = run_fewtext("plugins")
    assert done.returncode == 0 and done.stderr.decode().count(said) == 1


@pytest.mark.processes
@pytest.mark.parametrize(
    ("requirements", "tier", "outcome", "message"),
    [
        (["fewtext>=7,<8"], "must", "fails", "odd_range is made for fewtext >=7,<8, and this is"),
        (
            ["fewtext"],
            "may",
            "fails",
            f'odd_range names no versions of fewtext: write dependencies = ["fewtext{range_to_declare()}"]',
        ),
        ([f"fewtext{range_to_declare()}"], "must", "holds", ""),
    ],
)
def test_the_check_of_a_plugin_says_it(install, run_fewtext, requirements, tier, outcome, message):
    install(*requirements)
    done = run_fewtext("plugin", "check", "odd_range", "--format", "json")
    (found,) = json.loads(done.stdout)
    (result,) = [r for r in found["offers"][0]["checks"] if r["clause"] == "is_made_for_this_version"]
    assert (result["tier"], result["outcome"]) == (tier, outcome) and result["message"].startswith(message), result
    assert done.returncode == ((tier, outcome) == ("must", "fails"))


def test_a_new_plugin_declares_the_versions_that_it_was_made_by(tmp_path):
    made = new_plugin("ranged", tmp_path) / "pyproject.toml"
    assert f'dependencies = ["fewtext{range_to_declare()}"]' in made.read_text()
