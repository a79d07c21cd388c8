"""``fewtext add`` and ``fewtext remove``: examples that join a kept classifier, or leave it."""

from __future__ import annotations

import warnings
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.cli import common, fitting
from fewtext.cli.terminal import show
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.label_columns import BETWEEN

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier

Model = Annotated[str, typer.Option(metavar="DIR", help="A classifier kept by classify --save; it is replaced.")]


def add(
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet.")],
    model: Model,
    text_column: common.TextColumn = None,
    label_column: fitting.LabelColumns = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
) -> None:
    """Add examples to a kept classifier, of new labels too: the same as fitting anew with all of them.

    Where its texts may have several labels, so may these: a|b, or columns of labels.

    \b
    fewtext add more.csv --model my-model
    """  # noqa: D301
    from fewtext.cli.progress import progress_bar
    from fewtext.files.examples import read_support
    from fewtext.files.label_columns import warn_of_several

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.load import load_classifier
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.classify.update import add as added

        held.enter_context(locked_model(Path(model)))
        old = load_classifier(model, device=device, dtype=dtype)
        several = isinstance(old, MultiLabelClassifier)
        examples = read_support(support, text_column, label_column, several)
        if not several:
            warn_of_several(examples.labels, support)
        there = set(_pairs(old))
        pairs = zip(examples.texts, examples.labels, strict=True)
        new = [(text, label) for text, label in pairs if (text, _key(label)) not in there]
        if known := len(examples.texts) - len(new):
            message = f"{support}: {known} example{'s were' if known > 1 else ' was'} there already"
            warnings.warn(message, FewtextWarning, stacklevel=2)
        if not new:
            raise FewtextError("nothing to add", where=support)
        changed = added(old, *map(list, zip(*new, strict=True)), progress=progress)
        changed.save(Path(model))
    show([f"{_counted(len(new))} added: {_size(changed)}"])


def remove(
    texts: Annotated[str, typer.Argument(metavar="FILE", help="Texts to forget, with their labels or without.")],
    model: Model,
    text_column: common.TextColumn = None,
    label_column: fitting.LabelColumns = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
) -> None:
    """Remove examples from a kept classifier: the same as fitting anew without them.

    A text is forgotten under every label, or under the one that its row has, or the several. A label goes with its
    last example.

    \b
    fewtext remove wrong.csv --model my-model
    """  # noqa: D301
    from fewtext.files.examples import read_labels_beside, read_queries

    queries = read_queries(texts, text_column)

    from fewtext.cli.progress import progress_bar

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.load import load_classifier
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.classify.update import remove as removed

        held.enter_context(locked_model(Path(model)))
        old = load_classifier(model, device=device, dtype=dtype)
        beside = read_labels_beside(queries, texts, label_column, isinstance(old, MultiLabelClassifier))
        wanted = [None if label is None else _key(label) for label in beside]
        pairs = [(text.strip(), label) for text, label in _pairs(old)]
        found: set[int] = set()
        for text, label in zip(queries.texts, wanted, strict=True):
            if not (text := str(text).strip()):
                continue
            places = {i for i, (known, own) in enumerate(pairs) if known == text and label in (None, own)}
            if not places:
                message = f"{texts}: no example {text!r}" + (f" of label {_shown(label)}" if label else "")
                warnings.warn(message, FewtextWarning, stacklevel=2)
            found |= places
        if not found:
            raise FewtextError("nothing to remove", where=texts)
        if len(found) == len(pairs):
            raise FewtextError("nothing would be left", where=texts, hint=f"delete the folder {model}")
        changed = removed(old, found, progress=progress)
        changed.save(Path(model))
    left = set(map(_key, changed.classes_.tolist()))
    gone = sorted(str(label) for label in old.classes_.tolist() if _key(label) not in left)
    if old.oos_label != changed.oos_label:
        gone.append(f"{old.oos_label}, the label of none")
    show([f"{_counted(len(found))} removed: {_size(changed)}" + (f"; gone: {', '.join(gone)}" if gone else "")])


def _pairs(model: SingleLabelClassifier | MultiLabelClassifier) -> list[tuple[str, Any]]:
    from fewtext.classify.update import examples_of

    return [(text, _key(label)) for text, label in zip(*examples_of(model), strict=True)]


def _key(label: Any) -> Any:
    """Return what two labels, or two sets of them, have in common where they are the same in a file."""
    return frozenset(map(_key, label)) if isinstance(label, tuple) else normal_form(str(label))


def _shown(key: Any) -> str:
    return BETWEEN.join(sorted(key)) if isinstance(key, frozenset) else str(key)


def _counted(n: int) -> str:
    return f"{n} example{'s' * (n != 1)}"


def _size(model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    keys = [key for _, key in _pairs(model)]
    counts = Counter(label for key in keys for label in (key if isinstance(key, frozenset) else [key]))
    each = sorted(counts.get(_key(label), 0) for label in model.classes_.tolist())
    span = str(each[0]) if each[0] == each[-1] else f"{each[0]} to {each[-1]}"
    strange = len(keys) - model.n_examples_
    none = f", and {strange} of none" if strange else ""
    return f"{model.n_examples_} of {len(each)} labels, {span} each{none}"
