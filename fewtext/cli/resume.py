"""``--resume``: what an unfinished file of answers depends on, so that it is not gone on with where that is another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.cli.help import OUTPUT
from fewtext.cli.output import Format
from fewtext.errors import FewtextError
from fewtext.version import __version__

if TYPE_CHECKING:
    from fewtext.contracts.encoder import Encoder
    from fewtext.files.query_parts import QueryParts

GROWING = (Format.csv, Format.tsv, Format.jsonl)
_FILES = ("support", "labels", "model")
_OF_NO_ANSWER = {*_FILES, "query", "save", "output", "resume", "summary", "html", "sort", "transductive", "no_cache",
                 "engine", "workers"}  # fmt: skip

Resume = Annotated[
    bool,
    typer.Option(
        "--resume", rich_help_panel=OUTPUT, help="Go on with the --output of a run that was ended, where it stopped."
    ),
]


@dataclass(frozen=True)
class Work:
    """A run of the command, by its parameters."""

    parameters: Mapping[str, Any]

    def of(self, queries: QueryParts, encoder: Encoder) -> dict[str, str]:
        """Return what the answers depend on, by name; nothing where the queries cannot be read a second time."""
        from fewtext.files.digests import digest_of_input

        content = queries.digest()
        if not content:
            return {}
        given = self.parameters
        options = {f"--{name.replace('_', '-')}": repr(given[name]) for name in given if name not in _OF_NO_ANSWER}
        files = {name: given[name] for name in _FILES if given[name] is not None}
        read = {f"the content of --{name}": digest_of_input(path) for name, path in files.items()}
        made_by = f"{encoder.name} {encoder.fingerprint} {getattr(encoder, 'dtype', '')}"
        return {**options, **read, "the content of --query": content, "encoder": made_by, "version": __version__}


def check_resume(resume: bool, output: str | None, kind: Format, queries: QueryParts, at_once: Sequence[str]) -> None:
    """Raise ``FewtextError`` where an output cannot be gone on with; ``at_once`` are options that are in the way."""
    if not resume:
        return
    if output is None:
        raise FewtextError("--resume goes on with a file", hint="add --output")
    if kind not in GROWING:
        raise FewtextError(f"--resume is for csv, tsv and jsonl, and a {kind} is written at once", hint="leave it out")
    if at_once:
        raise FewtextError(f"--resume does not go with {' and '.join(at_once)}, which takes all texts together")
    if queries.total is None:
        hint = "save it to a file first"
        raise FewtextError("--resume reads the texts again, which standard input does not allow", hint=hint)
