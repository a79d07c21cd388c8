"""The reference of the command line, walked from the typer app: every command, its help, its options and defaults."""

from collections.abc import Iterator
from typing import Any

import typer

from fewtext.cli.app import make_app

UNWRAPPED = "\b"  # the first line of a paragraph that keeps its lines


def page() -> str:
    """Return Markdown for every command of the installed app, in the order in which ``fewtext --help`` lists them."""
    return "\n".join(line for name, command in leaves() for line in _command(name, command))


def leaves(group: Any = None, prefix: str = "fewtext") -> Iterator[tuple[str, Any]]:
    """Yield each command under its full name; what groups commands yields them, and itself where it does something."""
    group = group or typer.main.get_command(make_app())
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        inner = list(leaves(command, full)) if getattr(command, "commands", None) else []
        if not inner or getattr(command, "invoke_without_command", False):
            yield full, command
        yield from inner


def _command(name: str, command: Any) -> list[str]:
    context = typer.Context(command)
    pieces = [
        piece.strip("{}").replace("[[", "[").replace("]]", "]") for piece in command.collect_usage_pieces(context)
    ]
    lines = [
        f"## {name}",
        "",
        "```text",
        " ".join([name, *pieces[1:], pieces[0]]),
        "```",
        "",
        *_help(command.help or ""),
    ]
    records = [record for p in command.params if (record := p.get_help_record(context))]
    if records:
        rows = [f"| {_code(names.removesuffix(' <str>'))} | {_cell(told)} |" for names, told in records]
        lines += ["| option | what it does |", "|---|---|", *rows, ""]
    return lines


def _help(text: str) -> list[str]:
    """Return a docstring's paragraphs; one that is not to be wrapped becomes a block of code."""
    lines: list[str] = []
    for paragraph in text.strip().split("\n\n"):
        rows = [row.strip() for row in paragraph.strip().splitlines()]
        lines += ["```text", *rows[1:], "```", ""] if rows[:1] == [UNWRAPPED] else [_cell(" ".join(rows)), ""]
    return lines


def _code(text: str) -> str:
    """Return text as code that a table's cell can hold."""
    return f"<code>{_cell(text)}</code>"


def _cell(text: str) -> str:
    """Return text as Markdown shows it: what would end a cell, open a tag or begin emphasis is spelled out."""
    for character, spelled in {"&": "&amp;", "<": "&lt;", "|": "&#124;", "*": "&#42;", "_": "&#95;"}.items():
        text = text.replace(character, spelled)
    return text
