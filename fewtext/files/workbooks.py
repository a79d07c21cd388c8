"""Workbooks: a sheet of an .xlsx or .ods as rows, read by python-calamine, and answers written by openpyxl."""

from __future__ import annotations

import datetime
import io
import re
import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from fewtext.errors import FewtextWarning, InputError, did_you_mean, first_line, listed
from fewtext.files.atomic import new_file
from fewtext.files.json_text import to_json
from fewtext.files.sheet_marks import SheetMarks, cell_name, column_name, sheet_marks

WORKBOOKS = ("xlsx", "xlsm", "ods")
MOST_ROWS = 1_048_575
"""Rows of a sheet below its header."""
_MOST_CHARACTERS = 32_767  # of a cell
_MOST_CELLS = 100_000_000
_OLD, _ENCRYPTED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "EncryptedPackage".encode("utf-16-le")
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_HEADER_WITHIN = 20  # rows: a title may stand above the header
_INSTALL = 'pip install "fewtext[excel]"'


def read_workbook(path: str, content: bytes, sheet_name: str | None, expected: str) -> list[tuple[int, list[Any]]]:
    """Return a sheet's rows with their numbers, from its header on; a blank row has no cells.

    The header is the first row, or one below a title if it has the ``expected`` column. A formula is its value as it
    was saved. What is read otherwise than it looks is warned of: hidden rows and columns, merged cells,
    errors.
    """
    if content.startswith(_OLD):
        locked = _ENCRYPTED in content
        raise InputError(
            "is protected by a password" if locked else "is a workbook of the format before 2007",
            where=path,
            hint="save it without one" if locked else "save it as .xlsx",
        )
    try:
        from python_calamine import CalamineError, CalamineWorkbook, PasswordError
    except ImportError as error:
        raise InputError("a workbook needs python-calamine", where=path, hint=_INSTALL) from error
    marks_of = sheet_marks(path, content)  # which also looks whether the archive is sound, and of a possible size
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        name = _sheet(path, book, sheet_name, marks_of)
        marks = marks_of(name)
        _check_size(path, name, marks)
        rows = [list(map(_value, row)) for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
    except PasswordError as error:
        raise InputError("is protected by a password", where=path, hint="save it without one") from error
    except CalamineError as error:
        what = f"is not a workbook that can be read ({first_line(error)})"
        raise InputError(what, where=path, hint="open it in a spreadsheet, and save it again or as csv") from error
    _fill_merged(rows, marks)
    blank = [all(cell is None for cell in row) for row in rows]
    if all(blank):
        raise InputError(f"sheet {name!r} is empty", where=path, hint="name another by parameter 'sheet_name'")
    while blank[-1]:
        rows.pop()
        blank.pop()
    used = [at for at in range(max(map(len, rows))) if any(at < len(row) and row[at] is not None for row in rows)]
    first = _header(rows, blank, expected)
    below = _end_of_header(rows, marks, first)
    _say(path, name, marks, (first, below), blank, _hidden_columns(rows, used, marks, first))
    return [
        (number, [] if blank[number - 1] else [row[at] if at < len(row) else None for at in used])
        for number, row in enumerate(rows, 1)
        if number == first + 1 or number > below
    ]


def _check_size(path: str, name: str, marks: SheetMarks) -> None:
    """Raise ``InputError`` before a sheet is unfolded whose cells lie too far apart."""
    if marks.rows * marks.columns > _MOST_CELLS:
        what = f"sheet {name!r} has {marks.rows:,} rows and {marks.columns:,} columns"
        hint = "delete what stands far from the table, or save the sheet as csv"
        raise InputError(what, where=path, hint=hint)


def _sheet(path: str, book: Any, wanted: str | None, marks_of: Callable[[str], SheetMarks]) -> str:
    names: list[str] = list(book.sheet_names)
    if wanted is not None:
        if wanted in names:
            return wanted
        what = f"no sheet {wanted!r} among {', '.join(map(repr, names))}"
        raise InputError(what, where=path, hint=did_you_mean(wanted, names) or "name one of them")
    shown = [
        sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith(".Visible") and sheet.name in names
    ]
    full = [name for name in shown or names if marks_of(name).rows]
    if not full:
        raise InputError("has no sheet with anything in it", where=path, hint="check that it is the right file")
    others = [name for name in names if name != full[0] and marks_of(name).rows]
    if others:
        message = f"{path}: sheet {full[0]!r} is read, not {listed(list(map(repr, others)))}"
        warnings.warn(message, FewtextWarning, stacklevel=5)
    return full[0]


def _value(cell: Any) -> Any:
    """Return a cell as other formats hold it: whole numbers without a point, dates as ISO 8601 writes them."""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    if isinstance(cell, datetime.datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (datetime.date, datetime.time)):
        return cell.isoformat()
    if isinstance(cell, datetime.timedelta):
        return str(cell)
    return None if cell == "" else cell


def _fill_merged(rows: list[list[Any]], marks: SheetMarks) -> None:
    """Give each row of a merged cell its value, in the first column of the cell alone."""
    for top, left, bottom in marks.merged:
        for at in range(top + 1, min(bottom, len(rows) - 1) + 1):
            if left < len(rows[at]) and left < len(rows[top]):
                rows[at][left] = rows[top][left]


def _header(rows: Sequence[list[Any]], blank: Sequence[bool], expected: str) -> int:
    """Return how many rows stand above the header."""
    first = blank.index(False)
    for at in range(first, min(len(rows), first + _HEADER_WITHIN)):
        if expected.casefold() in (str(cell).strip().casefold() for cell in rows[at] if cell is not None):
            return at
    return first


def _end_of_header(rows: Sequence[list[Any]], marks: SheetMarks, first: int) -> int:
    """Return after how many rows the header ends, whose merged cells may reach over several.

    A name is the lowest cell of its column in them; it comes to stand in the first row of the header.
    """
    end = max((bottom for top, _, bottom in marks.merged if top == first), default=first)
    for row in rows[first + 1 : end + 1]:
        rows[first].extend([None] * (len(row) - len(rows[first])))
        for at, cell in enumerate(row):
            rows[first][at] = rows[first][at] if cell is None else cell
    return min(end + 1, len(rows))


def _hidden_columns(rows: Sequence[list[Any]], used: Sequence[int], marks: SheetMarks, first: int) -> list[str]:
    """Return the columns that the sheet hides though they hold something, each with its name in the header."""
    hidden = [at for at in used if any(at in columns for columns in marks.hidden_columns)]
    names = {at: str(rows[first][at]) for at in hidden if at < len(rows[first]) and rows[first][at] is not None}
    return [f"{column_name(at)}{f', {names[at]!r}' if at in names else ''}" for at in hidden]


def _say(
    path: str, sheet: str, marks: SheetMarks, header: tuple[int, int], blank: Sequence[bool], columns: Sequence[str]
) -> None:
    first, below = header
    above = [at + 1 for at in range(first) if not blank[at]]
    hidden = [row for row in marks.hidden if below < row <= len(blank) and not blank[row - 1]]
    merged = [cell_name(top, left) for top, left, bottom in marks.merged if top >= below]
    said = (
        (above, f"the header is row {first + 1}; what stands above is left out (row {listed(above)})"),
        (below - first - 1, f"the header is the rows {first + 1} to {below}"),
        (hidden, f"hidden rows are read like the others (row {listed(hidden)})"),
        (columns, f"hidden columns are read like the others ({listed(columns, separator='; ')})"),
        (merged, f"merged cells give their value to each of their rows ({listed(merged)})"),
        (marks.errors, f"cells with an error of the spreadsheet are read as empty ({listed(marks.errors)})"),
        (
            marks.unknown,
            "formulas whose value was not saved are read as empty, unless a spreadsheet opens and saves the file "
            f"({listed(marks.unknown)})",
        ),
    )
    for which, message in said:
        if which:
            warnings.warn(f"{path}, sheet {sheet!r}: {message}", FewtextWarning, stacklevel=5)


def check_workbook(path: Path, rows: int = 0) -> None:
    """Raise ``InputError``, before any work, where a workbook of so many rows cannot be written."""
    if rows > MOST_ROWS:
        what = f"a sheet has {MOST_ROWS:,} rows below its header at most, and {rows:,} are to be written"
        raise InputError(what, where=str(path), hint="write csv, or limit the texts")
    try:
        import openpyxl  # noqa: F401
    except ImportError as error:
        raise InputError("a workbook needs openpyxl", where=str(path), hint=_INSTALL) from error


def write_workbook(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write a workbook of one sheet atomically. A text stays a text, also where it begins like a formula."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    book = Workbook(write_only=True)
    sheet = book.create_sheet("answers")
    sheet.freeze_panes = "A2"
    changed: list[str] = []

    def cell(value: Any, row: int, column: int) -> Any:
        if value is None or isinstance(value, (int, float)):
            return value
        whole = to_json(value) if isinstance(value, (dict, list)) else str(value)
        text = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", whole)[:_MOST_CHARACTERS]
        if text != whole:
            changed.append(cell_name(row, column))
        made = WriteOnlyCell(sheet, "")
        made.value, made.data_type = text, "s"
        return made

    header = [cell(name, 0, at) for at, name in enumerate(columns)]
    for made in header:
        made.font = Font(bold=True)
    sheet.append(header)
    for number, row in enumerate(rows, 1):
        sheet.append([cell(value, number, at) for at, value in enumerate(row)])
    with new_file(path) as stream:
        book.save(stream)
    if changed:
        message = f"{path}: texts that no cell can hold are cut or have � for a character ({listed(changed)})"
        warnings.warn(message, FewtextWarning, stacklevel=3)
