"""The rows of a parquet file, read a few thousand at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fewtext.files.exports.class_labels import class_names
from fewtext.files.lazy_text import NotInParts
from fewtext.files.tables import Row

_AT_ONCE = 8192  # rows


class LazyParquet:
    """A parquet file on the disk."""

    delimiter = ","

    def __init__(self, path: str) -> None:
        self.path = path
        self.columns: list[str] | None = None

    def survey(self) -> Iterator[tuple[Row, str]]:
        """Yield the rows; raise ``NotInParts`` where values become others in the light of a whole column."""
        with self._opened() as file:
            self.columns = list(file.schema_arrow.names)
            if set(self.columns) & set(class_names(file.schema_arrow.metadata)):
                raise NotInParts
        yield from self.rows()

    def rows(self) -> Iterator[tuple[Row, str]]:
        """Yield the rows, which have no lines, but numbers."""
        number = 0
        with self._opened() as file:
            for batch in file.iter_batches(batch_size=_AT_ONCE):
                columns = [column.to_pylist() for column in batch.columns]
                for cells in zip(*columns, strict=True):
                    number += 1
                    yield Row(number, list(cells)), ""

    def _opened(self) -> Any:
        import pyarrow.parquet

        return pyarrow.parquet.ParquetFile(self.path)
