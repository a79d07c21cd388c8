"""A file and how to read it: which sheet of a workbook, in which encoding, and which column names its rows."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Source:
    """A file with what its name does not say. It is a path: readers that need nothing more take it as one."""

    path: str
    sheet_name: str | None = None
    id_column: str | None = None
    encoding: str | None = None

    def __fspath__(self) -> str:
        return self.path

    def __str__(self) -> str:
        return self.path


AnyPath: TypeAlias = str | os.PathLike[str]


def source_of(path: AnyPath) -> Source:
    """Return a path as a source; one that already is a source stays as it is."""
    return path if isinstance(path, Source) else Source(str(path))
