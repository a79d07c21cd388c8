"""Names of columns that a saved model remembers, read without loading it."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from fewtext.classify.migrations import MIGRATIONS, SCHEMA, SETTINGS
from fewtext.errors import FewtextError
from fewtext.files.json_files import read_migrated
from fewtext.files.label_columns import BETWEEN_COLUMNS


class Columns(NamedTuple):
    """Names of columns, as the command line takes them; ``remembered`` where one of them is the model's."""

    text: str | None
    label: str | None
    remembered: bool = False


def columns_for(model: str | Path | None, text_column: str | None, label_column: str | None) -> Columns:
    """Return the names that are given, and where none is, the one that the model was fitted with.

    A folder that cannot be read gives none: whoever loads it says what is wrong.
    """
    if model is None or not (Path(model) / SETTINGS).is_file():
        return Columns(text_column, label_column)
    try:
        settings = read_migrated(Path(model) / SETTINGS, SCHEMA, "", MIGRATIONS)
    except FewtextError:
        return Columns(text_column, label_column)
    text, label = settings.get("text_column"), settings.get("label_column")
    label = BETWEEN_COLUMNS.join(map(str, label)) if isinstance(label, list) else label
    own = Columns(text_column or text, label_column or label)
    return own._replace(remembered=own != (text_column, label_column, False))
