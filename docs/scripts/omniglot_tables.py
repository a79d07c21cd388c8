"""The tables of handwritten characters, from ``benchmarks/results/omniglot.jsonl``."""

import math
import statistics

from result_tables import read, table


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {"omniglot.md": omniglot()}


def omniglot() -> str:
    """Handwritten characters: five and twenty classes, one example and five; several seeds as their mean."""
    lines = read("omniglot.jsonl")
    latest = {(line["name"], line["ways"], line["shots"]): line for line in lines}
    rows = []
    for name in ("protonet", "protonet-lake", "matchingnet", "maml++", "maml", "maml-transductive", "reptile"):
        cells = [latest.get((name, ways, shots)) for ways in (5, 20) for shots in (1, 5)]
        runs = [[line for line in lines if cell and _same_training(line, cell)] for cell in cells]
        hours = runs[0][0]["train_hours"]
        took = f"{60 * hours:.0f} min, {runs[0][0]['hardware']}" if hours else "–"
        rows.append([f"`{name}`", str(len(runs[0])), took, *(_over_seeds(found) if found else "–" for found in runs)])
    head = ["learner", "seeds", "training", "5-way 1-shot", "5-way 5-shot", "20-way 1-shot", "20-way 5-shot"]
    first = table(head, rows)
    memory = [
        [f"`{name}`", *(f"{100 * share:.1f}" for share in latest[name, 5, 10]["by_presentation"])]
        for name in ("mann", "lstm")
    ]
    return f"{first}\n\n{table(['sequences of 50', *map(str, range(1, 11))], memory)}"


def _same_training(line: dict, other: dict) -> bool:
    return all(line[key] == other[key] for key in ("name", "ways", "shots", "recipe", "backbone"))


def _over_seeds(lines: list[dict]) -> str:
    """The mean over seeds with its interval over tasks, and behind it that over seeds (Student's t)."""
    accuracies = [100 * line["accuracy"] for line in lines]
    text = f"{statistics.fmean(accuracies):.2f} ± {100 * statistics.fmean(line['interval'] for line in lines):.2f}"
    if len(lines) == 3:
        text += f" (± {4.303 * statistics.stdev(accuracies) / math.sqrt(3):.2f})"
    return text
