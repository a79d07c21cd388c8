"""Prodigy: a task a line with the annotator's answer, and the options accepted, a label, or ``cats``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TextIO

from fewtext.files.exports import spacy
from fewtext.files.exports.record import (
    UNLABELLED,
    Export,
    Record,
    ToWrite,
    agreed,
    broken,
    counted,
    label_list,
    text_field,
)
from fewtext.files.exports.rows import Rows
from fewtext.files.json_text import to_json

NAME = "Prodigy"
_SIGNS = {"_input_hash", "_task_hash", "_view_id", "_session_id", "options", "accept", "_annotator_id", "cats"}
_ASIDE = {"reject": "rejected", "ignore": "ignored", None: "not answered yet"}
_BOOKKEEPING = ("answer", "config", "spans", "tokens", "_view_id", "_timestamp")
_ANNOTATOR = ("_annotator_id", "_session_id")
_LABELS = ("accept", "options", "label", "cats")


def fits(rows: Rows) -> bool:
    """Whether rows have an answer, and what only Prodigy writes beside it."""
    if "answer" not in rows.columns or not _SIGNS & set(rows.columns):
        return False
    return any(row["answer"] in ("accept", "reject", "ignore") for _, row in rows.first())


def read(rows: Rows, named: Sequence[str]) -> Export:
    """Read accepted tasks; a text that was asked about label by label has all labels that were accepted."""
    several = any(
        isinstance(row.get("config"), dict) and row["config"].get("choice_style") == "multiple" for _, row in rows.all()
    ) or any(isinstance(row.get("accept"), list) and len(row["accept"]) > 1 for _, row in rows.all())
    records: list[Record] = []
    asked: dict[str, int] = {}  # texts with a label each, and where they stand in the records
    given: dict[str, list[tuple[int, str]]] = {}  # by text: where an answer stands in the records, and who gave it
    binary = merged = 0
    for line, row in rows.all():
        answer = row["answer"]
        if answer not in ("accept", *_ASIDE):
            raise broken(rows.path, line, f"answer {str(answer)[:40]!r}, where Prodigy has accept, reject or ignore")
        aside = _ASIDE.get(answer, "")
        labels = None if aside else _labels(rows.path, line, row, several)
        if not aside and labels is None:
            aside = UNLABELLED
        text = str(row.get("text"))
        if not aside and row.get("accept") is None and row.get("label") is not None:
            binary += 1
            at = asked.setdefault(text, len(records))
            before = records[at].labels["label"] if at < len(records) else None
            if before is not None and labels is not None:
                union = tuple(dict.fromkeys(before + labels))
                records[at] = Record(records[at].line, records[at].fields, {"label": union})
                merged += len(union) > len(before)
                aside = f"the text of line {records[at].line} again"
        elif not aside:
            who = next((row[name] for name in _ANNOTATOR if row.get(name) is not None), None)
            given.setdefault(text, []).append((len(records), str(who)))
        fields = {name: value for name, value in row.items() if name not in (*_LABELS, *_BOOKKEEPING)}
        records.append(Record(line, fields, {"label": labels}, aside))
    texts = [name for name in rows.columns if name not in _LABELS and not name.startswith("_")]
    notes = [f"labels of {counted(merged, 'row')} joined with those of the same text"] if merged else []
    for own in given.values():
        if len({who for _, who in own}) > 1:
            _settle(records, [at for at, _ in own])
    return Export(NAME, records, text_field(texts, named), _several(several or bool(merged)), notes)


def _settle(records: list[Record], places: Sequence[int]) -> None:
    """Keep one record of a text that several annotators answered, with what more than half of them said."""
    labels = agreed([own for at in places if (own := records[at].labels["label"]) is not None])
    first = records[places[0]]
    for at in places:
        aside = "annotators disagree" if labels is None else f"the text of line {first.line} again"
        records[at] = replace(records[at], labels={"label": None}, aside=aside)
    if labels is not None:
        records[places[0]] = replace(first, labels={"label": labels})


def _several(several: bool) -> frozenset[str]:
    return frozenset({"label"} if several else ())


def _labels(path: str, line: int, row: dict[str, Any], several: bool) -> tuple[str, ...] | None:
    if (accepted := row.get("accept")) is not None:
        if not isinstance(accepted, list):
            raise broken(path, line, "accept is no list")
        return label_list(path, line, accepted, "accept") if accepted or several else None
    if row.get("options"):
        return () if several else None
    if row.get("label") is not None:
        return label_list(path, line, row["label"], "label")
    return spacy.above_half(path, line, row["cats"]) if row.get("cats") is not None else None


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write tasks with options, answered by accept; a text without a label is a task without an answer."""
    options = [{"id": label, "text": label} for label in content.all_labels]
    style = {"choice_style": "multiple" if content.several else "single"}
    for one in content.examples:
        task: dict[str, Any] = {"text": one.text, **({"meta": one.other} if one.other else {}), "options": options}
        if one.labels is not None:
            task |= {"accept": list(one.labels), "answer": "accept"}
        stream.write(to_json({**task, "config": style}) + "\n")
    return []
