"""Errors and warnings for the user: what happened, where, and what to do about it."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches


class FewtextError(Exception):
    """An error that the user can put right: a file, a name, an option. The command line prints it as one line.

    ``what`` says what is wrong, ``where`` names the file and row or the plugin, ``hint`` says what to do.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        return (f"{self.where}: " if self.where else "") + self.what + (f"; {self.hint}" if self.hint else "")


class InputError(FewtextError):
    """A file that cannot be used."""


class PluginError(FewtextError):
    """A plugin that fails, or a name that no plugin offers."""


class FewtextWarning(UserWarning):
    """Something was skipped, cut or not used; the work goes on."""


def damaged(where: object, reason: str, hint: str) -> InputError:
    """Return the error for a file, or ``file:line``, whose content is not what was written."""
    return InputError(f"is damaged: {reason}", where=str(where), hint=hint)


def listed(items: Sequence[object], most: int = 5, separator: str = ", ") -> str:
    """Return the first items in a row, and how many more there are."""
    more = f" and {len(items) - most} more" if len(items) > most else ""
    return separator.join(map(str, items[:most])) + more


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return ``did you mean X?`` for the known name closest to a wrong one; empty where none is close."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message; empty where it has none."""
    try:
        lines = str(error).strip().splitlines()
    except BaseException:  # the error's own ``__str__`` may raise anything
        return ""
    return f"{lines[0]:.200}" if lines else ""
