"""The exports that are tried, each with what must come out."""

import json

from export_makers import (
    OPTIONS,
    RASA,
    accepted,
    api,
    ask,
    class_labels,
    flat,
    indicators,
    minimal,
    old,
    record,
    task,
)
from file_case import CARD, LATE, PAIR, PRINTER, SETS, Case, table

CASES = [
    Case("label-studio.json", lambda: [
        task(1, PRINTER, ["hardware"]), task(2, CARD, ["billing"]), task(3, LATE, ["hardware"]),
        task(4, "skipped", None), task(5, "untouched"), task(6, "half done", drafts=[{"result": []}])],
        PAIR, 6, ("read as Label Studio", "skipped by the annotator (line 4", "a draft (line 6")),
    Case("label-studio-several.json", lambda: [task(n, text, list(own)) for n, (text, own) in enumerate(SETS)], SETS,
        said=("several labels",)),
    Case("label-studio-annotators.json", lambda: [
        task(1, PRINTER, ["hardware"], ["hardware"], ["billing"]), task(2, CARD, ["billing"], None),
        task(3, LATE, ["hardware"]), task(4, "hm", ["hardware"], ["billing"])],
        PAIR, 4, ("1 by a majority", "annotators disagree (line 4")),
    Case("label-studio-key.json", lambda: [task(n, text, [own], key="mail") for n, (text, own) in enumerate(PAIR)],
        PAIR, said=("read as Label Studio",)),
    Case("label-studio-min.json", lambda: [minimal(*one) for one in PAIR], PAIR, said=("from 'topic'",)),
    Case("label-studio-min-several.json", lambda: [
        minimal(text, {"choices": list(own)} if len(own) > 1 else own[0]) for text, own in SETS], SETS,
        said=("several labels",)),
    Case("label-studio.csv", lambda: table(
        ["annotation_id", "annotator", "created_at", "id", "lead_time", "text", "topic", "updated_at"],
        *([n, 1, "2024-01-01", n, 2.5, text, own, "2024-01-01"] for n, (text, own) in enumerate(PAIR)),
        [9, 1, "2024-01-01", 9, 2.5, "nothing chosen", "", "2024-01-01"]), PAIR, 4, ("without a label (line 5",)),
    Case("label-studio-several.csv", lambda: table(
        ["annotation_id", "annotator", "id", "lead_time", "text", "topic"],
        *([n, 1, n, 2.5, text, json.dumps({"choices": list(own)}) if len(own) > 1 else own[0]]
          for n, (text, own) in enumerate(SETS))), SETS, said=("several labels",)),
    Case("label-studio-broken.json", lambda: [task(1, PRINTER, ["hardware"]), {"id": 2, "data": {"text": CARD},
        "annotations": [{"result": [{"type": "choices", "value": {}}]}]}], error="label-studio-broken.json:2"),
    Case("prodigy.jsonl", lambda: [
        *(accepted(*one) for one in PAIR), accepted("no", "billing", answer="reject"), accepted("hm", answer="ignore")],
        PAIR, 5, ("read as Prodigy", "rejected (line 4", "ignored (line 5")),
    Case("prodigy-several.jsonl", lambda: [
        *(accepted(text, *own, config={"choice_style": "multiple"}) for text, own in SETS),
        accepted("none of them", config={"choice_style": "multiple"})], [*SETS, ("none of them", ())], 4,
        ("several labels",)),
    Case("prodigy-label.jsonl", lambda: [
        *(ask(text, label=own) for text, own in PAIR), ask(CARD, "reject", label="hardware")], PAIR, 4,
        ("rejected (line 4",)),
    Case("prodigy-cats.jsonl", lambda: [ask(text, cats={"hardware": own == "hardware", "billing": own == "billing"})
        for text, own in PAIR], PAIR, said=("read as Prodigy",)),
    Case("prodigy-broken.jsonl", lambda: [accepted(*PAIR[0]), accepted(CARD, "billing", answer="maybe")],
        error="prodigy-broken.jsonl:2"),
    Case("doccano.jsonl", lambda: [
        *({"id": n, "text": text, "label": [own], "Comments": []} for n, (text, own) in enumerate(PAIR)),
        {"id": 9, "text": "not yet", "label": [], "Comments": []}], PAIR, 4, ("read as doccano", "(line 4")),
    Case("doccano-several.json", lambda: [{"id": n, "text": text, "label": list(own)} for n, (text, own) in
        enumerate(SETS)], SETS, said=("several labels",)),
    Case("doccano.csv", lambda: table(["id", "text", "label"],
        *([n, text, "#".join(own)] for n, (text, own) in enumerate(SETS))), SETS, said=("with # between them",)),
    Case("argilla.json", lambda: [
        *(record(n, text, own) for n, (text, own) in enumerate(PAIR)), record(8, "begun", "billing", "pending"),
        record(9, "not yet", None, "pending")], PAIR, 5, ("read as Argilla", "pending (line 4")),
    Case("argilla-local.json", lambda: [record(n, text, own, "pending", None) for n, (text, own) in enumerate(PAIR)],
        PAIR, said=("read as Argilla",)),
    Case("argilla-several.json", lambda: [record(n, text, list(own)) for n, (text, own) in enumerate(SETS)], SETS,
        said=("several labels",)),
    Case("argilla-columns.jsonl", lambda: [
        flat(1, PRINTER, ("hardware", "submitted")), flat(2, CARD, ("billing", "submitted"), ("hardware", "draft")),
        flat(3, LATE, ("hardware", "submitted")), flat(4, "off", ("billing", "discarded"))], PAIR, 4,
        ("discarded (line 4",)),
    Case("argilla-server.json", lambda: [
        *(api(n, text, (own, "submitted")) for n, (text, own) in enumerate(PAIR)), api(8, "off", ("", "discarded")),
        api(9, "begun", ("billing", "draft"))], PAIR, 5, ("discarded (line 4", "a draft (line 5")),
    Case("argilla-1.json", lambda: [*(old(*one) for one in PAIR), old("off", "billing", "Discarded")], PAIR, 4,
        ("discarded (line 4",)),
    Case("argilla-datasets.jsonl", lambda: [
        *({"text": text, "topic": [{"user_id": None, "value": own, "status": "submitted"}],
           "topic-suggestion": "billing", "topic-suggestion-metadata": {"score": 1}} for text, own in PAIR),
        {"text": "begun", "topic": [{"value": "billing", "status": "draft"}], "topic-suggestion": None}],
        PAIR, 4, ("a draft (line 4",)),
    Case("doccano-numbers.jsonl", lambda: [
        {"id": n, "text": text, "meta": {}, "annotations": [{"label": 7 + (own == "billing"), "user": 1}]}
        for n, (text, own) in enumerate(PAIR)], [(PRINTER, "7"), (CARD, "8"), (LATE, "7")],
        said=("labels are numbers",)),
    Case("spacy.jsonl", lambda: [{"text": text, "cats": {name: float(name == own) for name in ("hardware", "billing")}}
        for text, own in PAIR], PAIR, said=("read as spaCy",)),
    Case("spacy-pairs.json", lambda: [[text, {"cats": {o["id"]: float(o["id"] in own) for o in OPTIONS}}]
        for text, own in SETS], SETS, said=("several labels",)),
    Case("spacy-broken.jsonl", lambda: [{"text": PRINTER, "cats": {"a": 1}}, {"text": CARD, "cats": {"a": "yes"}}],
        error="spacy-broken.jsonl:2"),
    Case("fasttext.txt", lambda: "".join(f"__label__{own} {text}\n" for text, own in PAIR) + "no label\n", PAIR, 4,
        ("read as fastText", "(line 4")),
    Case("fasttext-several.train", lambda: "".join(
        f"{' '.join('__label__' + one for one in own)} {text}\n" for text, own in SETS), SETS,
        said=("several labels",)),
    Case("rasa.yml", lambda: RASA, [PAIR[0], PAIR[2], PAIR[1]], said=("read as Rasa NLU", "1 of synonym")),
    Case("rasa-broken.yml", lambda: RASA.replace("- the [parcel]", "the [parcel]"), error="rasa-broken.yml:6"),
    Case("hugging-face.parquet", lambda: class_labels([0, 1, 0, -1], "one"), PAIR, 4, ("ClassLabel", "(line 4")),
    Case("hugging-face-several.parquet", lambda: class_labels([[0], [1, 2], [2]], "list"), SETS, said=("ClassLabel",)),
    Case("hugging-face-vectors.parquet", lambda: class_labels([[1, 0, 0], [0, 1, 1], [0, 0, 1]], "list"), SETS,
        said=("ClassLabel",)),
    Case("indicators.csv", lambda: indicators, SETS, said=("columns of 0 and 1",)),
    Case("plain.jsonl", lambda: [{"text": text, "label": own} for text, own in PAIR], PAIR),
    Case("plain.csv", lambda: table(["id", "text", "label"], *([n, *one] for n, one in enumerate(PAIR))), PAIR),
    Case("prodigy-annotators.jsonl", lambda: [
        accepted(*PAIR[0], _session_id="ada"), accepted(*PAIR[0], _session_id="bob"),
        accepted(CARD, "billing", _session_id="ada"), accepted(LATE, "hardware", _session_id="ada"),
        accepted("hm", "hardware", _session_id="ada"), accepted("hm", "billing", _session_id="bob"),
        accepted("no", answer="ignore", _session_id="bob")], PAIR, 7,
        ("the text of line 1 again (line 2", "annotators disagree (line 5", "ignored (line 7")),
    Case("doccano-empty.jsonl", lambda: [
        *({"id": n, "text": text, "label": list(own), "Comments": []} for n, (text, own) in enumerate(SETS)),
        {"id": 9, "text": "not yet", "label": [], "Comments": []}], SETS, 4, ("without a label (line 4",)),
    Case("doccano-spans.jsonl", lambda: [{"id": 1, "text": CARD, "label": [[3, 7, "card"]], "Comments": []}],
        error="holds no labelled text"),
    Case("fasttext-last.txt", lambda: "".join(f"{text} __label__{own}\n" for text, own in PAIR), PAIR,
        said=("read as fastText",)),
    Case("fasttext-no-text.txt", lambda: "".join(f"__label__{own} {text}\n" for text, own in PAIR) + "__label__a\n",
        PAIR, 4, ("empty text (line 4",)),
    Case("fasttext-called.csv", lambda: "__label__a one\n__label__b two\n", error="has lines of fastText"),
    Case("label-studio-predicted.json", lambda: [{"id": 1, "data": {"text": CARD}, "predictions": [{"result": []}]}],
        error="no column 'label'"),
]  # fmt: skip
