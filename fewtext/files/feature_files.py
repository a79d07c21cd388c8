"""Files of features, written chunk by chunk: NumPy's ``.npy``, a row a text, or parquet with the texts beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fewtext.errors import FewtextError
from fewtext.files.atomic import new_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Write = Callable[[Sequence[str], NDArray[np.float32]], None]

FEATURES, SUFFIXES = "features", (".npy", ".parquet")


def check_suffix(path: str) -> None:
    """Raise ``FewtextError`` where a file's name is of no format for features, or what writes that is missing."""
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise FewtextError(f"cannot tell the format of {path}", hint=f"use the suffix {' or '.join(SUFFIXES)}")
    if suffix == ".parquet":
        _pyarrow()


@contextmanager
def feature_file(path: Path, rows: int, width: int, column: str) -> Iterator[Write]:
    """Yield a function that writes the next texts and their features ``[n, width]``; the file appears whole, or not.

    In all there are so many ``rows``. In parquet the texts are in this ``column``, and a row of NaN is null.
    """
    with new_file(path) as stream:
        if path.suffix.lower() == ".parquet":
            with _parquet(stream, width, column) as write:
                yield write
        else:
            from numpy.lib.format import write_array_header_2_0

            header = {"descr": "<f4", "fortran_order": False, "shape": (rows, width)}
            write_array_header_2_0(stream, header)

            def write_rows(texts: Sequence[str], features: NDArray[np.float32]) -> None:
                stream.write(features.astype("<f4").tobytes())

            yield write_rows


@contextmanager
def _parquet(stream: Any, width: int, column: str) -> Iterator[Write]:
    import numpy as np

    pyarrow, parquet = _pyarrow()
    features_name = FEATURES if column != FEATURES else f"{FEATURES}_2"
    schema = pyarrow.schema([(column, pyarrow.string()), (features_name, pyarrow.list_(pyarrow.float32(), width))])
    with parquet.ParquetWriter(stream, schema) as writer:

        def write(texts: Sequence[str], features: NDArray[np.float32]) -> None:
            missing = pyarrow.array(np.isnan(features).any(1))
            values = pyarrow.array(features.reshape(-1))
            own = pyarrow.FixedSizeListArray.from_arrays(values, width, mask=missing)
            writer.write_table(pyarrow.table([pyarrow.array(list(texts), pyarrow.string()), own], schema=schema))

        yield write


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise FewtextError("parquet needs pyarrow", hint='pip install "fewtext[parquet]", or use .npy') from error
    return pyarrow, pyarrow.parquet
