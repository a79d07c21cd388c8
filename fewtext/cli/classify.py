"""``fewtext classify``: a file of texts, labelled from a handful of examples."""

from __future__ import annotations

import sys
import warnings
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.cli import common
from fewtext.errors import FewtextError, FewtextWarning

if TYPE_CHECKING:
    from fewtext.classifier import FewShotClassifier
    from fewtext.inputs import Queries


class Format(str, Enum):
    """How answers are written."""

    table = "table"
    csv = "csv"
    tsv = "tsv"
    jsonl = "jsonl"


def classify(
    query: Annotated[
        str,
        typer.Option(
            metavar="FILE",
            help="Texts: txt (one a line), csv, tsv, jsonl, parquet, - is stdin; or a folder of pictures.",
        ),
    ],
    support: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Labelled examples: csv, tsv, jsonl, parquet; folders of pictures."),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(metavar="FILE", help="Labels: a file with label,description, or of labels alone.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="DIR", help="A classifier kept by --save, in the place of --support.")
    ] = None,
    save: Annotated[str | None, typer.Option(metavar="DIR", help="Keep the fitted classifier in this folder.")] = None,
    learner: Annotated[
        str | None, typer.Option(metavar="NAME|DIR", help="A learner, or what train wrote; default: logistic.")
    ] = None,
    option: common.LearnerOptions = None,
    encoder: common.Encoder = None,
    label_names: Annotated[bool, typer.Option(help="Use each label's name as an example of it.")] = True,
    name_weight: Annotated[
        float, typer.Option(metavar="NUMBER", help="How much a name counts beside an example's 1.")
    ] = 1.0,
    text_column: common.TextColumn = None,
    label_column: common.LabelColumn = None,
    top: Annotated[int, typer.Option(min=1, metavar="K", help="Labels per text, likeliest first.")] = 1,
    scores: Annotated[bool, typer.Option("--scores", help="The probability of every label.")] = False,
    explain: Annotated[int, typer.Option(min=0, metavar="K", help="Show this many nearest support examples.")] = 0,
    precision: Annotated[
        float | None,
        typer.Option(min=0, max=1, metavar="X", help="Answer only where 0.95, say, of the answers will be right."),
    ] = None,
    coverage: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="X", help="Answer only this share of texts, the surest.")
    ] = None,
    transductive: Annotated[
        bool, typer.Option("--transductive", help="Answer texts together, in the light of how they lie to one another.")
    ] = False,
    unknown: Annotated[
        str, typer.Option(metavar="LABEL", help="The label of what is not answered; its likeliest is in column guess.")
    ] = "",
    format: Annotated[
        Format | None, typer.Option(help="Default: a table on a terminal, else csv, or as --output ends.")
    ] = None,
    output: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write here, whole or not at all; default: stdout.")
    ] = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Label texts, or pictures, from a few examples.

    \b
    fewtext classify --support support.csv --query q.txt
    fewtext classify --labels names.csv --query q.txt          without examples
    fewtext classify --support s.csv --query q.csv --output answers.csv --save my-model
    fewtext classify --model my-model --query - < more.txt
    fewtext classify --support images.csv --query folder/ --encoder sentence-transformers:MODEL
    """  # noqa: D301
    kind = _format(format, output)
    fitting = (support, labels, label_column, learner, option, encoder, max_length, not label_names, name_weight != 1)
    if model is not None and any(fitting):
        raise FewtextError("--model is a whole classifier", cure="leave out what says how to learn one")
    if precision is not None and coverage is not None:
        raise FewtextError("--precision and --coverage contradict each other", cure="leave out one of them")
    if 0 in (precision, coverage):
        raise FewtextError("--precision and --coverage are shares", cure="above 0 and up to 1")
    if unknown and precision is None and coverage is None:
        raise FewtextError("--unknown is for what is not answered", cure="say when not to: --precision or --coverage")
    if model is None and support is None and labels is None:
        raise FewtextError("nothing to learn from", cure="give --support, --labels or --model")

    # Files are read first: a typing error is said in a second, before the slow imports.
    from fewtext.inputs import IMAGE, read_label_names, read_queries, read_support
    from fewtext.tables import check_writable

    examples = read_support(support, text_column, label_column) if support else None
    descriptions = read_label_names(labels, label_column) if labels else None
    queries = read_queries(query, text_column)
    if descriptions is not None and not label_names:
        raise FewtextError("--labels and --no-label-names contradict each other", cure="leave out one of them")
    if output:
        check_writable(Path(output))
        kept = (support, labels, query if queries.kind == IMAGE else None)
        if any(Path(output).resolve() == Path(read).resolve() for read in kept if read):
            told = f"{output} holds the examples or the pictures, which answers would overwrite"
            raise FewtextError(told, cure="choose another name")

    from fewtext.cli.progress import progress_bar

    with progress_bar("learning") as report:  # the bar stands while torch is imported, which takes a second or two
        from fewtext.blueprints import find_learner
        from fewtext.classifier import DEFAULT_LEARNER, FewShotClassifier
        from fewtext.options import parse_options
        from fewtext.saving import check_target

        if save is not None:
            check_target(Path(save))
        if model is not None:
            classifier = FewShotClassifier.load(model, device=device, dtype=dtype)
        else:
            name = learner or DEFAULT_LEARNER
            classifier = FewShotClassifier(
                learner=name,
                options=parse_options(find_learner(name).learner, option or []),
                encoder=encoder,
                label_names=label_names if descriptions is None else descriptions,
                name_weight=name_weight,
                device=device,
                dtype=dtype,
                max_length=max_length,
            )
            texts, owners = (examples.texts, examples.labels) if examples else ([], [])
            classifier.fit(texts, owners, progress=report)
        if unknown in map(str, classifier.classes_.tolist()):
            raise FewtextError(f"--unknown {unknown} is a label of the support", cure="choose another word")
        if save is not None:
            classifier.save(save)
    wanted = {"precision": precision, "coverage": coverage, "transductive": transductive}
    abstained = unknown if precision is not None or coverage is not None else None
    _answer(classifier, queries, kind, output, top, scores, explain, abstained, wanted)


def _answer(
    classifier: FewShotClassifier,
    queries: Queries,
    kind: Format,
    output: str | None,
    top: int,
    scores: bool,
    explain: int,
    unknown: str | None,
    wanted: dict[str, Any],
) -> None:
    from fewtext.cli.answers import Layout, joined, print_table, without_clashes
    from fewtext.cli.progress import progress_bar
    from fewtext.encoding import check_modality
    from fewtext.prediction import classify as predict
    from fewtext.tables import atomic_output, write_table

    check_modality(classifier.encoder_, [text for text in queries.texts if str(text).strip()])  # before a line is out
    labels = [str(label) for label in classifier.classes_.tolist()]
    explain = min(explain, len(classifier.support_texts_))
    nested = kind in (Format.jsonl, Format.table)
    layout = Layout(queries.kind, labels, min(top, len(labels)), scores, explain, nested, unknown)
    renamed = without_clashes(queries.columns, layout.columns)
    for old, new in zip(queries.columns, renamed, strict=True):
        if old != new:
            warnings.warn(f"the query's own column {old!r} is written as {new!r}", FewtextWarning, stacklevel=2)
    columns = [*renamed, *layout.columns]
    with progress_bar("classifying") as report:
        ranked = len(labels) if scores else top
        found = predict(classifier, queries.texts, top=ranked, explain=explain, told=_tell, progress=report, **wanted)
        rows = joined(queries, found, layout)
        if output:
            with atomic_output(Path(output)) as stream:
                write_table(stream, kind.value, columns, rows)
        elif kind is Format.table:
            rows = iter(list(rows))  # to the end, before the bar makes place for the table
        else:
            write_table(sys.stdout, kind.value, columns, rows)
    if kind is Format.table:
        print_table(columns, rows)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _format(asked: Format | None, output: str | None) -> Format:
    if output is None:
        return asked or (Format.table if sys.stdout.isatty() else Format.csv)
    ending = Path(output).suffix.lower().lstrip(".")
    known = {form.value: form for form in (Format.csv, Format.tsv, Format.jsonl)}
    if asked is Format.table:
        raise FewtextError("a table is for the screen", cure="leave out --output, or write csv, tsv or jsonl")
    if asked is None and ending not in known:
        raise FewtextError(f"cannot tell how to write {output}", cure=f"end its name in .{', .'.join(known)}")
    return asked or known[ending]
