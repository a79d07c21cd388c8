"""Which way queries are read: at once, in parts, or from standard input as they come."""

from __future__ import annotations

import warnings
from pathlib import Path

from fewtext.errors import FewtextWarning
from fewtext.files.compression import name_inside
from fewtext.files.examples import TEXT
from fewtext.files.lazy_parquet import LazyParquet
from fewtext.files.lazy_queries import LazyQueries, RowsOnDisk
from fewtext.files.lazy_tables import LAZY, LazyTable
from fewtext.files.lazy_text import LazyText
from fewtext.files.opened import STDIN, ending_of
from fewtext.files.queries import read_queries
from fewtext.files.query_parts import SMALL, InMemory, QueryParts
from fewtext.files.source import AnyPath, Source, source_of
from fewtext.files.stdin_queries import StdinQueries, comes_as_a_stream
from fewtext.files.text_columns import text_columns

PARQUET = "parquet"
_SHRUNK = 10  # times that compression makes a text smaller


def open_queries(path: AnyPath, text_column: str | None = None, limit: int | None = None) -> QueryParts:
    """Return texts or images to classify, as ``read_queries`` reads them, in parts where there may be many.

    Standard input that is no file is read line by line, as lines come.
    """
    source = source_of(path)
    expected = next(iter(text_columns(text_column)), TEXT)
    if source.path == STDIN and comes_as_a_stream():
        return StdinQueries(source, text_column, limit)
    if not _is_large(source):
        return InMemory(read_queries(path, text_column, limit))
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", FewtextWarning)
        try:
            found = LazyQueries(_on_disk(source, expected), text_column, limit)
        except Exception:  # read at once, it is read as it always was, or its error is told
            found = None
    if found is None:
        return InMemory(read_queries(path, text_column, limit))
    for warning in heard:
        warnings.warn(warning.message, warning.category, stacklevel=2)
    return found


def _is_large(source: Source) -> bool:
    """Whether this is a file of a kind that is read in parts, and large enough for it."""
    path = Path(source.path)
    if source.path == STDIN or source.id_column is not None or not path.is_file():
        return False
    inside = name_inside(path)
    least = SMALL if inside == source.path else SMALL // _SHRUNK
    lazy = ending_of(inside) in LAZY or source.path.lower().endswith(f".{PARQUET}")
    return lazy and path.stat().st_size >= least


def _on_disk(source: Source, expected: str) -> RowsOnDisk:
    if source.path.lower().endswith(f".{PARQUET}"):
        if source.encoding is not None:
            raise ValueError("a parquet file says itself how its texts are encoded")
        return LazyParquet(source.path)
    return LazyTable(LazyText(source), expected)
