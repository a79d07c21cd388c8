"""Omniglot's one-shot runs (Lake et al., 2015): the twenty tasks that people were given, for learners to answer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from fewtext.contracts.image import Picture
from fewtext.datasets.features import Features
from fewtext.datasets.session import Session
from fewtext.encoders.encode import encode, encoded_rows
from fewtext.encoders.load import PIXELS
from fewtext.errors import InputError
from fewtext.evaluation.episodic import checked_learner, task_report
from fewtext.evaluation.report import Report
from fewtext.files.images import open_zip, read_bytes
from fewtext.training.episodes import EpisodeList

KEY = "class_labels.txt"
_LINE = re.compile(r"(\S+/test/\S+) (\S+/training/\S+)")


def evaluate_runs(
    session: Session,
    runs: str,
    learner: str,
    options: Mapping[str, Any],
    *,
    encoder: str | None = None,
    figure: str | None = None,
    curves: str | None = None,
) -> Report:
    """Measure a learner on the tasks of ``all_runs.zip``; ``figure`` and ``curves`` are as in ``evaluate_corpus``."""
    learner_spec = checked_learner(learner, options, figure, curves)
    images, drawn = read_runs(Path(runs))
    if learner_spec.run is None and encoder is None:
        encoder = PIXELS
    loaded = session.encoder(learner_spec, encoder)
    x = encode(loaded, images, session.progress).to(loaded.device)
    if not encoded_rows(x.cpu(), images, "needed").all():
        raise InputError("holds images that cannot be read", where=runs, hint="download it again")
    features = Features(x, torch.zeros(len(x), dtype=torch.int64), ("",))
    task = f"{len(drawn)} tasks of {drawn.ways} classes, 1 example a class, {drawn.target.shape[1]} queries"
    return task_report(session, learner_spec, loaded, features, drawn, runs, task, figure=figure, curves=curves)


def read_runs(path: Path) -> tuple[list[Picture], EpisodeList]:
    """Read ``all_runs.zip``: all its images, and the tasks as row numbers of them; twenty of twenty classes each.

    Each run has a ``class_labels.txt``, a line ``run01/test/item01.png run01/training/class07.png`` for every query.
    Raises ``InputError`` where the zip is laid out otherwise.
    """
    with open_zip(path) as archive:
        names = set(archive.namelist())
        keys = sorted(name for name in names if name.endswith(f"/{KEY}") and "__MACOSX" not in name)
    read = read_bytes([Picture(str(path), key) for key in keys])
    tables = {key: content.decode("utf-8", "replace").splitlines() for key, content in zip(keys, read, strict=True)}
    images: dict[Picture, int] = {}
    tasks = []
    for key, lines in tables.items():
        top = key.removesuffix(KEY).rstrip("/").rpartition("/")[0]
        pairs = []
        for number, line in enumerate(filter(str.strip, lines), 1):
            match = _LINE.fullmatch(line.strip())
            members = [f"{top}/{name}".lstrip("/") for name in match.groups()] if match else []
            if not members or not names.issuperset(members):
                where = f"{path}/{key}:{number}"
                raise InputError("does not name a pair of images of this run", where=where, hint="correct the line")
            pairs.append([images.setdefault(Picture(str(path), name), len(images)) for name in members])
        if pairs:
            tasks.append(pairs)
    ways = {len({example for _, example in pairs}) for pairs in tasks}
    if len(ways) != 1 or min(ways) < 2 or len({len(pairs) for pairs in tasks}) != 1:
        message = f"holds no runs of equal size, each with a {KEY}"
        raise InputError(message, where=str(path), hint="take Omniglot's all_runs.zip")
    rows = [sorted({example for _, example in pairs}) for pairs in tasks]
    target = [[row.index(example) for _, example in pairs] for row, pairs in zip(rows, tasks, strict=True)]
    support = torch.tensor(rows)
    y = torch.arange(support.shape[1]).expand_as(support)
    query = torch.tensor([[item for item, _ in pairs] for pairs in tasks])
    return list(images), EpisodeList(support, y, torch.ones(y.shape), query, torch.tensor(target), support.shape[1])
