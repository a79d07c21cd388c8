"""Every option that a message, a docstring or the README names is one that some command has."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from fewtext.cli.app import make_app

ROOT = Path(__file__).parent.parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z0-9-]*[a-z0-9]")
PIP = {"--force-reinstall", "--no-deps", "--editable", "--quiet", "--disable-pip-version-check"}
ELSEWHERE = {*PIP, "--logdir"}  # tensorboard's
NAMING = [
    ROOT / "README.md",
    *(path for folder in ("fewtext", "plugins") for path in sorted((ROOT / folder).rglob("*.py"))),
]


def all_commands(group):
    """Return a group, its commands, and those of the groups in it."""
    below = [all_commands(command) for command in getattr(group, "commands", {}).values()]
    return [group, *(command for commands in below for command in commands)]


@pytest.fixture(scope="module")
def options():
    parameters = [parameter for command in all_commands(get_command(make_app())) for parameter in command.params]
    return {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("path", NAMING, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_that_are_named_exist(path, options):
    assert set(OPTION.findall(path.read_text(encoding="utf-8"))) <= options | ELSEWHERE
