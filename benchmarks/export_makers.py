"""Files as annotation and chatbot tools export them, with the examples that each holds."""

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PRINTER, CARD, LATE = "the printer on floor 2 is broken", "my card was charged twice", "the parcel is late, and wet"
PAIR = [(PRINTER, "hardware"), (CARD, "billing"), (LATE, "hardware")]
SETS = [(PRINTER, ("hardware",)), (CARD, ("billing", "urgent")), (LATE, ("urgent",))]


@dataclass(frozen=True)
class Case:
    """A file: how it is made, its examples, how many rows it has as queries, words that must be said, or an error."""

    name: str
    make: Callable[..., Any]
    examples: list[tuple[str, Any]] = field(default_factory=list)
    rows: int = 3
    said: tuple[str, ...] = ()
    error: str = ""
    text_column: str | None = None
    label_column: str | None = None

    def write(self, path, dump_lines, dump):
        """Write the file: rows as lines or as one document, as its name ends, text as it is."""
        content = self.make()
        if callable(content):
            return content(path)
        if not isinstance(content, str):
            content = dump(content) if path.suffix == ".json" else dump_lines(content)
        Path(path).write_text(content, encoding="utf-8", newline="")


def lines(rows):
    """Return JSON, an object a line."""
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def pages(document):
    """Return JSON in one document."""
    return json.dumps(document, ensure_ascii=False, indent=1)


def table(header, *rows):
    """Return csv."""
    stream = io.StringIO()
    csv.writer(stream).writerows([header, *rows])
    return stream.getvalue()


def task(number, text, *annotations, key="text", **more):
    """Return a task of Label Studio; an annotation is its choices, or None where it was cancelled."""
    given = []
    for own in annotations:
        value = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": own}}] if own else []
        given.append({"id": 9, "was_cancelled": own is None, "ground_truth": False, "result": value})
    return {"id": number, "data": {key: text}, "annotations": given, "predictions": [], **more}


def ask(text, answer="accept", **more):
    """Return a task of Prodigy."""
    return {
        "text": text,
        "_input_hash": hash(text) % 999,
        "_task_hash": 7,
        "_view_id": "choice",
        "answer": answer,
        **more,
    }


OPTIONS = [{"id": name, "text": name} for name in ("hardware", "billing", "urgent")]


def accepted(text, *names, **more):
    """Return a task of Prodigy with the options accepted."""
    return ask(text, options=OPTIONS, accept=list(names), **more)


def minimal(text, choice, **more):
    """Return a row of JSON_MIN."""
    return {"id": 1, "text": text, "topic": choice, "annotator": 1, "annotation_id": 3, "lead_time": 2.5, **more}


def record(number, text, value, status="completed"):
    """Return a record of Argilla 2, made by its library where it is installed."""
    response = [{"value": value, "user_id": "5b1a1f1e-0000-4000-8000-000000000001"}] if value else []
    try:
        import argilla
    except ImportError:
        return {"id": str(number), "fields": {"text": text}, "metadata": {"team": "a"}, "suggestions": {},
                "responses": {"topic": response} if response else {}, "vectors": {}, "status": status,
                "_server_id": None}  # fmt: skip
    own = [argilla.Response("topic", one["value"], user_id=one["user_id"]) for one in response]
    made = argilla.Record(id=str(number), fields={"text": text}, metadata={"team": "a"}, responses=own).to_dict()
    return made | {"status": status}


def flat(number, text, *pairs):
    """Return a row of Argilla's records in columns; each pair is a value and the status of its response."""
    values = [value for value, _ in pairs]
    return {"id": number, "text": text, "topic.responses": values or None, "topic.responses.users": ["u"] * len(pairs),
            "topic.responses.status": [status for _, status in pairs], "topic.suggestion": "billing"}  # fmt: skip


def api(number, text, *pairs):
    """Return a record as Argilla's server gives it."""
    own = [{"values": {"topic": {"value": value}} if value else {}, "status": status} for value, status in pairs]
    return {"id": number, "fields": {"text": text}, "responses": own, "suggestions": [], "metadata": {}}


def old(text, annotation, status="Validated", several=False):
    """Return a record of Argilla 1."""
    return {"text": text, "inputs": {"text": text}, "prediction": None, "annotation": annotation, "status": status,
            "multi_label": several, "id": "x"}  # fmt: skip


def class_labels(numbers, kind):
    """Return what writes a data set of Hugging Face with ClassLabel columns."""

    def write(path):
        import datasets

        names = datasets.ClassLabel(names=["hardware", "billing", "urgent"])
        label = datasets.List(names) if kind == "list" else names
        features = datasets.Features({"text": datasets.Value("string"), "label": label})
        texts = [PRINTER, CARD, LATE, "nobody has looked at this yet"][: len(numbers)]
        datasets.Dataset.from_dict({"text": texts, "label": numbers}, features=features).to_parquet(str(path))

    return write


def indicators(path):
    """Write columns of 0 and 1 by pandas."""
    import pandas

    frame = pandas.DataFrame({"text": [PRINTER, CARD, LATE], "hardware": [1, 0, 0], "billing": [0, 1, 0],
                              "urgent": [0, 1, 1], "agent": [17, 18, 19]})  # fmt: skip
    frame.to_csv(path, index=False)


RASA = """version: "3.1"
nlu:
- intent: hardware
  examples: |
    - the printer on [floor 2](place) is broken
    - the [parcel]{"entity": "thing", "role": "sent"} is late, and wet
- synonym: parcel
  examples: |
    - package
- intent: billing
  examples:
  - text: |
      my card was charged twice
    metadata:
      sentiment: negative
"""

CASES = [
    Case("label-studio.json", lambda: [
        task(1, PRINTER, ["hardware"]), task(2, CARD, ["billing"]), task(3, LATE, ["hardware"]),
        task(4, "skipped", None), task(5, "untouched"), task(6, "half done", drafts=[{"result": []}])],
        PAIR, 6, ("read as Label Studio", "skipped by the annotator (line 4)", "a draft (line 6)")),
    Case("label-studio-several.json", lambda: [task(n, text, list(own)) for n, (text, own) in enumerate(SETS)], SETS,
        said=("several labels",)),
    Case("label-studio-annotators.json", lambda: [
        task(1, PRINTER, ["hardware"], ["hardware"], ["billing"]), task(2, CARD, ["billing"], None),
        task(3, LATE, ["hardware"]), task(4, "hm", ["hardware"], ["billing"])],
        PAIR, 4, ("1 by a majority", "annotators disagree (line 4)")),
    Case("label-studio-key.json", lambda: [task(n, text, [own], key="mail") for n, (text, own) in enumerate(PAIR)],
        PAIR, said=("read as Label Studio",)),
    Case("label-studio-min.json", lambda: [minimal(*one) for one in PAIR], PAIR, said=("from 'topic'",)),
    Case("label-studio-min-several.json", lambda: [
        minimal(text, {"choices": list(own)} if len(own) > 1 else own[0]) for text, own in SETS], SETS,
        said=("several labels",)),
    Case("label-studio.csv", lambda: table(
        ["annotation_id", "annotator", "created_at", "id", "lead_time", "text", "topic", "updated_at"],
        *([n, 1, "2024-01-01", n, 2.5, text, own, "2024-01-01"] for n, (text, own) in enumerate(PAIR)),
        [9, 1, "2024-01-01", 9, 2.5, "nothing chosen", "", "2024-01-01"]), PAIR, 4, ("without a label (line 5)",)),
    Case("label-studio-several.csv", lambda: table(
        ["annotation_id", "annotator", "id", "lead_time", "text", "topic"],
        *([n, 1, n, 2.5, text, json.dumps({"choices": list(own)}) if len(own) > 1 else own[0]]
          for n, (text, own) in enumerate(SETS))), SETS, said=("several labels",)),
    Case("label-studio-broken.json", lambda: [task(1, PRINTER, ["hardware"]), {"id": 2, "data": {"text": CARD},
        "annotations": [{"result": [{"type": "choices", "value": {}}]}]}], error="label-studio-broken.json:2"),
    Case("prodigy.jsonl", lambda: [
        *(accepted(*one) for one in PAIR), accepted("no", "billing", answer="reject"), accepted("hm", answer="ignore")],
        PAIR, 5, ("read as Prodigy", "rejected (line 4)", "ignored (line 5)")),
    Case("prodigy-several.jsonl", lambda: [
        *(accepted(text, *own, config={"choice_style": "multiple"}) for text, own in SETS),
        accepted("none of them", config={"choice_style": "multiple"})], [*SETS, ("none of them", ())], 4,
        ("several labels",)),
    Case("prodigy-label.jsonl", lambda: [
        *(ask(text, label=own) for text, own in PAIR), ask(CARD, "reject", label="hardware")], PAIR, 4,
        ("rejected (line 4)",)),
    Case("prodigy-cats.jsonl", lambda: [ask(text, cats={"hardware": own == "hardware", "billing": own == "billing"})
        for text, own in PAIR], PAIR, said=("read as Prodigy",)),
    Case("prodigy-broken.jsonl", lambda: [accepted(*PAIR[0]), accepted(CARD, "billing", answer="maybe")],
        error="prodigy-broken.jsonl:2"),
    Case("doccano.jsonl", lambda: [
        *({"id": n, "text": text, "label": [own], "Comments": []} for n, (text, own) in enumerate(PAIR)),
        {"id": 9, "text": "not yet", "label": [], "Comments": []}], PAIR, 4, ("read as doccano", "(line 4)")),
    Case("doccano-several.json", lambda: [{"id": n, "text": text, "label": list(own)} for n, (text, own) in
        enumerate(SETS)], SETS, said=("several labels",)),
    Case("doccano.csv", lambda: table(["id", "text", "label"],
        *([n, text, "#".join(own)] for n, (text, own) in enumerate(SETS))), SETS, said=("with # between them",)),
    Case("argilla.json", lambda: [
        *(record(n, text, own) for n, (text, own) in enumerate(PAIR)), record(8, "begun", "billing", "pending"),
        record(9, "not yet", None, "pending")], PAIR, 5, ("read as Argilla", "pending (line 4)")),
    Case("argilla-several.json", lambda: [record(n, text, list(own)) for n, (text, own) in enumerate(SETS)], SETS,
        said=("several labels",)),
    Case("argilla-columns.jsonl", lambda: [
        flat(1, PRINTER, ("hardware", "submitted")), flat(2, CARD, ("billing", "submitted"), ("hardware", "draft")),
        flat(3, LATE, ("hardware", "submitted")), flat(4, "off", ("billing", "discarded"))], PAIR, 4,
        ("discarded (line 4)",)),
    Case("argilla-server.json", lambda: [
        *(api(n, text, (own, "submitted")) for n, (text, own) in enumerate(PAIR)), api(8, "off", ("", "discarded")),
        api(9, "begun", ("billing", "draft"))], PAIR, 5, ("discarded (line 4)", "a draft (line 5)")),
    Case("argilla-1.json", lambda: [*(old(*one) for one in PAIR), old("off", "billing", "Discarded")], PAIR, 4,
        ("discarded (line 4)",)),
    Case("spacy.jsonl", lambda: [{"text": text, "cats": {name: float(name == own) for name in ("hardware", "billing")}}
        for text, own in PAIR], PAIR, said=("read as spaCy",)),
    Case("spacy-pairs.json", lambda: [[text, {"cats": {o["id"]: float(o["id"] in own) for o in OPTIONS}}]
        for text, own in SETS], SETS, said=("several labels",)),
    Case("spacy-broken.jsonl", lambda: [{"text": PRINTER, "cats": {"a": 1}}, {"text": CARD, "cats": {"a": "yes"}}],
        error="spacy-broken.jsonl:2"),
    Case("fasttext.txt", lambda: "".join(f"__label__{own} {text}\n" for text, own in PAIR) + "no label\n", PAIR, 4,
        ("read as fastText", "(line 4)")),
    Case("fasttext-several.train", lambda: "".join(
        f"{' '.join('__label__' + one for one in own)} {text}\n" for text, own in SETS), SETS,
        said=("several labels",)),
    Case("rasa.yml", lambda: RASA, [PAIR[0], PAIR[2], PAIR[1]], said=("read as Rasa NLU", "1 of synonym")),
    Case("rasa-broken.yml", lambda: RASA.replace("- the [parcel]", "the [parcel]"), error="rasa-broken.yml:6"),
    Case("hugging-face.parquet", lambda: class_labels([0, 1, 0, -1], "one"), PAIR, 4, ("ClassLabel", "(line 4)")),
    Case("hugging-face-several.parquet", lambda: class_labels([[0], [1, 2], [2]], "list"), SETS, said=("ClassLabel",)),
    Case("hugging-face-vectors.parquet", lambda: class_labels([[1, 0, 0], [0, 1, 1], [0, 0, 1]], "list"), SETS,
        said=("ClassLabel",)),
    Case("indicators.csv", lambda: indicators, SETS, said=("columns of 0 and 1",)),
    Case("plain.jsonl", lambda: [{"text": text, "label": own} for text, own in PAIR], PAIR),
    Case("plain.csv", lambda: table(["id", "text", "label"], *([n, *one] for n, one in enumerate(PAIR))), PAIR),
]  # fmt: skip
