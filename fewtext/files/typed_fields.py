"""Typed fields: what a JSON or TOML file holds, as a dataclass whose field names and types are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")


def dataclass_from(content: Mapping[str, Any], kind: type[T], at: str = "") -> T:
    """Return content as a dataclass of this kind; a whole number will do where a float is declared.

    ``at`` is the path of the content in its file, as ``files.train``. Raises ``ValueError`` with the path of a field
    that is unknown, missing or of another type.
    """
    try:
        typed = msgspec.convert(content, kind, strict=True)
    except msgspec.ValidationError as error:
        raise ValueError(_sentence(str(error), at)) from error
    unknown = sorted(set(content) - {field.name for field in fields(kind)})
    if unknown:
        raise ValueError(f"unknown field {_joined(at, unknown[0])!r}")
    return typed


def _sentence(message: str, at: str) -> str:
    """Return the library's ``Expected `str`, got `int` - at `$.name``` as ``field 'name': expected str, got int``."""
    what, _, place = message.replace("`", "").partition(" - at $")
    if what.startswith("Object missing required field "):
        return f"missing field {_joined(at, place.lstrip('.'), what.rpartition(' ')[2])!r}"
    path = _joined(at, place.lstrip("."))
    what = what[0].lower() + what[1:]
    return f"field {path!r}: {what}" if path else what


def _joined(*parts: str) -> str:
    return ".".join(part for part in parts if part)
