"""What a person calls a row of a table: its number in a spreadsheet, and its value in a column of ids."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from fewtext.files.columns import as_text, header_of
from fewtext.files.tables import STDIN, read_table

_ID = re.compile(r"(.*[ _.-])?(id|uuid|key|nr|number)", re.IGNORECASE)


@dataclass(frozen=True)
class RowNames:
    """The number and the id of each row, by the line where it begins; ``id_column`` is None where there are no ids."""

    numbers: dict[int, int]
    id_column: str | None
    ids: dict[int, str]

    def __len__(self) -> int:
        return len(self.numbers)


def row_names(path: str, used: Sequence[str] = ()) -> RowNames:
    """Return the names of a file's rows below its header, which counts as the first row of a csv.

    Ids are the first column whose name ends in "id" or the like, that is not ``used``, and has a value of its own in
    each row. Standard input is not read again, and has no names.
    """
    if path == STDIN:
        return RowNames({}, None, {})
    table = read_table(path)
    header = header_of(table)
    below = [(number, row) for number, row in enumerate(table.rows, 1) if row.cells]
    if table.columns is None:
        below = below[1:]
    numbers = {row.line: number for number, row in below}
    for at, name in enumerate(header):
        if name in used or not _ID.fullmatch(name.strip()):
            continue
        ids = {row.line: as_text(row.cells[at]) for _, row in below if at < len(row.cells)}
        if len(ids) == len(below) and "" not in ids.values() and len(set(ids.values())) == len(ids):
            return RowNames(numbers, name, ids)
    return RowNames(numbers, None, {})
