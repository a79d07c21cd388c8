"""``hub:owner/name@revision``: a saved classifier on the Hub, by its name and, where it is pinned, by its revision."""

from __future__ import annotations

import re
from dataclasses import dataclass
from os import PathLike

from fewtext.errors import FewtextError

PREFIX = "hub:"
MAIN = "main"
_PART = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NAME = re.compile(f"{_PART}/{_PART}")
_COMMIT = re.compile("[0-9a-f]{40}")


@dataclass(frozen=True)
class Address:
    """A repository, ``owner/name``, and a branch, a tag or a commit of it."""

    repository: str
    revision: str = MAIN

    def __str__(self) -> str:
        return f"{PREFIX}{self.repository}" + ("" if self.revision == MAIN else f"@{self.revision}")

    @property
    def is_pinned(self) -> bool:
        """Whether the revision is a whole commit, which cannot become another one."""
        return _COMMIT.fullmatch(self.revision) is not None


def is_on_hub(model: str | PathLike[str]) -> bool:
    """Whether a model is named as one on the Hub is."""
    return isinstance(model, str) and model.startswith(PREFIX)


def address_of(model: str) -> Address:
    """Return the address that ``hub:owner/name`` or ``hub:owner/name@revision`` means."""
    repository, at, revision = model.removeprefix(PREFIX).partition("@")
    check_repository(repository)
    if at and not revision:
        raise FewtextError("no revision follows the @", where=model, hint="name a commit, a branch or a tag")
    return Address(repository, revision or MAIN)


def check_repository(repository: str) -> None:
    """Raise ``FewtextError`` for anything but ``owner/name``."""
    if not _NAME.fullmatch(repository) or ".." in repository or "--" in repository:
        hint = "give owner/name, of letters, digits, dots, underlines and single hyphens"
        raise FewtextError("is no name of a repository on the Hub", where=repository or PREFIX, hint=hint)
