"""JSON in one document that is no array of plain records: examples of spaCy, or of older Rasa."""

from __future__ import annotations

import re
import warnings
from typing import Any

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.json_text import from_json
from fewtext.files.tables import Row, Table

_PAIRS = re.compile(rb"(?:\xef\xbb\xbf)?\s*\[\s*\[")
_KEYS = (b'"rasa_nlu_data"', b'"paragraphs"')
_HEAD = 2**16  # bytes, in which the keys stand


def is_document(content: bytes) -> bool:
    """Whether this looks like a document that is no array of plain records."""
    return _PAIRS.match(content) is not None or any(key in content[:_HEAD] for key in _KEYS)


def read_document(path: str, text: str) -> Table | None:
    """Return the records of a document, each on the line of its number; None where it is none that is known."""
    try:
        document = from_json(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not JSON ({error})", where=path, hint="check that the file is whole") from error
    if isinstance(document, dict) and isinstance(rasa := document.get("rasa_nlu_data"), dict):
        document = rasa.get("common_examples")
        warnings.warn(f"{path}: read as Rasa NLU: one label a text from 'intent'", FewtextWarning, stacklevel=6)
    if not isinstance(document, list):
        return None
    records = [_record(own) for own in document]
    records = [row for own in records for row in (own if isinstance(own, list) else [own])]
    columns = dict.fromkeys(name for own in records if isinstance(own, dict) for name in own)
    broken = {n: "not a JSON object" for n, own in enumerate(records, 1) if not isinstance(own, dict)}
    if not records or len(broken) == len(records):
        return None
    rows = [
        Row(n, [own.get(name) if isinstance(own, dict) else None for name in columns])
        for n, own in enumerate(records, 1)
    ]
    return Table(path, list(columns), rows, broken)


def _record(own: Any) -> Any:
    """Return an object for spaCy's ``[text, {"cats": ...}]`` and for its documents of paragraphs."""
    if isinstance(own, list) and len(own) == 2 and isinstance(own[0], str) and isinstance(own[1], dict):
        return {"text": own[0], "cats": own[1].get("cats")}
    if isinstance(own, dict) and {"text", "intent"} <= set(own) <= {"text", "intent", "entities"}:
        return {"text": own["text"], "label": own["intent"]}
    if isinstance(own, dict) and isinstance(paragraphs := own.get("paragraphs"), list):
        parts = [part for part in paragraphs if isinstance(part, dict)]
        return [{"text": part.get("raw"), "cats": part.get("cats")} for part in parts]
    return own
