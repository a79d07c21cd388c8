"""How texts of two columns are best joined: each named or not, by what between them, or one column alone.

    FEWTEXT_DATA=DATA python benchmarks/joined_columns.py run FOLDER
    python benchmarks/joined_columns.py table

``FOLDER`` holds corpora as NAME.jsonl of rows ``{"text", "label"}``. Three of them were made of two columns, with a
mark between that gives them back: names and descriptions of APIs, categories and subcategories of goods, titles and
abstracts. The texts of the others are cut after their first sentence, or heading, which stands for a subject. Texts
without a second part are left out. Of each corpus up to 20 classes and 400 records, half of each class to draw from,
half to answer; ten supports of five examples a class, the default learner and encoder. Lines go to
benchmarks/results/joined_columns.jsonl, which is overwritten. The encoder has been trained on texts of these corpora
too, in which both parts stood together: it knows each of them better than texts of yours, but no names of columns.
"""

import argparse
import json
import random
import re
from collections import defaultdict
from pathlib import Path
from statistics import mean

from official import circumstances

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.datasets.session import Session
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.evaluation.full_way import Supports
from fewtext.metrics.intervals import half_width

RESULTS = Path(__file__).parent / "results" / "joined_columns.jsonl"
SENTENCE = r"(?<=[.?!])\s+"
CORPORA = {  # the names of both columns, what stands between them, and whether they were columns once
    "public_apis": ("Name", "Description", ": ", True),
    "bestbuy_categories": ("Category", "Subcategory", ": ", True),
    "medical_abstracts": ("Title", "Abstract", r"\.\s+", True),
    "hs_sections": ("Heading", "Details", "; ", False),
    "dbpedia14_sample": ("Subject", "Body", SENTENCE, False),
    "cuad_clauses": ("Subject", "Body", SENTENCE, False),
    "senti4sd_stackoverflow": ("Subject", "Body", SENTENCE, False),
    "onestop_reading_level": ("Subject", "Body", SENTENCE, False),
}
WAYS, RECORDS, SHOTS = 20, 400, 5
JOINED = {
    "line break": lambda names, cells: "\n".join(cells),
    "named": lambda names, cells: "\n".join(f"{name}: {cell}" for name, cell in zip(names, cells, strict=True)),
    "space": lambda names, cells: " ".join(cells),
    "full stop": lambda names, cells: ". ".join(cells),
    "first alone": lambda names, cells: cells[0],
    "second alone": lambda names, cells: cells[1],
}


def halves(path, between):
    """Return records of two cells with their labels, to draw supports from and to answer."""
    by_label = defaultdict(list)
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        cells = re.split(between, row["text"], maxsplit=1)
        if len(cells) == 2 and all(cell.strip() for cell in cells):
            by_label[row["label"]].append(cells)
    draw, parts = random.Random(0), ([], [])
    enough = sorted(label for label, own in by_label.items() if len(own) >= 2 * SHOTS)
    labels = sorted(draw.sample(enough, min(WAYS, len(enough))))
    for label in labels:
        own = draw.sample(by_label[label], min(RECORDS // len(labels), len(by_label[label])))
        for at, cells in enumerate(own):
            parts[at % 2].append((cells, label))
    return parts


def run(folder):
    session, lines = Session(), []
    known = session.cached_encoder(load_encoder(CLASSIFYING))
    for name, (*names, between, columns) in CORPORA.items():
        train, test = halves(Path(folder) / f"{name}.jsonl", between)
        labels = [label for _, label in train]
        supports = Supports(shots=SHOTS).draw(Items([""] * len(train), labels))
        found = {}
        for how, join in JOINED.items():
            texts, queries = ([join(names, cells) for cells, _ in part] for part in (train, test))
            known.keep(Items([*texts, *queries], [""] * (len(texts) + len(queries))))
            found[how] = []
            for rows in supports:
                model = SingleLabelClassifier(encoder=known).fit([texts[i] for i in rows], [labels[i] for i in rows])
                pairs = zip(model.predict(queries), test, strict=True)
                found[how].append(mean(answer == label for answer, (_, label) in pairs))
        for how, own in found.items():
            gains = [one - other for one, other in zip(own, found["line break"], strict=True)]
            lines.append(
                {
                    "track": "full-way, inductive", "corpus": name, "columns": columns, "shots": SHOTS,
                    "ways": len(set(labels)), "queries": len(test), "joined": how, "accuracy": mean(own),
                    "interval": half_width(own, few=True), "gain": mean(gains),
                    "gain_interval": half_width(gains, few=True) if any(gains) else 0.0, "supports": len(own),
                    "learner": "logistic", "seed": 0, **circumstances(known),
                }
            )  # fmt: skip
            print(name, how, f"{100 * lines[-1]['accuracy']:.1f}", flush=True)
    RESULTS.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def shown(line):
    accuracy = f"{100 * line['accuracy']:.1f}"
    if line["joined"] == "line break":
        return accuracy
    return f"{accuracy} ({100 * line['gain']:+.1f} ± {100 * line['gain_interval']:.1f})"


def table():
    lines = [json.loads(line) for line in RESULTS.read_text(encoding="utf-8").splitlines()]
    print(f"| corpus | {' | '.join(JOINED)} |\n|---|{'---|' * len(JOINED)}")
    for corpus in dict.fromkeys(line["corpus"] for line in lines):
        own = {line["joined"]: line for line in lines if line["corpus"] == corpus}
        print(f"| {corpus} | {' | '.join(map(shown, own.values()))} |")
    means = [mean(line["accuracy"] for line in lines if line["joined"] == how) for how in JOINED]
    print(f"| mean | {' | '.join(f'{100 * value:.1f}' for value in means)} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    parser.add_argument("folder", nargs="?", help="of the corpora, to run on")
    given = parser.parse_args()
    run(given.folder) if given.what == "run" else table()
