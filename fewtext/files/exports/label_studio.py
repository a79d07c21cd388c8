"""Label Studio: tasks with annotations (JSON), and a row for each annotation (JSON_MIN, CSV)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TextIO

from fewtext.files.exports.record import UNLABELLED, Export, Record, ToWrite, agreed, broken, label_list, text_field
from fewtext.files.exports.rows import Rows
from fewtext.files.json_text import from_json, to_json

NAME = "Label Studio"
_ANNOTATIONS = ("annotations", "completions")
_BOOKKEEPING = ("annotator", "lead_time")
_OF_THE_TOOL = {
    *("id", "annotation_id", "annotator", "lead_time", "created_at", "updated_at", "completed_by", "inner_id"),
    *("agreement", "review_status", "project", "file_upload", "annotators", "comments"),
}


def fits(rows: Rows) -> bool:
    """Whether there are tasks, or the columns of an annotation."""
    columns = set(rows.columns)
    if "data" in columns and ({*_ANNOTATIONS, "predictions"} & columns or columns <= {"id", "data", "meta"}):
        return any(isinstance(row["data"], dict) for _, row in rows.first())
    return "annotation_id" in rows.columns and bool({"annotator", "lead_time"} & columns)


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read tasks; of a task with several annotations the labels that most annotators gave."""
    return _tasks(rows, named) if "data" in rows.columns else _flat(rows, named)


def _tasks(rows: Rows, named: Sequence[str]) -> Export:
    records: list[Record] = []
    majority, other = 0, set[str]()
    for line, row in rows.all():
        data = row["data"]
        given: Any = next((row[name] for name in _ANNOTATIONS if row.get(name) is not None), [])
        if not isinstance(data, dict) or not isinstance(given, list) or not all(isinstance(a, dict) for a in given):
            raise broken(rows.path, line, "a task of Label Studio without its data or annotations")
        done = [own for own in given if not own.get("was_cancelled")]
        done = [own for own in done if own.get("ground_truth")] or done
        answers = [_answers(rows.path, line, own, other) for own in done]
        labels: dict[str, Any] = {}
        aside = "" if done else "skipped by the annotator" if given else "a draft" if row.get("drafts") else UNLABELLED
        for name in dict.fromkeys(name for own in answers for name in own):
            own = [answer[name] for answer in answers if name in answer]
            labels[name] = agreed(own)
            majority += labels[name] is not None and len({frozenset(one) for one in own}) > 1
            aside = aside or ("" if labels[name] is not None else "annotators disagree")
        records.append(Record(line, {**data, "id": row.get("id", data.get("id"))}, labels, aside))
    questions = list(dict.fromkeys(name for record in records for name in record.labels))
    if len(questions) == 1:
        records = _with_empty_answers(records, questions[0])
    texts = [name for name in records[0].fields if name != "id" and isinstance(records[0].fields[name], str)]
    notes = [f"{majority} by a majority of annotators"] if majority else []
    notes += [f"results of the type {', '.join(sorted(other))} are left out"] if other else []
    return Export(NAME, records, text_field(texts, named), notes=notes)


def _with_empty_answers(records: Sequence[Record], question: str) -> list[Record]:
    """Return records in which an annotation without choices means none of them, where one may choose several."""
    several = any(len(record.labels.get(question) or ()) > 1 for record in records)
    return [
        record
        if record.aside or question in record.labels
        else replace(record, labels={question: ()})
        if several
        else replace(record, aside=UNLABELLED)
        for record in records
    ]


def _answers(path: str, line: int, annotation: dict[str, Any], other: set[str]) -> dict[str, tuple[str, ...]]:
    """Return the choices of an annotation by the name of their control, and note ``other`` types of results."""
    result = annotation.get("result")
    if not isinstance(result, list) or not all(isinstance(one, dict) for one in result):
        raise broken(path, line, "an annotation of Label Studio without its result")
    answers: dict[str, tuple[str, ...]] = {}
    for one in result:
        if one.get("type") == "choices":
            value = one.get("value")
            if not isinstance(value, dict) or "choices" not in value:
                raise broken(path, line, "a result of the type choices without choices")
            name = str(one.get("from_name", "label"))
            answers[name] = answers.get(name, ()) + label_list(path, line, value["choices"], "choices")
        else:
            other.add(str(one.get("type")))
    return answers


def _flat(rows: Rows, named: Sequence[str]) -> Export:
    """Read annotations that stand in a row each: data and choices are columns beside one another."""
    values = {
        name: [value for _, row in rows.all() if (value := _choices(row[name])) not in (None, "")]
        for name in rows.columns
        if name not in _OF_THE_TOOL
    }
    possible = [name for name, own in values.items() if name != "text" and _may_be_choices(own)]
    questions = [name for name in named if name in possible]
    questions = questions or [name for name in possible if name not in named and _are_repeated(values[name])]
    questions = questions or ([name for name in possible if name not in named] if len(possible) == 1 else [])
    records = []
    for line, row in rows.all():
        labels: dict[str, Any] = {}
        for name in questions:
            value = _choices(row[name])
            labels[name] = None if value in (None, "", []) else label_list(rows.path, line, value, f"{name!r}")
        aside = "" if any(labels.values()) else UNLABELLED
        fields = {name: value for name, value in row.items() if name not in (*questions, *_BOOKKEEPING)}
        records.append(Record(line, fields, labels, aside))
    texts = [name for name in values if name not in questions]
    return Export(NAME, records, text_field(texts, named))


def _choices(value: Any) -> Any:
    """Return the choices of a cell: ``{"choices": [...]}``, in csv as JSON, where there are several."""
    if isinstance(value, str) and value.startswith(('{"choices"', "[")):
        try:
            value = from_json(value)
        except ValueError:
            return value
    return value["choices"] if isinstance(value, dict) and "choices" in value else value


def _may_be_choices(values: Sequence[Any]) -> bool:
    return bool(values) and all(isinstance(item, str) for item in _items(values))


def _are_repeated(values: Sequence[Any]) -> bool:
    """Whether values come again and again, as choices do and texts do not."""
    return any(isinstance(value, list) for value in values) or 2 * len(set(_items(values))) <= len(_items(values))


def _items(values: Sequence[Any]) -> list[Any]:
    return [item for value in values for item in (value if isinstance(value, list) else [value])]


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write tasks, those with labels with an annotation of the control ``label`` and the object ``text``."""
    kind = "multiple" if content.several else "single"
    tasks = []
    for number, one in enumerate(content.examples, 1):
        choices = {"from_name": "label", "to_name": "text", "type": "choices"}
        result = [{**choices, "value": {"choices": list(one.labels)}}] if one.labels else []
        annotations = [] if one.labels is None else [{"result": result, "was_cancelled": False, "ground_truth": False}]
        tasks.append({"id": number, "data": {**one.other, "text": one.text}, "annotations": annotations})
    stream.write(to_json(tasks, indent=1) + "\n")
    return [f'the project needs <Choices name="label" toName="text" choice="{kind}"> with a Choice for each label']
