"""The measured tables, from ``benchmarks/results``: each number on a page is read from a file that a command wrote."""

import json
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from fewtext.encoders.catalogue import CATALOGUE

RESULTS = Path(__file__).parents[2] / "benchmarks" / "results"
CORPORA = {
    "banking77": "BANKING77 (77)",
    "clinc150": "CLINC150 (150)",
    "hwu64": "HWU64 (64)",
    "trec6": "TREC (6)",
    "sst2": "SST-2 (2)",
}
ENCODERS = {"bert": ", last layer alone", "layers+none": ", untouched encoder"}  # but for the default
UNTRAINED = "prototypes, untrained"
UNBROKEN = "\u00a0"  # a space at which no line ends
EPISODIC = [(corpus, shots) for corpus in ("banking77", "clinc150", "hwu64") for shots in (1, 5)]


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    found = {
        "full-way.md": full_way(),
        "learning-to-learn.md": learning_to_learn(),
        "transductive.md": transductive(),
        "suggest.md": suggest(),
        "multi-label.md": multi_label(),
        "out-of-scope.md": out_of_scope(),
        "shift.md": shift(),
        "choose.md": choose(),
        "encoders.md": encoders(),
        "catalogue.md": catalogue(),
        "languages.md": languages(),
    }
    return found | {f"measured-{name}.md": measured(name) for name in _trained() if name != UNTRAINED}


def read(name: str) -> list[dict[str, Any]]:
    """Return the lines of a file of results."""
    return [json.loads(line) for line in (RESULTS / name).read_text(encoding="utf-8").splitlines()]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in Markdown, in which no line ends before or after a plus-minus sign."""
    lines = [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines).replace(" ± ", f"{UNBROKEN}±{UNBROKEN}")


def percent(share: float, half: float | None = None) -> str:
    """Return a share as per cent, with half of its interval."""
    return f"{100 * share:.1f}" + ("" if half is None else f" ± {100 * half:.1f}")


def points(gain: float, half: float, digits: int = 1) -> str:
    """Return a difference in points, with half of its interval."""
    return f"{100 * gain:+.{digits}f} ± {100 * half:.{digits}f}"


def _full_way() -> dict[tuple[str, str, str], dict[str, Any]]:
    found = {}
    for line in read("full_way/results.jsonl"):
        cell = line["cell"]
        if cell["track"] == "full-way":
            name = f"`{cell['name']}`" + ENCODERS.get(cell["encoder"], "")
            found[cell["corpus"], name, cell["shots"]] = line["report"]
    return found


def full_way() -> str:
    """All classes, a few examples of each: accuracy, calibration error, and what a wanted precision came to."""
    found, rows = _full_way(), []
    for corpus, title in CORPORA.items():
        for name in ("`logistic`", "`protonet`", *(f"`logistic`{encoder}" for encoder in ENCODERS.values())):
            cells = {shots: found[corpus, name, shots] for shots in ("1", "3", "5", "10")}
            errors = [f"{100 * cells[shots]['metrics']['calibration_error']:.1f}" for shots in ("1", "5", "10")]
            kept = cells["5"]["metrics"]["abstention"]
            given = f"{'–' if kept['precision'] is None else percent(kept['precision'])} / {percent(kept['coverage'])}"
            accuracy = [percent(cell["accuracy"], cell["interval"]) for cell in cells.values()]
            rows.append([title, name, *accuracy, " / ".join(errors), given])
    head = ["corpus (labels)", "learner", "1", "3", "5", "10", "calibration error at 1 / 5 / 10"]
    return table([*head, "at `--precision 0.95`, 5 examples: right / answered"], rows)


def choose() -> str:
    """What the default classifier reaches, for a reader who has to decide."""
    found, rows = _full_way(), []
    seconds = defaultdict(list)
    for line in read("beside_setfit.jsonl"):
        if line["system"] == "logistic":
            seconds[line["corpus"], line["shots"]].append(line["seconds_to_fit"])
    for corpus, title in CORPORA.items():
        cells = [found[corpus, "`logistic`", shots] for shots in ("1", "3", "5", "10")]
        fits = [f"{statistics.fmean(seconds[corpus, shots]):.1f}" for shots in (1, 5, 10)]
        rows.append([title, *(percent(cell["accuracy"], cell["interval"]) for cell in cells), " / ".join(fits)])
    return table(["corpus (labels)", "1 example a label", "3", "5", "10", "seconds to fit 1 / 5 / 10"], rows)


def _trained() -> dict[str, dict[tuple[str, int], list[dict[str, Any]]]]:
    cells: dict[str, dict[tuple[str, int], list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for line in read("meta_learners.jsonl"):
        cells[line["learner"]][line["corpus"], line["shots"]].append(line)
    return cells


def pooled(lines: list[dict[str, Any]], value: str, spread: str) -> tuple[float, float]:
    """Return the mean over all tasks of all folds and half of its 95 % interval."""
    means = [line[value] for line in lines]
    variance = statistics.fmean(line[spread] ** 2 for line in lines) + statistics.pvariance(means)
    return statistics.fmean(means), 1.96 * math.sqrt(variance / sum(line["episodes"] for line in lines))


def _cell(lines: list[dict[str, Any]], gains: bool) -> str:
    shown = percent(*pooled(lines, "accuracy", "sd"))
    return shown + (f" ({points(*pooled(lines, 'gain', 'gain_sd'))})" if gains else "")


def learning_to_learn() -> str:
    """Every learner, trained by its own recipe, on tasks of classes that it has never seen."""
    cells = _trained()
    rows = []
    for name in sorted(cells, key=lambda name: (name != UNTRAINED, name)):
        title = name if name == UNTRAINED else f"[`{name}`](../learners/{slug(name)}.md)"
        rows.append([title, *(_cell(cells[name][column], name != UNTRAINED) for column in EPISODIC)])
    return table(["learner", *(f"{corpus} {shots}-shot" for corpus, shots in EPISODIC)], rows)


def measured(name: str) -> str:
    """One learner beside untrained prototypes: a row for each corpus and number of shots."""
    cells = _trained()
    rows = [
        [f"{corpus}, {shots}-shot", percent(*pooled(cells[name][corpus, shots], "accuracy", "sd")),
         points(*pooled(cells[name][corpus, shots], "gain", "gain_sd"))]
        for corpus, shots in EPISODIC
    ]  # fmt: skip
    return table(["unseen classes, 5-way", "accuracy", "gain over untrained prototypes, in points"], rows)


def slug(name: str) -> str:
    """Return the name of a learner's page."""
    return name.replace("++", "-plus-plus")


def transductive() -> str:
    """What answering texts together gains."""
    found = {(line["corpus"], line["queries"], line["shots"]): line for line in read("transductive.jsonl")}
    rows = []
    for corpus, title in CORPORA.items():
        for queries in ("as they are", "out of balance"):
            cells = [found[corpus, queries, shots] for shots in (1, 5, 10)]
            name = f"{title.partition(' (')[0]}, test texts {queries}"
            rows.append([name, *(points(cell["gain"], cell["interval"]) for cell in cells)])
    return table(["gain in points, examples a label", "1", "5", "10"], rows)


def suggest() -> str:
    """What labelling suggested texts gains over labelling random ones."""
    rows = []
    for line in read("suggest.jsonl"):
        ends = [percent(line["suggested"][0]), percent(line["suggested"][-1]), percent(line["random"][-1])]
        rows.append([line["corpus"], *ends, points(line["gain"], line["interval"])])
    return table(["corpus", "at the start", "suggested, at the end", "random", "gain, mean of the rounds"], rows)


def multi_label() -> str:
    """Several labels a text, beside one-versus-rest logistic regression."""
    rows = []
    for line in read("multi_label.jsonl"):
        method = line["method"] if line["method"] == "scikit-learn" else f"`{line['method']}`"
        micro = percent(line["micro_f1"], line["micro_f1_interval"])
        kept = ["–"] * 3
        if "broken" in line:
            broken = f"{line['broken'] * line['supports']:.0f} of {line['supports']}"
            kept = [percent(line["precision"]) if line["given_on"] else "–", percent(line["recall"]), broken]
        rows.append([line["task"], method, micro, percent(line["macro_f1"]), percent(line["exact"]), *kept])
    head = ["task", "method", "micro F1", "macro F1", "all labels right", "promised 90 %: right", "recall", "broken"]
    return table(head, rows)


def out_of_scope() -> str:
    """Out-of-scope texts told apart, without and with examples of them."""
    rows = []
    for line in read("out_of_scope_examples.jsonl"):
        shares = [percent(line[key]) for key in ("auroc", "in_scope_accuracy", "out_of_scope_f1")]
        rows.append([str(line["shots"]), str(line["out_of_scope"]), *shares])
    return table(["examples a label", "out-of-scope examples", "AUROC", "answered right", "F1 of out of scope"], rows)


def shift() -> str:
    """How often a warning of shift comes, and how many texts are taken to be unlike the examples."""
    runs: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for line in read("shift.jsonl"):
        runs.setdefault((line["kind"], line["shots"]), []).append(line)
    rows = []
    for (kind, shots), lines in sorted(runs.items()):
        share = sum(line["outside"] / line["texts"] for line in lines) / len(lines)
        warned = sum(line["warned"] for line in lines)
        rows.append([kind, str(shots), f"{warned} of {len(lines)}", percent(share)])
    return table(["queries from", "examples a label", "runs with a warning", "texts unlike the examples, %"], rows)


def encoders() -> str:
    """Each encoder that was measured, its last layer alone and three layers."""
    found: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for line in read("encoders.jsonl"):
        found[line["spec"], line["encoder"]][line["corpus"]] = percent(line["accuracy"], line["interval"])
    corpora = list(next(iter(found.values())))
    rows = [[f"`{kind}:{spec}`", *(cells[corpus] for corpus in corpora)] for (spec, kind), cells in found.items()]
    return table(["encoder", *(CORPORA[corpus] for corpus in corpora)], rows)


def languages() -> str:
    """Queries in three languages answered from English examples."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for line in read("languages.jsonl"):
        found[line["model"], line["encoder"]].append(f"{line['right']} of {line['queries']}")
    rows = [[model, f"`{kind}`", *cells] for (model, kind), cells in found.items()]
    return table(["model", "as", "English", "German", "Spanish"], rows)


def catalogue() -> str:
    """The models with a short name."""
    rows = [
        [f"`{e.name}`", f"`{e.repository}`", e.languages, f"{e.megabytes} MB", e.licence, f"`{e.encoder}`", e.good_at]
        for e in CATALOGUE.values()
    ]
    return table(["`--encoder`", "model", "languages", "weights", "licence", "as", "good at"], rows)
