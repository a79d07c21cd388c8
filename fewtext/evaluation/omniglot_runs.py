"""Lake's one-shot runs: tasks that people were given, each a folder of images and a table of which is which."""

from __future__ import annotations

import re
from pathlib import Path

import torch

from fewtext.contracts.image import Picture
from fewtext.errors import InputError
from fewtext.files.images import open_zip, read_bytes
from fewtext.training.episodes import EpisodeList

KEY = "class_labels.txt"
_LINE = re.compile(r"(\S+/test/\S+) (\S+/training/\S+)")


def read_runs(path: Path) -> tuple[list[Picture], EpisodeList]:
    """Read ``all_runs.zip`` of Omniglot (Lake et al., 2015): twenty tasks of twenty classes, one example of each.

    Each run has a ``class_labels.txt``, a line ``run01/test/item01.png run01/training/class07.png`` for every query.
    Returns all images and the tasks as numbers of them. Raises ``InputError`` where a run is not made like that.
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
                raise InputError(
                    "is no pair of images of this run", where=f"{path}/{key}:{number}", hint="mend the zip"
                )
            pairs.append([images.setdefault(Picture(str(path), name), len(images)) for name in members])
        if pairs:
            tasks.append(pairs)
    ways = {len({example for _, example in pairs}) for pairs in tasks}
    if len(ways) != 1 or min(ways) < 2 or len({len(pairs) for pairs in tasks}) != 1:
        raise InputError(
            f"holds no runs of one size, each with its {KEY}", where=str(path), hint="take Omniglot's all_runs.zip"
        )
    rows = [sorted({example for _, example in pairs}) for pairs in tasks]
    target = [[row.index(example) for _, example in pairs] for row, pairs in zip(rows, tasks, strict=True)]
    support = torch.tensor(rows)
    y = torch.arange(support.shape[1]).expand_as(support)
    query = torch.tensor([[item for item, _ in pairs] for pairs in tasks])
    return list(images), EpisodeList(support, y, torch.ones(y.shape), query, torch.tensor(target), support.shape[1])
