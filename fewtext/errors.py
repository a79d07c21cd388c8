"""What can go wrong, said for the person who can put it right: what, where, and the cure."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches


class FewtextError(Exception):
    """An error of the user's world: a file, a name, an option. The command line prints it as one line.

    ``what`` is the fault, ``where`` the file and row or the plugin, ``hint`` what to do about it.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        return (f"{self.where}: " if self.where else "") + self.what + (f"; {self.hint}" if self.hint else "")


class InputError(FewtextError):
    """A file that cannot be used."""


def listed(items: Sequence[object]) -> str:
    """Return the first five, commas between them, and how many more there are."""
    return ", ".join(map(str, items[:5])) + (f" and {len(items) - 5} more" if len(items) > 5 else "")


def did_you_mean(name: str, known: Collection[str]) -> str:
    """Return ``did you mean X?`` for the known name closest to a wrong one; empty where none is close."""
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}?" if close else ""


def damaged(where: object, reason: str, hint: str) -> InputError:
    """Return the error for a file, or ``file:line``, that is not as it was written."""
    return InputError(f"is damaged: {reason}", where=str(where), hint=hint)


class PluginError(FewtextError):
    """A plugin, or a name that no plugin offers."""


class FewtextWarning(UserWarning):
    """Something was set aside, cut or not used, and the work goes on."""
