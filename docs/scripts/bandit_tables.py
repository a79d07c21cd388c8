"""The tables of learning by trial and error, from ``benchmarks/results/bandit.jsonl``."""

from typing import Any

from result_tables import percent, read, table

SHOWN = (1, 2, 3, 4, 5, 10)  # presentations of a class


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {"trial-and-error.md": trial_and_error()}


def trial_and_error() -> str:
    """Rewards by presentation and wrong answers: those told labels, those told right or wrong, and chance."""
    latest = {(line["name"], line["train_seed"]): line for line in read("bandit.jsonl")}
    rows: dict[tuple[str, ...], None] = {}
    for (_, seed), line in latest.items():
        where = line["corpus"].partition("/")[0]
        features = f", on {line['features']}" if line.get("features", "").startswith("examples") else ""
        told = ", told the labels" if line["learner"] == "mann" else ""
        learner = f"`{line['learner']}`{told}{features}, seed {seed}"
        shares = line["reward_by_presentation"] or line["by_presentation"]
        rows[row(where, learner, shares, line["regret"])] = None
        for other, earned in (line["beside"] or {}).items():
            label = other if other == "chance" else f"{other}, beside `{line['learner']}`"
            rows[row(where, label, earned["reward_by_presentation"], earned["regret"])] = None
    if ("mann", 0) not in latest:  # of an earlier run, on the same sequences
        *_, line = (line for line in read("omniglot.jsonl") if line["name"] == "mann")
        wrong = line["queries_a_task"] * (1 - line["accuracy"])
        rows[row("omniglot", "`mann`, told the labels", line["by_presentation"], [wrong])] = None
    return table(["corpus", "learner", *map(str, SHOWN), "wrong of 50"], rows)


def row(where: str, learner: str, rewards: list[float], regret: list[Any]) -> tuple[str, ...]:
    """Return the cells of one learner on one corpus."""
    return (where, learner, *(percent(rewards[k - 1]) for k in SHOWN), f"{regret[-1]:.1f}")
