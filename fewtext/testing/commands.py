"""The contract of a plugin of commands, one named check per clause, for plugin authors to run on theirs.

::

    import fewtext_hello
    from fewtext.testing import command_checks

    @command_checks(fewtext_hello.register_commands)
    def test_hello(check):
        check()
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fewtext.errors import listed
from fewtext.testing.kit import Checks, checks_of, parametrized

HEAVY = "torch", "transformers", "sklearn", "pandas", "scipy", "matplotlib"
MOST_MS = 20.0
"""What every start of ``fewtext`` should pay at most for a plugin; reported, since other programs slow a machine."""
_CODE = """
import io, json, sys, time
sys.path[:] = json.loads(sys.argv[3])
import typer
from typer.main import get_group
from fewtext.registry import hookspecs
from contextlib import redirect_stderr, redirect_stdout
from importlib import import_module
before, printed = set(sys.modules), io.StringIO()
with redirect_stdout(printed), redirect_stderr(printed):
    start = time.perf_counter()
    module = import_module(sys.argv[1])
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    getattr(module, sys.argv[2])(app)
    seconds = time.perf_counter() - start
app.command(name="a-command-beside-it")(lambda: None)
app.command(name="another-command-beside-it")(lambda: None)
commands = {name: command.help or "" for name, command in get_group(app).commands.items() if "beside-it" not in name}
facts = {"commands": commands, "ms": 1000 * seconds, "printed": printed.getvalue()[:200]}
facts["modules"] = sorted({name.partition(".")[0] for name in set(sys.modules) - before})
facts["callback"] = app.registered_callback is not None
print(json.dumps(facts))
"""


@dataclass(frozen=True)
class CommandCase:
    """A function that registers commands, imported and called in a process of its own."""

    register: Callable[..., Any]

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What happens when it is imported and called: commands, milliseconds, modules, what it prints."""
        where = self.register.__module__, self.register.__name__
        command = [sys.executable, "-c", _CODE, *where, json.dumps(sys.path)]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        last = (done.stderr.strip().splitlines() or ["it ended the process"])[-1]
        assert done.returncode == 0 and done.stdout, f"it cannot be imported and called: {last:.150}"
        facts: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return facts

    def notes(self) -> dict[str, Any]:
        """Return the names of the commands, and what a start of ``fewtext`` pays for them."""
        ms = float(f"{self.facts['ms']:.3g}")
        more = {"start-up": f"more than {MOST_MS:.0f} ms: import inside the commands"} if ms > MOST_MS else {}
        return {"commands": list(self.facts["commands"]), "ms to start": ms, **more}


def check_registers_commands(case: CommandCase) -> None:
    """It imports, and adds a command or a group to the app that it gets."""
    assert case.facts["commands"], "it adds no command: decorate one by @app.command()"


def check_prints_nothing_at_import(case: CommandCase) -> None:
    """It is imported at every start of the command, so it prints nothing then."""
    printed = case.facts["printed"].strip()
    assert not printed, f"it prints {printed.splitlines()[0]!r:.60} when it is imported: print inside a command"


def check_imports_nothing_heavy(case: CommandCase) -> None:
    """Every start of the command would pay for torch and the like: they are imported inside of a command."""
    heavy = sorted(set(HEAVY) & set(case.facts["modules"]))
    assert not heavy, f"it imports {listed(heavy)} when it is imported: move that into the command"


def check_sets_nothing_before_every_command(case: CommandCase) -> None:
    """What runs before every command is not for a plugin."""
    assert not case.facts["callback"], "it sets app.callback: register commands only"


def may_each_command_have_help(case: CommandCase) -> None:
    """Each command's function has a docstring, which ``--help`` shows."""
    without = [name for name, text in case.facts["commands"].items() if not text.strip()]
    assert not without, f"{listed(without)} has no help: give the function a docstring"


COMMAND_CHECKS: Checks[CommandCase] = checks_of(globals())


def command_checks(register: Callable[..., Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check of a function that registers commands."""
    return parametrized(COMMAND_CHECKS, [("", CommandCase(register))])
