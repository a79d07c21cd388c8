"""What a check-up found, for people: lines without line ends in them, so that labels and texts cannot add any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fewtext.quality.multi_label import MultiLabelCheckup, SetDoubt
    from fewtext.quality.single_label import Checkup, Share

SHOWN = 8  # of each kind, before it says how many more there are
CANNOT_TELL = 0.5  # share of wrong labels noticed, below which none being doubted says little
UNTOLD = "How good this is cannot be told: no label has three examples, of which one could be held out."


def in_words(found: Checkup, shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    """Say it in lines; ``shown`` is each example with its place, ``labels`` what it is labelled."""
    yield _size(found)
    if found.accuracy is None:
        yield UNTOLD
    else:
        accuracy = found.accuracy
        yield f"expected accuracy on new texts: {_percent(accuracy.expected)}"
        yield (
            f"with twice the examples: about {accuracy.doubled:.0%} (held out, one in five at a time: "
            f"{accuracy.held_out.value:.0%} of {accuracy.examples})"
        )

    if found.noticed is not None:
        noticed = _noticed(found.noticed)
        doubts = [
            [f"  {shown[d.place]}", f"    is {d.label}; {d.likelier} is {_times(d.odds)} as likely"]
            for d in found.doubts
        ]
        yield from _doubted(doubts, f"wrong ({noticed})")
    pairs = [
        [f"  {o.first} / {o.second}: {o.confused} examples", *(f"    {shown[place]}" for place in o.places[:2])]
        for o in found.overlaps
    ]
    yield from _section("labels that are taken for each other", pairs)
    weak = sorted((r for r in found.labels if r.accuracy), key=lambda r: r.accuracy.value if r.accuracy else 0)
    yield from _section(
        "the weakest labels",
        [
            [f"  {r.label}: {_percent(r.accuracy)} of {r.examples}"]
            for r in weak[:5]
            if r.accuracy and r.accuracy.value < 1
        ],
    )
    yield from _texts_and_labels(found, shown, labels)


def sets_in_words(found: MultiLabelCheckup, shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    """Say it in lines, of texts that may have several labels."""
    yield _size(found)
    if found.held_out is None:
        yield UNTOLD
    else:
        sets = found.held_out
        low, high = sets.interval
        yield (
            f"held out, one in five at a time: {sets.precision:.0%} of the labels given are right, and they are "
            f"{sets.recall:.0%} of all that {found.held_out_examples} texts have: an F1 of {sets.micro_f1:.2f} "
            f"[{low:.2f}, {high:.2f}]"
        )
        yield f"all labels right: {sets.exact:.0%} of texts; mean F1 of the labels: {sets.macro_f1:.2f}"

    def message(doubt: SetDoubt) -> list[str]:
        claim = f"lacks {doubt.label}, it seems" if doubt.missing else f"is not {doubt.label}, it seems"
        return [f"  {shown[doubt.place]}", f"    {claim}: {_times(doubt.odds)} as likely as not"]

    if found.noticed_wrong is not None:
        wrong = [message(doubt) for doubt in found.doubts if not doubt.missing]
        yield from _doubted(wrong, f"wrong ({_noticed(found.noticed_wrong)})")
    if found.noticed_missing is not None:
        missing = [message(doubt) for doubt in found.doubts if doubt.missing]
        noticed = f"missing (one left out would be noticed in {found.noticed_missing:.0%} of cases)"
        yield from _doubted(missing, noticed)
    weak = sorted((report.f1, report.label, report.examples) for report in found.labels if report.f1 is not None)
    told_weak = [[f"  {label}: an F1 of {f1:.2f}, of {n} examples"] for f1, label, n in weak[:5] if f1 < 1]
    yield from _section("the weakest labels", told_weak)
    yield from _texts_and_labels(found, shown, labels)


def _size(found: Checkup | MultiLabelCheckup) -> str:
    counts = sorted(report.examples for report in found.labels)
    each = str(counts[0]) if counts[0] == counts[-1] else f"{counts[0]} to {counts[-1]}"
    return f"{found.examples} examples of {len(found.labels)} labels, {each} each"


def _noticed(share: float) -> str:
    noticed = f"a wrong label would be doubted in {share:.0%} of cases"
    return noticed if share >= CANNOT_TELL else f"{noticed}: which are wrong cannot be told from these examples"


def _doubted(doubts: Sequence[Sequence[str]], how: str) -> Iterator[str]:
    title = f"{len(doubts) or 'no'} label{'s look' if len(doubts) != 1 else ' looks'} {how}"
    yield from _section(title, doubts) if doubts else ["", title]


def _texts_and_labels(found: Checkup | MultiLabelCheckup, shown: Sequence[str], labels: Sequence[str]) -> Iterator[str]:
    groups: dict[str, Sequence[Sequence[int]]] = {
        "one text under several labels": found.contradictions,
        "one text more than once": found.duplicates,
        "texts that are almost the same": found.near_duplicates,
    }
    for title, several in groups.items():
        message = [[f"  {shown[place]} ({labels[place]})" for place in group] for group in several]
        yield from _section(title, message)
    yield from _section("labels with fewer than three examples", [[f"  {label}"] for label in found.few])
    if found.truncated:
        yield from ("", f"{found.truncated} texts are longer than the encoder reads, and were cut")


def _section(title: str, entries: Sequence[Sequence[str]]) -> Iterator[str]:
    if entries:
        yield from ("", f"{title}:")
        yield from (line for entry in entries[:SHOWN] for line in entry)
        if len(entries) > SHOWN:
            yield f"  and {len(entries) - SHOWN} more (--format json has all)"


def _percent(share: Share) -> str:
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"


def _times(odds: float) -> str:
    return f"{odds:.0f} times" if odds < 1000 else "over 1000 times"


def short(text: str) -> str:
    """Return the beginning of a text, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= 90 else text[:89] + "…"
