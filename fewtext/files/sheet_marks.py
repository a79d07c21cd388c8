"""What a sheet shows besides values: what is hidden, merged or an error, and formulas whose value was not saved.

The library that reads values gives none of these, so they are taken from the XML in the workbook.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from xml.etree import ElementTree

from fewtext.errors import InputError, first_line

_MOST_BYTES = 2 * 2**30  # of a workbook once unpacked
_MOST_TIMES, _FREE_BYTES = 200, 64 * 2**20
_REFERENCE = re.compile(r"([A-Z]+)(\d+)")
_YES, _HIDDEN = ("1", "true"), ("collapse", "filter")


@dataclass
class SheetMarks:
    """Rows counted from 1; merged cells as first row, first column and last row, counted from 0.

    Hidden columns are ranges that begin at 0: a sheet may hide all that there could be.
    """

    hidden: list[int] = field(default_factory=list)
    hidden_columns: list[range] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    rows: int = 0
    """Up to the last one with a value; 0 in an empty sheet."""
    columns: int = 0

    def reach(self, rows: int, columns: int) -> None:
        """Note that there is a value in this row and column, counted from 1."""
        self.rows, self.columns = max(self.rows, rows), max(self.columns, columns)


def cell_name(row: int, column: int) -> str:
    """Return the name of a cell, whose row and column are counted from 0: ``B3``."""
    return f"{column_name(column)}{row + 1}"


def column_name(column: int) -> str:
    """Return the letters of a column, counted from 0."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def sheet_marks(path: str, content: bytes) -> Callable[[str], SheetMarks]:
    """Return a function that gives the marks of a sheet by its name.

    Raises ``InputError`` for an archive that is damaged, or that is far larger once unpacked.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        _check_size(path, archive, len(content))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, ValueError) as error:
        what = f"is not a workbook, or is damaged ({first_line(error)})"
        raise InputError(what, where=path, hint="open it in a spreadsheet, and save it again or as csv") from error
    except RuntimeError as error:  # zipfile's, for an encrypted member
        raise InputError("is protected by a password", where=path, hint="save it without one") from error

    @cache
    def marks_of(name: str) -> SheetMarks:
        try:
            if "content.xml" in archive.namelist():
                return _of_open_document(archive, name)
            return _of_office_open(archive, name)
        except (ElementTree.ParseError, KeyError, ValueError) as error:
            what = f"sheet {name!r} cannot be read ({first_line(error)})"
            raise InputError(what, where=path, hint="open it in a spreadsheet, and save it again or as csv") from error

    return marks_of


def _check_size(path: str, archive: zipfile.ZipFile, packed: int) -> None:
    """Unpack every part without keeping it: a size that is declared too small ends in a wrong checksum."""
    left = min(_MOST_BYTES, max(_FREE_BYTES, _MOST_TIMES * packed))
    for part in archive.infolist():
        left -= part.file_size
        if left < 0:
            what = "is far larger once unpacked than a workbook of its size"
            raise InputError(what, where=path, hint="save the sheet as csv")
        with archive.open(part) as stream:
            while stream.read(2**20):
                pass


def _elements(archive: zipfile.ZipFile, part: str) -> Iterator[tuple[str, str, ElementTree.Element]]:
    """Yield the event, the name without its namespace, and the element."""
    with archive.open(part) as stream:
        for event, element in ElementTree.iterparse(stream, ("start", "end")):
            yield event, _local(element.tag), element


def _local(name: str) -> str:
    return name.rsplit("}", 1)[-1]


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.attrib.items() if _local(key) == name), "")


def _of_office_open(archive: zipfile.ZipFile, name: str) -> SheetMarks:
    marks = SheetMarks()
    part = _part_of(archive, name)
    if part is None:
        return marks
    row, column = 0, 0
    for event, tag, element in _elements(archive, part):
        if event == "start" and tag == "row":
            row, column = int(element.get("r") or row + 1), 0
            if element.get("hidden") in _YES:
                marks.hidden.append(row)
        elif event == "end" and tag == "col" and element.get("hidden") in _YES:
            marks.hidden_columns.append(range(int(element.get("min") or 1) - 1, int(element.get("max") or 1)))
        elif event == "end" and tag == "c":
            parts = {_local(child.tag): child for child in element}
            value = parts["v"].text if "v" in parts else None
            row, column = _place(element.get("r") or cell_name(row - 1, column))
            row, column = row + 1, column + 1
            if value or "is" in parts:
                marks.reach(row, column)
            if element.get("t") == "e":
                marks.errors.append(cell_name(row - 1, column - 1))
            elif "f" in parts and not value and element.get("t") != "str":
                marks.unknown.append(cell_name(row - 1, column - 1))
        elif event == "end" and tag == "mergeCell":
            places = [_place(reference) for reference in element.get("ref", "").split(":")]
            if len(places) == 2 and places[1][0] > places[0][0]:
                marks.merged.append((*places[0], places[1][0]))
        elif event == "end" and tag == "row":
            element.clear()
    return marks


def _place(reference: str) -> tuple[int, int]:
    match = _REFERENCE.fullmatch(reference.replace("$", ""))
    if match is None:
        raise ValueError(f"{reference!r} is no cell")
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def _part_of(archive: zipfile.ZipFile, name: str) -> str | None:
    """Return the part of an .xlsx that holds a sheet."""
    where = "xl/workbook.xml"
    sheets = [element for event, tag, element in _elements(archive, where) if (event, tag) == ("end", "sheet")]
    key = next((_attribute(sheet, "id") for sheet in sheets if sheet.get("name") == name), None)
    for event, tag, element in _elements(archive, "xl/_rels/workbook.xml.rels"):
        if (event, tag) == ("end", "Relationship") and element.get("Id") == key:
            return posixpath.normpath(posixpath.join("/xl", element.get("Target", ""))).lstrip("/")
    return None


def _of_open_document(archive: zipfile.ZipFile, name: str) -> SheetMarks:
    marks = SheetMarks()
    inside, row, column, times, wide = False, 0, 0, 1, 0
    for event, tag, element in _elements(archive, "content.xml"):
        if tag == "table":
            inside = event == "start" and _attribute(element, "name") == name
        elif not inside:
            continue
        elif event == "start" and tag == "table-column":
            start, wide = wide, wide + int(_attribute(element, "number-columns-repeated") or 1)
            if _attribute(element, "visibility") in _HIDDEN:
                marks.hidden_columns.append(range(start, wide))
        elif event == "start" and tag == "table-row":
            column, times = 0, int(_attribute(element, "number-rows-repeated") or 1)
            if _attribute(element, "visibility") in _HIDDEN:
                marks.hidden.extend(range(row + 1, row + 1 + min(times, 2**10)))
        elif event == "start" and tag in ("table-cell", "covered-table-cell"):
            spanned = int(_attribute(element, "number-rows-spanned") or 1)
            if spanned > 1:
                marks.merged.append((row, column, row + spanned - 1))
            values = [value for key, value in element.attrib.items() if _local(key) == "value-type"]
            if "error" in values:
                marks.errors.append(cell_name(row, column))
            elif _attribute(element, "formula") and not values:
                marks.unknown.append(cell_name(row, column))
            column += int(_attribute(element, "number-columns-repeated") or 1)
            if values:
                marks.reach(row + times, column)
        elif event == "end" and tag == "table-row":
            row += times
            element.clear()
    return marks
