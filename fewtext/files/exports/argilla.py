"""Argilla: records with the responses of annotators to questions, nested or with a column for each question."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple, TextIO

from fewtext.files.exports.record import UNLABELLED, Export, Record, ToWrite, agreed, broken, counted, text_field
from fewtext.files.exports.rows import Rows
from fewtext.files.json_text import to_json

NAME = "Argilla"
_RESPONSES, _SUGGESTION = ".responses", ".suggestion"
_OF_DATASETS = "-suggestion"  # beside the column of a question, in the data sets of Argilla 1
_DONE = {None, "submitted", "completed", "validated"}
_ASIDE = {"draft": "a draft", "discarded": "discarded", "pending": "pending", "default": "not validated"}
_OWN = {"id", "_server_id", "status", "fields", "responses", "suggestions", "vectors", "metadata", "external_id"}
_NOBODY = "00000000-0000-0000-0000-000000000000"
_OLD = {"annotation", "prediction", "status", "inputs"}


class _Response(NamedTuple):
    question: str
    value: Any
    status: str | None


def fits(rows: Rows) -> bool:
    """Whether there are records with fields and responses, questions as columns, or records of Argilla 1."""
    columns = set(rows.columns)
    if "fields" in columns and {"responses", "suggestions"} & columns:
        return any(isinstance(row["fields"], dict) for _, row in rows.first())
    if any(f"{name}.users" in columns for name in columns if name.endswith(_RESPONSES)):
        return True
    if any(isinstance(row[name], (list, dict)) for _, row in rows.first() for name in _questions(columns)):
        return True
    return columns >= _OLD - {"inputs"} and bool({"inputs", "text"} & columns)


def _questions(columns: Collection[str]) -> list[str]:
    """Return the columns of responses in a data set of Argilla 1: those that have one of suggestions beside them."""
    return [name for name in columns if f"{name}{_OF_DATASETS}" in columns]


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read submitted responses; of several to one question, what most annotators said."""
    old = _OLD - {"inputs"} <= set(rows.columns)
    records, majority, suggested, other = [], 0, 0, set()
    several: set[str] = set()
    for line, row in rows.all():
        fields = _fields(rows.path, line, row, old)
        responses = list(_old_responses(row) if old else _responses(rows.path, line, row))
        done = [own for own in responses if own.status in _DONE and own.value is not None]
        if unknown := {own.status for own in responses} - _DONE - set(_ASIDE):
            raise broken(rows.path, line, f"status {unknown.pop()!r}, which Argilla does not have")
        several.update(own.question for own in done if isinstance(own.value, list) or row.get("multi_label"))
        answers: dict[str, list[tuple[str, ...]]] = {}
        for own in done:
            value = own.value if isinstance(own.value, list) else [own.value]
            if any(isinstance(item, (dict, list)) for item in value):
                other.add(own.question)
            else:
                answers.setdefault(own.question, []).append(tuple(str(item) for item in value))
        labels = {name: agreed(own) for name, own in answers.items()}
        majority += any(labels[name] is not None and len(set(own)) > 1 for name, own in answers.items())
        aside = "" if any(own is not None for own in labels.values()) else "annotators disagree" if labels else ""
        if not labels:
            waiting = [own.status for own in responses if own.status not in _DONE]
            suggested += not responses and _is_suggested(row)
            aside = _ASIDE[str(waiting[0])] if waiting else UNLABELLED
        records.append(Record(line, fields, labels, aside))
    texts = [name for name, value in records[0].fields.items() if isinstance(value, str) and name != "id"]
    notes = [f"{majority} by a majority of annotators"] if majority else []
    notes += [f"suggestions of {counted(suggested, 'record')} are no labels"] if suggested else []
    notes += [f"question {', '.join(sorted(other))} has no labels of texts"] if other else []
    return Export(NAME, records, text_field(texts, named), frozenset(several), notes)


def _fields(path: str, line: int, row: dict[str, Any], old: bool) -> dict[str, Any]:
    if old:
        inputs = row.get("inputs") or {"text": row.get("text")}
        return {"id": row.get("id"), **(inputs if isinstance(inputs, dict) else {"text": inputs})}
    if "fields" in row:
        if not isinstance(row["fields"], dict):
            raise broken(path, line, "a record of Argilla without its fields")
        metadata = row.get("metadata")
        return {**(metadata if isinstance(metadata, dict) else {}), **row["fields"], "id": row.get("id")}
    asked = [f"{name}{_OF_DATASETS}" for name in _questions(row)]
    return {
        name: value
        for name, value in row.items()
        if (name not in _OWN or name == "id")
        and _RESPONSES not in name
        and _SUGGESTION not in name
        and f"{name}{_OF_DATASETS}" not in asked
        and not name.startswith(tuple(asked))
    }


def _responses(path: str, line: int, row: dict[str, Any]) -> Iterable[_Response]:
    """Yield responses in each of the forms: by question, by annotator, or in columns."""
    # Completed is a record with enough responses; one that was never on a server stays pending whatever it holds.
    local = "_server_id" in row and row["_server_id"] is None
    status = _status(row.get("status"))
    waiting = status if status in _ASIDE and not (status == "pending" and local) else None
    given = row.get("responses")
    if isinstance(given, dict):  # by question; a record is completed when a response is submitted
        for question, own in given.items():
            for one in own if isinstance(own, list) else [own]:
                if one is None:  # as a table writes a question that this record does not answer
                    continue
                if not isinstance(one, dict) or "value" not in one:
                    raise broken(path, line, f"a response to {question!r} without a value")
                yield _Response(question, one["value"], _status(one.get("status")) or waiting)
    elif isinstance(given, list):
        for one in given:
            values = one.get("values") if isinstance(one, dict) else None
            own_status = _status(one.get("status")) if isinstance(one, dict) else None
            if not isinstance(values, dict) or not values:
                if own_status in _ASIDE:  # discarded without an answer
                    yield _Response("", None, own_status)
                    continue
                raise broken(path, line, "a response without its values")
            for question, value in values.items():
                if value is not None:
                    yield _Response(question, value.get("value") if isinstance(value, dict) else value, own_status)
    elif given is not None:
        raise broken(path, line, "responses are no object and no list")
    for question in _questions(row):
        own = row[question] or []
        if isinstance(own, dict) and all(isinstance(values, list) for values in own.values()):
            # A sequence of objects, as the library datasets kept it.
            own = [dict(zip(own, values, strict=True)) for values in zip(*own.values(), strict=False)]
        if not isinstance(own, list):
            raise broken(path, line, f"responses to {question!r} are no list")
        for one in own:
            if not isinstance(one, dict) or "value" not in one:
                raise broken(path, line, f"a response to {question!r} without a value")
            yield _Response(question, one["value"], _status(one.get("status")))
    for name in [name for name in row if name.endswith(_RESPONSES) and row[name] is not None]:
        values, statuses = row[name], row.get(f"{name}.status")
        statuses = statuses or [None] * len(values) if isinstance(values, list) else statuses
        if not isinstance(values, list) or not isinstance(statuses, list) or len(values) != len(statuses):
            raise broken(path, line, f"{name!r} and its status are no lists of one length")
        for value, own_status in zip(values, statuses, strict=True):
            yield _Response(name.removesuffix(_RESPONSES), value, _status(own_status) or waiting)


def _old_responses(row: dict[str, Any]) -> Iterable[_Response]:
    """Yield the annotation of a record of Argilla 1, whose status is Validated, Default or Discarded."""
    status = _status(row.get("status"))
    value = row.get("annotation")
    if value is not None or status == "discarded":
        yield _Response("label", value, status)


def _status(status: Any) -> str | None:
    return None if status is None else str(status).casefold()


def _is_suggested(row: dict[str, Any]) -> bool:
    return any(
        value for name, value in row.items() if name in ("suggestions", "prediction") or name.endswith(_SUGGESTION)
    )


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write records as Argilla's own file of records has them: a field ``text`` and a question ``label``."""
    records = []
    for number, one in enumerate(content.examples, 1):
        value = list(one.labels or ()) if content.several else (one.labels or (None,))[0]
        own = [] if one.labels is None else [{"value": value, "user_id": _NOBODY}]
        records.append(
            {
                "id": str(one.other.get("id", number)),
                "fields": {"text": one.text},
                "metadata": {name: value for name, value in one.other.items() if name != "id"},
                "suggestions": {},
                "responses": {"label": own} if own else {},
                "vectors": {},
                "status": "completed" if own else "pending",
                "_server_id": None,
            }
        )
    stream.write(to_json(records, indent=1) + "\n")
    question = "MultiLabelQuestion" if content.several else "LabelQuestion"
    return [f"the dataset needs a TextField 'text' and a {question} 'label'; user_id is that of nobody"]
