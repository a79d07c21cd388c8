"""Every option that a message, a docstring or the README names is one that some command has."""

import re
from pathlib import Path

import pytest
from typer.main import get_command

from fewtext.cli.app import make_app

ROOT = Path(__file__).parent.parent
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*[a-z]")
ELSEWHERE = {"--force-reinstall", "--no-deps", "--logdir"}  # pip's and tensorboard's
NAMING = [
    ROOT / "README.md",
    *(path for room in ("fewtext", "plugins") for path in sorted((ROOT / room).rglob("*.py"))),
]


@pytest.fixture(scope="module")
def options():
    root = get_command(make_app())
    parameters = [parameter for command in (root, *root.commands.values()) for parameter in command.params]
    return {name for parameter in parameters for name in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}


@pytest.mark.parametrize("path", NAMING, ids=lambda path: str(path.relative_to(ROOT)))
def test_options_that_are_named_exist(path, options):
    assert set(OPTION.findall(path.read_text(encoding="utf-8"))) <= options | ELSEWHERE
