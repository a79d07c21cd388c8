"""``fewtext add`` and ``fewtext remove``: a saved classifier gets examples, or loses them."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.classify.remembered import columns_for
from fewtext.cli import options
from fewtext.cli.closing import Closing, by_count, counted
from fewtext.cli.help import INPUT
from fewtext.cli.hub_models import own_folder
from fewtext.cli.sources import Encoding, SheetName, source
from fewtext.cli.terminal import show
from fewtext.contracts.label_types import typed_like
from fewtext.errors import FewtextError, FewtextWarning

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier

Model = Annotated[
    str,
    typer.Option(
        metavar="DIR",
        rich_help_panel=INPUT,
        callback=own_folder,
        help="A classifier saved by classify --save; it is replaced.",
    ),
]


def add(
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet.")],
    model: Model,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Add examples to a saved classifier, new labels included: the same as fitting it again with all of them.

    Where its texts may have several labels, so may these: a|b, or columns of labels.

    \b
    fewtext add more.csv --model my-model
    """  # noqa: D301
    closing = Closing()
    from fewtext.cli.progress import progress_bar
    from fewtext.files.examples import read_support
    from fewtext.files.label_columns import warn_of_several

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.load import load_classifier
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.classify.update import add as added
        from fewtext.classify.update import new_examples

        held.enter_context(locked_model(Path(model)))
        old = load_classifier(model, device=device, dtype=dtype)
        several = isinstance(old, MultiLabelClassifier)
        support_file = source(support, sheet_name, encoding)
        columns = columns_for(model, text_column, label_column)
        examples = read_support(support_file, columns.text, columns.label, several, lenient=columns.remembered)
        if not several:
            warn_of_several(examples.labels, support)
        with about(support):
            known = [*old.classes_.tolist(), *([] if old.oos_label is None else [old.oos_label])]
            new = new_examples(old, examples.texts, typed_like(known, examples.labels))
        changed = added(old, *new, progress=progress)
        changed.save(Path(model))
    show([f"{counted(len(new[0]), 'example')} added: {size_of(changed)}"])
    there = len(examples.texts) - len(new[0])
    read = [f"{counted(len(examples.texts), 'example')} read", f"{len(new[0]):,} added"]
    closing.say(
        ", ".join([*read, *[f"{there:,} there already"] * bool(there)]),
        by_count(Counter(str(one) for own in new[1] for one in (own if isinstance(own, tuple) else (own,)))),
        written=model,
    )


def remove(
    texts: Annotated[str, typer.Argument(metavar="FILE", help="Texts to remove, with or without their labels.")],
    model: Model,
    text_column: options.TextColumns = None,
    label_column: options.LabelColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
) -> None:
    """Remove examples from a saved classifier: the same as fitting it again without them.

    A text is removed with every label that it has, or with those in its row. A label goes with its last example.

    \b
    fewtext remove wrong.csv --model my-model
    """  # noqa: D301
    closing = Closing()
    from fewtext.files.labels_beside import read_labels_beside
    from fewtext.files.queries import read_queries

    texts_file = source(texts, sheet_name, encoding)
    columns = columns_for(model, text_column, label_column)
    queries = read_queries(texts_file, columns.text)

    from fewtext.cli.progress import progress_bar

    with progress_bar("learning") as progress, ExitStack() as held:
        from fewtext.classify.additions import label_key
        from fewtext.classify.load import load_classifier
        from fewtext.classify.model_folder import locked_model
        from fewtext.classify.multi_label import MultiLabelClassifier
        from fewtext.classify.update import examples_of, examples_to_remove
        from fewtext.classify.update import remove as removed

        held.enter_context(locked_model(Path(model)))
        old = load_classifier(model, device=device, dtype=dtype)
        several = isinstance(old, MultiLabelClassifier)
        beside = read_labels_beside(queries, texts, columns.label, several, lenient=columns.remembered)
        with about(texts):
            beside = typed_like(old.classes_.tolist(), beside)
            places = examples_to_remove(old, list(map(str, queries.texts)), beside)
        changed = removed(old, places, progress=progress)
        changed.save(Path(model))
    left = set(map(label_key, changed.classes_.tolist()))
    gone = sorted(str(label) for label in old.classes_.tolist() if label_key(label) not in left)
    if old.oos_label != changed.oos_label:
        gone.append(f"{old.oos_label}, the label of out-of-scope examples")
    without = f"; no longer known: {', '.join(gone)}" if gone else ""
    examples = sum(place < len(examples_of(old)[0]) for place in places)
    what = f"{counted(examples, 'example')} removed"
    if answers := len(places) - examples:
        what += f", {counted(answers, 'marked answer')} forgotten"
    show([f"{what}: {size_of(changed)}{without}"])
    closing.say(f"{counted(len(queries.texts), 'row')} read, {what}", written=model)


@contextmanager
def about(path: str) -> Iterator[None]:
    """Let errors and warnings about examples name the file that they come from."""
    try:
        with warnings.catch_warnings(record=True) as raised:
            warnings.simplefilter("always")
            yield
    except FewtextError as error:
        raise FewtextError(error.what, where=path, hint=error.hint) from error
    finally:
        for warning in raised:
            warnings.warn(f"{path}: {warning.message}", FewtextWarning, stacklevel=3)


def size_of(model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    """Return how many examples a classifier has, and of how many labels, in words."""
    from fewtext.classify.additions import label_key
    from fewtext.classify.update import examples_of

    keys = [label_key(label) for label in examples_of(model)[1]]
    counts = Counter(label for key in keys for label in (key if isinstance(key, frozenset) else [key]))
    each = sorted(counts.get(label_key(label), 0) for label in model.classes_.tolist())
    span = str(each[0]) if each[0] == each[-1] else f"{each[0]} to {each[-1]}"
    outside = len(keys) - model.n_examples_
    more = f", and {outside} out of scope" if outside else ""
    marked = f"; {model.marked_.shown}" if model.marked_ else ""
    return f"{model.n_examples_} of {len(each)} labels, {span} each{more}{marked}"
