"""Input validation: texts and labels as Python callers hand them over, checked and made plain lists."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from fewtext.contracts.image import Picture
from fewtext.contracts.labels import check_one_kind, normal_form
from fewtext.errors import FewtextError

MATRIX = "give one column, as df['text'] or array[:, 0]"
ONE_LABEL = "give one column, as df['label'] or array[:, 0]; of one-hot rows, the name of the column with the 1"
INDICATORS = "give a list of its labels for each text: sklearn's MultiLabelBinarizer has inverse_transform"


def checked_texts(texts: Any) -> list[Any]:
    """Return texts or images as a list; raise ``FewtextError`` where they are no sequence of them."""
    if isinstance(texts, (str, bytes)):
        raise FewtextError("one text where a list of texts is expected", hint="write [text]")
    listed = _listed(texts, "texts", MATRIX)
    for at, text in enumerate(listed):
        if not isinstance(text, (str, Picture)):
            if is_missing(text):
                raise FewtextError(f"item {at} has no text: {text!r}", hint="leave out what has none")
            hint = "decode it: text.decode('utf-8')" if isinstance(text, bytes) else ""
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
            hint = "use strings or numbers, and MultiLabelClassifier for several labels a text"
            if isinstance(label, bytes):
                hint = "decode it: label.decode('utf-8')"
            raise FewtextError(f"item {at}: a label of type {type(label).__name__}", hint=hint)
    check_one_kind(listed)
    return listed


def checked_label_sets(labels: Any) -> list[tuple[Any, ...]]:
    """Return the labels of each item, each once; raise ``FewtextError`` naming the item where they are none."""
    rows = _listed(labels, "labels", INDICATORS)
    sets = []
    for at, own in enumerate(rows):
        if isinstance(own, (str, bytes, Mapping)) or not isinstance(own, Collection):
            raise FewtextError(f"item {at}: {own!r} where its labels are expected", hint="a list of labels, as ['a']")
        sets.append(tuple(dict.fromkeys(checked_labels(list(own)))))
    if _are_indicators(rows):
        raise FewtextError("rows of 0 and 1 where labels are expected", hint=INDICATORS)
    return sets


def checked_pairs(
    texts: Any, labels: Any, checked: Callable[[Any], list[Any]] = checked_labels
) -> tuple[list[Any], list[Any]]:
    """Return texts and what ``checked`` makes of labels, as many; raise ``FewtextError`` where they are no pairs."""
    _check_aligned(texts, labels)
    items, owners = checked_texts(texts), checked(labels)
    if len(items) != len(owners):
        raise FewtextError(f"{len(items)} texts but {len(owners)} labels")
    return items, owners


def plain(value: Any) -> Any:
    """Return what scalars of numpy, torch or pyarrow and enumerations of strings or numbers are in Python's types."""
    for convert in ("item", "as_py"):
        if callable(getattr(value, convert, None)) and not getattr(value, "shape", ()):
            value = getattr(value, convert)()
    if isinstance(value, str):
        return str.__str__(value)  # an enumeration's own str() is the name of its member
    return int(value) if isinstance(value, int) and not isinstance(value, bool) else value


def is_missing(value: Any) -> bool:
    """Tell None, NaN, pandas' NaT and NA."""
    try:
        return value is None or bool(value != value)
    except TypeError:  # pandas' NA is neither equal to itself nor not
        return True
    except ValueError:  # an array
        return False


def _check_aligned(texts: Any, labels: Any) -> None:
    """Raise ``FewtextError`` where columns of pandas have one index in two orders: they are paired by their places."""
    ours: Any = getattr(texts, "index", None)
    theirs: Any = getattr(labels, "index", None)
    if hasattr(ours, "equals") and hasattr(theirs, "equals") and not ours.equals(theirs) and set(ours) == set(theirs):
        raise FewtextError(
            "texts and labels have the same index in two orders, and which belong together cannot be told",
            hint="by the index: give labels.loc[texts.index]; by their places, as they stand: give labels.to_numpy()",
        )


def _listed(values: Any, what: str, hint: str) -> list[Any]:
    """Return a list of plain values, in order; raise ``FewtextError`` for what has two dimensions, or no order."""
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
    """Tell rows of 0 and 1, one for each label, from lists of labels that are called 0 and 1: those repeat none."""
    lengths = {len(row) for row in rows}
    numbers = {plain(value) for row in rows for value in row}
    return len(lengths) == 1 and numbers <= {0, 1} and any(len(row) > len(set(map(plain, row))) for row in rows)
