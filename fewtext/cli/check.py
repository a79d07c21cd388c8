"""``fewtext check``: what a file of labelled texts is worth, and which of its labels look wrong."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Annotated

import typer

from fewtext.cli import common, fitting
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from fewtext.checkup import Checkup, Share

SHOWN = 8  # of each kind, before it says how many more there are
CANNOT_TELL = 0.5  # share of wrong labels noticed, below which none being doubted says little


class Format(str, Enum):
    """How a check-up is written."""

    text = "text"
    json = "json"


def check(
    support: Annotated[str, typer.Argument(metavar="FILE", help="Labelled texts, or pictures: csv, jsonl, a folder …")],
    learner: Annotated[
        str | None, typer.Option(metavar="NAME|DIR", help="Of the classifier that is tried; default: logistic.")
    ] = None,
    option: common.LearnerOptions = None,
    label_names: fitting.Names = True,
    text_column: common.TextColumn = None,
    label_column: common.LabelColumn = None,
    format: Annotated[Format, typer.Option(help="For people or for scripts.")] = Format.text,
    at_least: Annotated[
        float | None, typer.Option(min=0, max=1, metavar="X", help="Exit with 3 where the expected accuracy is below.")
    ] = None,
    encoder: common.Encoder = None,
    device: common.Device = "auto",
    dtype: common.Dtype = "auto",
    max_length: common.MaxLength = None,
) -> None:
    """Say how good a classifier a support makes, what more labels would bring, and which labels look wrong.

    Each example is answered by a classifier that has not seen it, so three of a label are needed at least.

    \b
    fewtext check support.csv
    fewtext check support.csv --format json --at-least 0.8
    """  # noqa: D301
    from fewtext.inputs import read_support
    from fewtext.label_cells import warn_of_several

    examples = read_support(support, text_column, label_column)
    warn_of_several(examples.labels, support)

    from fewtext.cli.progress import progress_bar

    with progress_bar("checking") as progress:
        from fewtext.blueprints import find_learner
        from fewtext.checkup import check_up
        from fewtext.classifier import FewShotClassifier
        from fewtext.few_shot import DEFAULT_LEARNER
        from fewtext.options import parse_options

        name = learner or DEFAULT_LEARNER
        model = FewShotClassifier(
            learner=name, options=parse_options(find_learner(name).learner, option or []), encoder=encoder,
            label_names=label_names, device=device, dtype=dtype, max_length=max_length,
        )  # fmt: skip
        found = check_up(model.fit(examples.texts, examples.labels, progress=progress))
    if model.n_examples_ != len(examples.texts):
        raise FewtextError("pictures that cannot be read", where=support, cure="leave out those named above")
    if format is Format.json:
        print(json.dumps({"lines": examples.lines or None, **found.as_json()}, ensure_ascii=False))
    else:
        places = [f"{support}:{line}" for line in examples.lines] or list(map(str, examples.texts))
        shown = [f"{place}: {_short(str(text))}" for place, text in zip(places, examples.texts, strict=True)]
        print("\n".join(_in_words(found, shown, examples.labels)))
    if at_least is not None and (found.accuracy is None or found.accuracy.expected.value < at_least):
        print(f"the expected accuracy is below {at_least:.1%}, or not known", file=sys.stderr)
        raise typer.Exit(3)


def _in_words(found: Checkup, shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    counts = sorted(report.examples for report in found.labels)
    each = str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"
    yield f"{found.examples} examples of {len(found.labels)} labels, {each} each"
    if found.accuracy is None:
        yield "How good this is cannot be told: no label has three examples, of which one could be held out."
    else:
        accuracy = found.accuracy
        yield f"expected accuracy on new texts: {_percent(accuracy.expected)}"
        yield (
            f"with twice the examples: about {accuracy.doubled:.0%} (held out, one in five at a time: "
            f"{accuracy.held_out.value:.0%} of {accuracy.examples})"
        )

    if found.noticed is not None:
        noticed = f"a wrong label would be doubted in {found.noticed:.0%} of cases"
        if found.noticed < CANNOT_TELL:
            noticed += ": which labels are wrong cannot be told from these examples"
        doubts = [
            f"  {shown[d.place]}\n    is {d.label}; {d.likelier} is {_times(d.odds)} as likely" for d in found.doubts
        ]
        few = f"{len(doubts) or 'no'} label{'s look' if len(doubts) != 1 else ' looks'} wrong ({noticed})"
        yield from _section(few, doubts) if doubts else ["", few]
    pairs = [
        "\n    ".join([f"  {o.first} / {o.second}: {o.confused} examples", *(shown[place] for place in o.places[:2])])
        for o in found.overlaps
    ]
    yield from _section("labels that are taken for each other", pairs)
    weak = sorted((r for r in found.labels if r.accuracy), key=lambda r: r.accuracy.value if r.accuracy else 0)
    yield from _section(
        "the weakest labels",
        [
            f"  {r.label}: {_percent(r.accuracy)} of {r.examples}"
            for r in weak[:5]
            if r.accuracy and r.accuracy.value < 1
        ],
    )
    groups: dict[str, Sequence[Sequence[int]]] = {
        "one text under several labels": found.contradictions,
        "one text more than once": found.duplicates,
        "texts that are almost the same": found.near_duplicates,
    }
    for title, several in groups.items():
        told = ["\n".join(f"  {shown[place]} ({labels[place]})" for place in group) for group in several]
        yield from _section(title, told)
    yield from _section("labels with fewer than three examples", [f"  {label}" for label in found.few])
    if found.truncated:
        yield f"\n{found.truncated} texts are longer than the encoder reads, and were cut"


def _section(title: str, lines: Sequence[str]) -> Iterator[str]:
    if lines:
        yield f"\n{title}:"
        yield from lines[:SHOWN]
        if len(lines) > SHOWN:
            yield f"  and {len(lines) - SHOWN} more (--format json has all)"


def _percent(share: Share) -> str:
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"


def _times(odds: float) -> str:
    return f"{odds:.0f} times" if odds < 1000 else "over 1000 times"


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:89] + "…"
