"""Input validation: texts and labels, given in any container, checked and turned into plain lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum
from numbers import Integral
from typing import Any

from fewtext.contracts.image import Picture
from fewtext.contracts.labels import check_one_kind, normal_form
from fewtext.errors import FewtextError

MATRIX = "give one column, as df['text'] or array[:, 0]; of a table, or name it by parameter 'text_column'"
ONE_LABEL = "give one column, as df['label'] or array[:, 0]; of one-hot rows, the name of the column with the 1"
LABEL_SETS = "give a list of labels for each text, or an indicator matrix as a numpy array"


def checked_texts(texts: Any, first: int = 0) -> list[Any]:
    """Return texts or images as a list; raise ``FewtextError`` for anything else. Items are counted from ``first``."""
    if isinstance(texts, (str, bytes)):
        raise FewtextError("one text where a list of texts is expected", hint="write [text]")
    listed = _listed(texts, "texts", MATRIX)
    for at, text in enumerate(listed, first):
        if not isinstance(text, (str, Picture)):
            if is_missing(text):
                raise FewtextError(f"item {at} has no text: {text!r}", hint="leave it out")
            hint = "decode it: text.decode('utf-8')" if isinstance(text, bytes) else ""
            if isinstance(text, Mapping):
                hint = "give its text alone, as [row['text'] for row in rows]"
            raise FewtextError(f"item {at} is {type(text).__name__}, not a text", hint=hint)
    return listed


def checked_labels(labels: Any) -> list[Any]:
    """Return labels as a list of plain Python values; raise ``FewtextError`` naming the item that has none."""
    if isinstance(labels, (str, bytes)):
        raise FewtextError("one label where a list of labels is expected", hint="write [label]")
    listed = _listed(labels, "labels", ONE_LABEL)
    for at, label in enumerate(listed):
        if is_missing(label) or normal_form(label) == "":
            raise FewtextError(f"item {at} has no label")
        if not isinstance(label, (str, int, float)):
            hint = "use strings or numbers: a text has one label here"
            if isinstance(label, bytes):
                hint = "decode it: label.decode('utf-8')"
            if isinstance(label, Enum):
                hint = "its value is no string or number, so give its name: label.name"
            raise FewtextError(f"item {at}: a label of type {type(label).__name__}", hint=hint)
    check_one_kind(listed)
    return listed


def checked_label_sets(labels: Any) -> list[tuple[Any, ...]]:
    """Return the labels of each item, each once; raise ``FewtextError`` naming the item that has no collection."""
    rows = _listed(labels, "labels", LABEL_SETS)
    sets = []
    for at, labels_of_one in enumerate(rows):
        if isinstance(labels_of_one, (str, bytes, Mapping)) or not isinstance(labels_of_one, Collection):
            message = f"item {at}: {labels_of_one!r} where a list of its labels is expected"
            raise FewtextError(message, hint="give a list, as ['a']")
        sets.append(tuple(dict.fromkeys(checked_labels(list(labels_of_one)))))
    if _are_indicators(rows):
        raise FewtextError("lists of 0 and 1 where lists of labels are expected", hint=LABEL_SETS)
    return sets


def checked_pairs(
    texts: Any, labels: Any, checked: Callable[[Any], list[Any]] = checked_labels
) -> tuple[list[Any], list[Any]]:
    """Return texts, and labels by ``checked``; raise ``FewtextError`` where there are not as many of both."""
    check_aligned(texts, labels)
    listed_texts, listed_labels = checked_texts(texts), checked(labels)
    if len(listed_texts) != len(listed_labels):
        raise FewtextError(f"{len(listed_texts)} texts but {len(listed_labels)} labels")
    return listed_texts, listed_labels


def plain(value: Any) -> Any:
    """Return a scalar of numpy, torch or pyarrow, or the value of an enumeration's member, as Python's own type."""
    if isinstance(value, Enum) and isinstance(value.value, (str, int, float)):
        value = value.value
    for convert in ("item", "as_py"):
        if callable(getattr(value, convert, None)) and not getattr(value, "shape", ()):
            value = getattr(value, convert)()
    if isinstance(value, str):
        return str.__str__(value)  # an enumeration's own str() is the name of its member
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def check_count(name: str, value: Any, least: int) -> None:
    """Raise ``FewtextError`` where a parameter is no whole number from ``least`` on."""
    if not isinstance(value, Integral) or value < least:
        raise FewtextError(f"parameter '{name}' is {value!r}", hint=f"give a whole number, {least} or more")


def is_missing(value: Any) -> bool:
    """Tell None, NaN, pandas' NaT and NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA is neither equal to itself nor not
        return True
    except ValueError:  # an array
        return False


def check_aligned(texts: Any, labels: Any) -> None:
    """Raise ``FewtextError`` where pandas columns have the same index in two orders: texts and labels pair by place."""
    ours: Any = getattr(texts, "index", None)
    theirs: Any = getattr(labels, "index", None)
    if hasattr(ours, "equals") and hasattr(theirs, "equals") and not ours.equals(theirs) and set(ours) == set(theirs):
        raise FewtextError(
            "texts and labels have the same index in two orders, so it is unclear which belong together",
            hint="to pair them by index, give labels.loc[texts.index]; to pair them by place, labels.to_numpy()",
        )


def _listed(values: Any, what: str, hint: str) -> list[Any]:
    """Return a list of plain values; raise ``FewtextError`` for a container with two dimensions, or without order."""
    kind = type(values).__name__
    if isinstance(values, Mapping):
        raise FewtextError(f"{kind} where a list of {what} is expected", hint="write list(it.values())")
    if isinstance(values, (set, frozenset)):
        raise FewtextError(f"{kind} where a list of {what} is expected", hint="give a list: a set has no order")
    shape = getattr(values, "shape", (0,))
    if isinstance(shape, tuple) and len(shape) != 1:
        size = " x ".join(map(str, shape)) or "one value"
        raise FewtextError(f"{kind} of {size} where a list of {what} is expected", hint=hint)
    try:
        return [plain(value) for value in values]
    except TypeError:
        raise FewtextError(f"{kind} where a list of {what} is expected") from None


def _are_indicators(rows: Sequence[Any]) -> bool:
    """Tell rows of 0 and 1, one for each label, from lists of labels named 0 and 1, in which none is repeated."""
    lengths = {len(row) for row in rows}
    numbers = {plain(value) for row in rows for value in row}
    return len(lengths) == 1 and numbers <= {0, 1} and any(len(row) > len(set(map(plain, row))) for row in rows)
