"""What may hold texts or images, as type checkers see it: anything with an order, but no single string."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol


class Ordered(Protocol):
    """A list or tuple of any items. A string is none: it can only be asked whether it contains a string."""

    def __contains__(self, item: object, /) -> bool: ...

    def __getitem__(self, place: int, /) -> Any: ...

    def __iter__(self) -> Iterator[Any]: ...

    def __len__(self) -> int: ...


class Arrayed(Protocol):
    """What numpy can read: an array, a column or table of pandas, polars or Arrow."""

    def __array__(self, *args: Any, **options: Any) -> Any: ...


class Columnar(Protocol):
    """A table that tells the names of its columns: of Arrow, or a Hugging Face data set."""

    @property
    def column_names(self) -> Any:
        """The names of the columns."""


Texts = Ordered | Arrayed | Columnar | Iterator[Any]
"""A list, tuple, array, column, table (where the column is named) or iterator of texts or images."""
