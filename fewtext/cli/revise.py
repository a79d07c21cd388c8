"""``fewtext add`` and ``fewtext remove``: examples that join a kept classifier, or leave it."""

from __future__ import annotations

import warnings
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.cli import common
from fewtext.errors import FewtextError, FewtextWarning

if TYPE_CHECKING:
    from fewtext.classifier import FewShotClassifier

Model = Annotated[str, typer.Option(metavar="DIR", help="A classifier kept by classify --save; it is replaced.")]


def add(
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet.")],
    model: Model,
    text_column: common.TextColumn = None,
    label_column: common.LabelColumn = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
) -> None:
    """Add examples to a kept classifier, of new labels too: the same as fitting anew with all of them.

    \b
    fewtext add more.csv --model my-model
    """  # noqa: D301
    from fewtext.inputs import read_support
    from fewtext.label_cells import warn_of_several

    examples = read_support(support, text_column, label_column)
    warn_of_several(examples.labels, support)

    from fewtext.cli.progress import progress_bar

    with progress_bar("learning") as progress:
        from fewtext.classifier import FewShotClassifier
        from fewtext.revision import add as added

        old = FewShotClassifier.load(model, device=device, dtype=dtype)
        there = set(_pairs(old))
        new = [pair for pair in zip(examples.texts, examples.labels, strict=True) if pair not in there]
        if known := len(examples.texts) - len(new):
            told = f"{support}: {known} example{'s were' if known > 1 else ' was'} there already"
            warnings.warn(told, FewtextWarning, stacklevel=2)
        if not new:
            raise FewtextError("nothing to add", where=support)
        changed = added(old, *map(list, zip(*new, strict=True)), progress=progress)
        changed.save(Path(model))
    print(f"{_counted(len(new))} added: {_size(changed)}")


def remove(
    texts: Annotated[str, typer.Argument(metavar="FILE", help="Texts to forget, with their labels or without.")],
    model: Model,
    text_column: common.TextColumn = None,
    label_column: common.LabelColumn = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
) -> None:
    """Remove examples from a kept classifier: the same as fitting anew without them.

    A text is forgotten under every label, or under the one that its row has. A label goes with its last example.

    \b
    fewtext remove wrong.csv --model my-model
    """  # noqa: D301
    from fewtext.inputs import read_queries

    queries = read_queries(texts, text_column)
    wanted_labels: list[str | None] = [None] * len(queries.texts)
    if (column := label_column or "label") in queries.columns:
        at = queries.columns.index(column)
        wanted_labels = [str(cells[at] or "").strip() or None for cells in queries.carried]
    elif label_column:
        raise FewtextError(f"no column {label_column!r}", where=texts, cure=f"it has: {', '.join(queries.columns)}")

    from fewtext.cli.progress import progress_bar

    with progress_bar("learning") as progress:
        from fewtext.classifier import FewShotClassifier
        from fewtext.revision import remove as removed

        old = FewShotClassifier.load(model, device=device, dtype=dtype)
        pairs = [(text.strip(), label) for text, label in _pairs(old)]
        found: set[int] = set()
        for text, label in zip(queries.texts, wanted_labels, strict=True):
            if not (text := str(text).strip()):
                continue
            places = {i for i, (known, own) in enumerate(pairs) if known == text and label in (None, own)}
            if not places:
                told = f"{texts}: no example {text!r}" + (f" of label {label}" if label else "")
                warnings.warn(told, FewtextWarning, stacklevel=2)
            found |= places
        if not found:
            raise FewtextError("nothing to remove", where=texts)
        changed = removed(old, found, progress=progress)
        changed.save(Path(model))
    gone = sorted(set(map(str, old.classes_.tolist())) - set(map(str, changed.classes_.tolist())))
    print(f"{_counted(len(found))} removed: {_size(changed)}" + (f"; gone: {', '.join(gone)}" if gone else ""))


def _pairs(model: FewShotClassifier) -> list[tuple[str, str]]:
    from fewtext.revision import examples_of

    return [(text, str(label)) for text, label in zip(*examples_of(model), strict=True)]


def _counted(n: int) -> str:
    return f"{n} example{'s' * (n != 1)}"


def _size(model: FewShotClassifier) -> str:
    counts = Counter(label for _, label in _pairs(model))
    each = sorted(counts.get(str(label), 0) for label in model.classes_.tolist())
    span = str(each[0]) if each[0] == each[-1] else f"{each[0]} to {each[-1]}"
    none = f", and {len(model.stranger_texts_)} of none" if model.stranger_texts_ else ""
    return f"{model.n_examples_} of {len(each)} labels, {span} each{none}"
