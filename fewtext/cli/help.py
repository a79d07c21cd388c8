"""Help in plain text: commands with their whole sentence, options under headings. Rich help would double the start.

What a command is given empty, as a script does whose variable is not set, is an error and not the default.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from typer import BadParameter
from typer.core import TyperCommand, TyperGroup

INPUT, LEARNING, ANSWERS, OUTPUT, DEVICE = "Input", "Learning", "Answers", "Output", "Device"
OTHER = "Other"
_FIRST, _LAST = (INPUT, LEARNING), (ANSWERS, OUTPUT, DEVICE, OTHER)  # a command's own headings stand between them
_WHOLE = 10_000  # characters: no sentence is cut


class Command(TyperCommand):
    """A command whose options stand under the headings that their ``rich_help_panel`` names."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments; raise ``BadParameter`` for a value that is empty."""
        rest = super().parse_args(ctx, args)
        parameter: Any
        for parameter in [] if ctx.resilient_parsing else self.get_params(ctx):  # which completion sets
            value = ctx.params.get(parameter.name)
            allowed = parameter.default == ""  # as of --unknown, the answer where there is none
            if not allowed and "" in (value if isinstance(value, list | tuple) else [value]):
                raise BadParameter("it is empty", ctx=ctx, param=parameter)
        return rest

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Return the pieces of the usage line, arguments as they are called: ``FILE``, ``[DIR]``."""
        return [re.sub(r"^\{(\w+)\}$|^\[(\[\w+\])\]$", r"\1\2", piece) for piece in super().collect_usage_pieces(ctx)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write arguments and options by heading: what goes in first, where it runs last."""
        _write_options(self.get_params(ctx), ctx, formatter)


class Group(TyperGroup):
    """A group whose commands stand under the headings that their ``rich_help_panel`` names."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the commands first, since they are what somebody looks for, then the few options."""
        self.format_commands(ctx, formatter)
        _write_options(self.get_params(ctx), ctx, formatter)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write each command with its whole first sentence."""
        sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for name in self.list_commands(ctx):
            command: Any = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                sentence = command.get_short_help_str(_WHOLE)
                sections[command.rich_help_panel or "Commands"].append((name, sentence))
        _write(sections, formatter)


def _write_options(parameters: Sequence[Any], ctx: Any, formatter: Any) -> None:
    sections: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for parameter in parameters:
        if record := parameter.get_help_record(ctx):
            is_argument = parameter.param_type_name == "argument"
            heading = INPUT if is_argument else getattr(parameter, "rich_help_panel", None) or OTHER
            name, help = record
            sections[heading].append((re.sub(r" <\w+>$", "", name), _plain(help)))
    if set(sections) == {OTHER}:
        sections["Options"] = sections.pop(OTHER)
    between = [heading for heading in sections if heading not in _FIRST + _LAST]
    _write({heading: sections[heading] for heading in (*_FIRST, *between, *_LAST) if heading in sections}, formatter)


def _plain(help: str) -> str:
    """Return an option's help without the parentheses around a default in words, and without limits beyond reach."""
    help = re.sub(r"default: \((.*?)\)(?=[;\]])", r"default: \1", help)
    return re.sub(r"(\d+)<=x<=\d{7,}", r"x>=\1", help)


def _write(sections: dict[str, list[tuple[str, str]]], formatter: Any) -> None:
    for heading, rows in sections.items():
        with formatter.section(heading):
            formatter.write_dl(rows)
