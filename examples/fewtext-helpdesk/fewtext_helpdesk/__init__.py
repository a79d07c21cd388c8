"""A corpus from a csv: the texts and labels of two columns, split by a third."""

import csv
from functools import partial
from importlib.resources import files

from fewtext.api import Corpus, Items, hookimpl


def read(split: str) -> Items:
    """Return the rows of a split."""
    with files("fewtext_helpdesk").joinpath("tickets.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["split"] == split]
    return Items([row["text"] for row in rows], [row["queue"] for row in rows])


@hookimpl
def corpora():
    return [
        Corpus(
            name="helpdesk",
            modality="text",
            description="Tickets of a help desk by queue: 6 queues, 8 tickets each",
            licence="CC0-1.0",
            citation="written for this example",
            readers={split: partial(read, split) for split in ("train", "test")},
        )
    ]
