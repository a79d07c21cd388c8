"""The measured tables of marked answers, and of queries and checks that were learned over many tasks."""

from result_tables import CORPORA, percent, points, read, table


def files() -> dict[str, str]:
    """Return every table under its file's name."""
    return {
        "right-wrong.md": right_wrong(),
        "learned-queries.md": learned_queries(),
        "learned-checks.md": learned_checks(),
    }


def right_wrong() -> str:
    """What answers that are marked right or wrong teach, beside the right ones alone and beside labels."""
    rows = []
    for line in read("right_wrong.jsonl"):
        ends = [percent(line["marked"][0]), *(percent(line[way][-1]) for way in ("marked", "right", "labels"))]
        gain = points(*line["marked_over_right"][-1])
        rows.append([f"{CORPORA[line['corpus']]}, {line['shots']}", *ends, gain])
    head = ["corpus (labels), examples a label", "at the start", "right and wrong", "right alone", "labels"]
    return table([*head, "gain of the wrong ones, in points"], rows)


def learned_queries() -> str:
    """What texts that a learned strategy chooses are worth beside those of ``suggest``, and random ones."""
    rows = []
    for line in read("learned_queries.jsonl"):
        ends = [percent(line["random"][0]), *(percent(line[way][-1]) for way in ("learned", "suggested", "random"))]
        rows.append([CORPORA[line["corpus"]], *ends, points(*line["learned_over_suggested"])])
    head = ["corpus (labels)", "at the start", "learned, at the end", "suggested", "random"]
    return table([*head, "learned over suggested, in points"], rows)


def learned_checks() -> str:
    """Wrong labels that were planted: what is suspected by what was learned, and by the ratio of likelihoods alone."""
    rows = []
    for line in read("learned_checks.jsonl"):
        shares = [percent(line[what]["learned"]) for what in ("recall", "precision")]
        ranking = [percent(line[way][0]) for way in ("ratio", "learned")]
        rows.append(
            [CORPORA[line["corpus"]], *shares, percent(line["detection_rate"]), *ranking]
            + [points(*line["learned_over_ratio"])]
        )
    head = ["corpus (labels)", "suspected", "of those suspected, wrong", "detection rate that it states"]
    return table([*head, "average precision by the ratio", "as learned", "gain, in points"], rows)
