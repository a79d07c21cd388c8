"""Parquet and Arrow files (also called Feather), read by pyarrow."""

from __future__ import annotations

from typing import Any

from fewtext.errors import InputError, first_line
from fewtext.files.exports.class_labels import with_class_names

ARROW = ("parquet", "arrow", "feather")


def read_arrow(path: str, content: bytes, ending: str) -> tuple[list[str], list[list[Any]]]:
    """Return the names of columns, and the rows."""
    parquet = ending == "parquet"
    try:
        import pyarrow
        import pyarrow.feather
        import pyarrow.parquet
    except ImportError as error:
        what = f"{'parquet' if parquet else 'Arrow'} needs pyarrow"
        raise InputError(what, where=path, hint='pip install "fewtext[parquet]"') from error
    try:
        source = pyarrow.BufferReader(content)
        if parquet:
            table = pyarrow.parquet.read_table(source)
        elif content.startswith((b"ARROW1", b"FEA1")):
            table = pyarrow.feather.read_table(source)
        else:
            table = pyarrow.ipc.open_stream(source).read_all()  # as the library datasets writes it
    except (pyarrow.ArrowException, OSError) as error:
        raise InputError(
            f"not a{' parquet' if parquet else 'n Arrow'} file ({first_line(error)})", where=path
        ) from error
    columns = []
    for name, column in zip(table.column_names, table.columns, strict=True):
        try:
            try:
                columns.append(column.to_pylist())
            except (ValueError, OverflowError):  # such as dates that Python cannot represent
                columns.append(column.cast(pyarrow.string()).to_pylist())
        except (pyarrow.ArrowException, ValueError, OverflowError, KeyError) as error:
            raise InputError(f"column {name!r} cannot be read ({str(error):.100})", where=path) from error
    columns = with_class_names(path, table.column_names, columns, table.schema.metadata)
    return list(table.column_names), [list(row) for row in zip(*columns, strict=True)] if columns else []
