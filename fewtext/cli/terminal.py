"""Lines for people: what a terminal would obey, or would not show, is spelled out."""

from __future__ import annotations

import logging
import sys
import unicodedata
from collections.abc import Iterable

LOGGER = logging.getLogger("fewtext")

_HARMLESS = "\u00ad\u200c\u200d\u200e\u200f\u061c"  # of the format characters: hyphens, joiners, marks of direction


def visible(text: str) -> str:
    """Return a text on one line, in which escape sequences, line ends, overrides of direction and the like are seen.

    Texts, labels and names come out of files and plugins, which may hold anything.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(repr(character)[1:-1] if _acts(character) else character for character in text)


def _acts(character: str) -> bool:
    kind = unicodedata.category(character)
    return kind in ("Cc", "Cs", "Zl", "Zp") or kind == "Cf" and character not in _HARMLESS


def say(line: str, level: int = logging.INFO) -> None:
    """Say a line for people beside the results, through the logger: the command shows it on standard error."""
    LOGGER.log(level, "%s", visible(line))


class StandardError(logging.Handler):
    """Writes the message of a record alone to standard error, whatever that is by then."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print the message."""
        print(record.getMessage(), file=sys.stderr)


def show(lines: Iterable[str]) -> None:
    """Print lines for people as the results."""
    for line in lines:
        print(visible(line))
