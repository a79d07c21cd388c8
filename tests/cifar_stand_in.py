"""A stand-in of CIFAR-100 as it lies on the Hub: its layout, columns and names, but other and fewer images.

A README with the settings, two tables of one part each in the folder ``cifar100``, a row for each image: ``img`` with
the bytes of a PNG of 32 x 32 in colour, ``fine_label`` of a hundred names and ``coarse_label`` of twenty as numbers.
"""

import io
import json
import zipfile
from collections import defaultdict
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
CARD = ROOT / "corpora" / "cifar_fs" / "card.toml"
FULL = {"train": 500, "test": 100}  # images of a class
SIDE = 32


def names():
    """Return the hundred names in the order of their numbers."""
    parts = json.loads((CARD.parent / "folds.json").read_text(encoding="utf-8"))["bertinetto"].values()
    return sorted(label for part in parts for label in part)


def images(each):
    """Yield the number of a class and the PNG of an image of it: stripes in its own colours, moved, and noise."""
    from PIL import Image

    rng = np.random.default_rng(100)
    places = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)))
    for number in range(100):
        colours, waves = rng.uniform(0, 255, (2, 3)), rng.uniform(-1, 1, 2)
        for _ in range(each):
            share = np.sin(np.tensordot(waves, places, 1) + rng.uniform(0, 6))[..., None] / 2 + 0.5
            noisy = colours[0] * share + colours[1] * (1 - share) + rng.normal(0, 40, (SIDE, SIDE, 3))
            written = io.BytesIO()
            Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(written, "PNG")
            yield number, written.getvalue()


def publish(folder, each):
    """Write the data set with so many images of each class, by split, into a folder."""
    import datasets

    labels, coarse = names(), [f"superclass_{number}" for number in range(20)]
    features = datasets.Features(
        {
            "img": datasets.Image(),
            "fine_label": datasets.ClassLabel(names=labels),
            "coarse_label": datasets.ClassLabel(names=coarse),
        }
    )
    (folder / "cifar100").mkdir(parents=True)
    rows = defaultdict(list)
    drawn = list(images(sum(each.values())))
    for place, (number, content) in enumerate(drawn):
        split = "train" if place % sum(each.values()) < each["train"] else "test"
        row = {"img": {"bytes": content, "path": None}, "fine_label": number, "coarse_label": number // 5}
        rows[split].append(row)
    for split in each:
        order = np.random.default_rng(0).permutation(len(rows[split]))
        table = datasets.Dataset.from_list([rows[split][place] for place in order], features=features)
        table.to_parquet(folder / f"cifar100/{split}-00000-of-00001.parquet")
    (folder / "README.md").write_text(README.format(labels=_numbered(labels), coarse=_numbered(coarse)))


def put_zips(published, folder):
    """Write the same images as the card's zips, a folder of them for each class."""
    import pyarrow.parquet

    folder.mkdir(parents=True)
    for split in FULL:
        table = pyarrow.parquet.read_table(published / f"cifar100/{split}-00000-of-00001.parquet").to_pylist()
        with zipfile.ZipFile(folder / f"{split}.zip", "w") as archive:
            for place, row in enumerate(table):
                archive.writestr(f"{split}/{names()[row['fine_label']]}/{place:05}.png", row["img"]["bytes"])


def smaller_card(folder, each):
    """Write the card with the numbers of rows that are here, and nothing else changed; return its folder."""
    text = CARD.read_text(encoding="utf-8")
    for split, count in each.items():
        full = f"rows = {100 * FULL[split]}"
        assert text.count(full) == 1
        text = text.replace(full, f"rows = {100 * count}")
    folder.mkdir()
    (folder / "card.toml").write_text(text, encoding="utf-8")
    (folder / "folds.json").write_bytes((CARD.parent / "folds.json").read_bytes())
    return folder


def _numbered(labels):
    return "\n".join(f"          '{number}': {label}" for number, label in enumerate(labels))


README = """---
dataset_info:
  config_name: cifar100
  features:
  - name: img
    dtype: image
  - name: fine_label
    dtype:
      class_label:
        names:
{labels}
  - name: coarse_label
    dtype:
      class_label:
        names:
{coarse}
configs:
- config_name: cifar100
  data_files:
  - split: train
    path: cifar100/train-*
  - split: test
    path: cifar100/test-*
  default: true
---
"""
