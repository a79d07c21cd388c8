"""Migrations: settings of a model folder of any earlier schema, brought to the present one step by step.

A change of the schema adds a step here and a folder to ``tests/kept_models``; no step is ever removed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

SETTINGS = "fewtext.json"  # the file of a model folder that has its schema
SCHEMA = 7
FIRST = 5  # the earliest schema that is read
UNKNOWN_DATE = ""


def _from_5(content: dict[str, Any]) -> dict[str, Any]:
    """Schema 6 adds the names of columns, the columns of an indicator matrix, and the provenance."""
    made: dict[str, Any] = {"date": UNKNOWN_DATE, "versions": {}, "expected": None}
    return {**content, "text_column": None, "label_column": None, "matrix_columns": None, "made": made}


def _from_6(content: dict[str, Any]) -> dict[str, Any]:
    """Schema 7 lets ``support.jsonl`` have marked answers, and a folder without any is as it was."""
    return content


MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {5: _from_5, 6: _from_6}
"""By the schema that a step starts from."""
