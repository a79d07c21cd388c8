"""The measured tables of what a classifier learns from its users: marked answers, and queries that were learned."""

from result_tables import CORPORA, percent, points, read, table


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {"right-wrong.md": right_wrong()}


def right_wrong() -> str:
    """What answers that are marked right or wrong teach, beside the right ones alone and beside labels."""
    rows = []
    for line in read("right_wrong.jsonl"):
        ends = [percent(line["marked"][0]), *(percent(line[way][-1]) for way in ("marked", "right", "labels"))]
        gain = points(*line["marked_over_right"][-1])
        rows.append([f"{CORPORA[line['corpus']]}, {line['shots']}", *ends, gain])
    head = ["corpus (labels), examples a label", "at the start", "right and wrong", "right alone", "labels"]
    return table([*head, "gain of the wrong ones, in points"], rows)
