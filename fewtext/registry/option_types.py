"""Types of options: what can be written on a command line, and how."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from types import NoneType, UnionType
from typing import Any, Literal, NoReturn, Union, get_args, get_origin

WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
BETWEEN = "+"
"""Between the values of one option that takes several: commas stand between options, slashes mean a folder."""
_BETWEEN = re.compile(r"(?<![\d.][eE])\+")  # that of 1e+3 is not
NOTHING = "none"


def can_be_written(kind: Any) -> bool:
    """Whether a value of this type can be read from text: a simple type, a choice, several of one type, or none."""
    if item := _item(kind):
        return can_be_written(item)
    if others := _others(kind):
        return all(map(can_be_written, others))
    return kind in (bool, int, float, str) or get_origin(kind) is Literal


def read(kind: Any, text: str) -> Any:
    """Return the value that a text stands for; raise ``ValueError`` where it stands for none of this type."""
    if item := _item(kind):
        values = [read(item, part) for part in _BETWEEN.split(text)] if text else []
        return values if get_origin(kind) is list else tuple(values)
    if others := _others(kind):
        return None if text.lower() == NOTHING else _first(others, text)
    if kind is bool:
        return WORDS[text.lower()] if text.lower() in WORDS else _refuse(text)
    if get_origin(kind) is Literal:
        chosen = [choice for choice in get_args(kind) if str(choice) == text]
        return chosen[0] if chosen else _refuse(text)
    return kind(text)


def fits(kind: Any, value: Any) -> bool:
    """Whether a value is of this type; of a type that cannot be written, anything is that is no text."""
    if item := _item(kind):
        whole = isinstance(value, (list, tuple))
        return whole and all(fits(item, each) for each in value)
    if others := _others(kind):
        return value is None or any(fits(other, value) for other in others)
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if kind in (int, str, bool):
        return type(value) is kind
    return not isinstance(value, str)


def in_words(kind: Any) -> str:
    """Return what to give."""
    if item := _item(kind):
        return f"{in_words(item)}, or several with {BETWEEN} between them"
    if others := _others(kind):
        return " or ".join([*map(in_words, others), NOTHING])
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    words = {int: "a whole number", float: "a finite number", bool: "true or false", str: "text"}
    return words.get(kind, str(kind))


def _item(kind: Any) -> Any:
    """Return the type of each value of an option that takes several; None for any other."""
    arguments = get_args(kind)
    if get_origin(kind) is list or (get_origin(kind) is tuple and arguments[1:] == (Ellipsis,)):
        return arguments[0]
    return arguments[0] if get_origin(kind) is Sequence else None


def _others(kind: Any) -> tuple[Any, ...]:
    """Return the types of an option that may be None; none for any other."""
    arguments = get_args(kind) if get_origin(kind) in (Union, UnionType) else ()
    return tuple(other for other in arguments if other is not NoneType) if NoneType in arguments else ()


def _first(kinds: tuple[Any, ...], text: str) -> Any:
    for kind in kinds:
        try:
            return read(kind, text)
        except ValueError:
            continue
    return _refuse(text)


def _refuse(text: str) -> NoReturn:
    raise ValueError(text)
