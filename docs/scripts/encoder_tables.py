"""The tables of what the default encoder has learned, and of the promises that are made with it."""

import statistics
from collections import defaultdict
from typing import Any

from result_tables import CORPORA, EPISODIC, percent, pooled, read, table

UNTOUCHED = "layers+none"


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {
        "adapter.md": adapter(),
        "end-to-end.md": end_to_end(),
        "left-out.md": left_out(),
        "left-out-official.md": left_out_official(),
        "promises.md": promises(),
    }


def adapter() -> str:
    """The default classifier with the untouched encoder and with what it has learned, from 0 to 10 examples."""
    found = {}
    for line in read("full_way/results.jsonl"):
        cell = line["cell"]
        if (cell["track"], cell["name"]) == ("full-way", "logistic"):
            found[cell["corpus"], cell["encoder"], cell["shots"]] = percent(line["report"]["accuracy"])
    (learned,) = {encoder for _, encoder, _ in found} - {UNTOUCHED, "bert"}
    shots = ("0", "1", "3", "5", "10")
    rows = []
    for corpus, title in CORPORA.items():
        pairs = ([found.get((corpus, encoder, n), "–") for encoder in (UNTOUCHED, learned)] for n in shots)
        rows.append([title, *(" → ".join(pair) for pair in pairs)])
    return table(["corpus (labels)", "names alone", "1 example", "3", "5", "10"], rows)


def end_to_end() -> str:
    """ProtoNet with the encoder frozen and trained end to end, on class folds."""
    cells: dict[tuple[str, str, int], list[dict[str, Any]]] = defaultdict(list)
    for line in read("end_to_end.jsonl"):
        cells[line["start"], line["corpus"], line["shots"]].append(line)
    rows = []
    for start in dict.fromkeys(start for start, _, _ in cells):
        for value, spread, title in (("frozen", "frozen_sd", "frozen"), ("accuracy", "sd", "trained end to end")):
            shown = (percent(*pooled(cells[start, *column], value, spread)) for column in EPISODIC)
            rows.append([f"{start}, {title}", *shown])
    return table(["encoder", *(f"{corpus} {shots}-shot" for corpus, shots in EPISODIC)], rows)


def _left_out() -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    for line in read("leave_family_out.jsonl"):
        found[line["without"]][line["corpus"]] = line["accuracy"]
    return found


def left_out() -> str:
    """Tasks of corpora of one kind: the untouched encoder, trained without that kind, trained with all."""
    found, rows = _left_out(), []
    for kind in found.keys() - {"everything", "nothing"}:
        own = found[kind].keys() - CORPORA.keys()
        means = (
            statistics.fmean(found[without][corpus] for corpus in own) for without in ("everything", kind, "nothing")
        )
        rows.append([kind, str(len(own)), *map(percent, means)])
    return table(["kind of text", "corpora", "untouched", "trained without them", "trained with all"], sorted(rows))


def left_out_official() -> str:
    """The five official corpora, by what the encoder was trained without."""
    titles = {"everything": "untouched", "nothing": "trained with all"}
    rows = [
        [titles.get(without, f"without {without}"), *(percent(cells[corpus]) for corpus in CORPORA)]
        for without, cells in _left_out().items()
    ]
    return table(["encoder", *CORPORA.values()], rows)


def promises() -> str:
    """What ``--precision 0.95`` and ``--set 0.9`` came to."""
    rows = []
    for line in read("promises.jsonl"):
        right = "–" if line["precision"] is None else percent(line["precision"])
        answered = f"{line['answered']} of {line['supports']}"
        broken = f"{round(line['broken'] * line['supports'])}"
        sets = percent(line["set_coverage"]), f"{line['set_size']:.2f}"
        rows.append([CORPORA[line["corpus"]], line["split"], answered, right, percent(line["coverage"]), broken, *sets])
    head = ["corpus (labels)", "texts of", "supports answered", "right, %", "answered, %", "promises broken"]
    return table([*head, "sets cover, %", "labels a set"], rows)
