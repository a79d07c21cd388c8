"""Delimited files as people and programs write them, well and badly."""

import csv
import io

from made_files import File, encoded, pairs_of, rows_in


def csv_by_library(dice, role):
    """A csv or tsv as the standard library and a spreadsheet write it, texts of several lines and all."""
    pairs = [(text.replace(" ", dice.choice([" ", " ", "\n", ", "]), 1), label) for text, label in pairs_of(dice)]
    ending, delimiter = dice.choice([("csv", ","), ("csv", ";"), ("csv", "\t"), ("csv", "|"), ("tsv", "\t")])
    stream = io.StringIO()
    every = dice.random() < 0.5
    writer = csv.writer(
        stream, delimiter=delimiter, lineterminator=dice.choice(["\n", "\r\n"]),
        quoting=csv.QUOTE_ALL if every else csv.QUOTE_MINIMAL,
    )  # fmt: skip
    swapped = dice.random() < 0.3
    for pair in [("text", "label"), *pairs]:
        writer.writerow(["7", *pair[:: -1 if swapped else 1]] if ending == "tsv" else pair[:: -1 if swapped else 1])
    text = stream.getvalue()
    if ending == "tsv":
        text = text.replace("7", "id", 1)
    elif delimiter == "|" or dice.random() < 0.2:
        text = f"sep={delimiter}\n{text}"
    return File("csv by a library", role, ending, encoded(dice, text), len(pairs), rows_in(role, pairs), every)


def plain(dice, role):
    """A csv or tsv as a shell writes it: no quoting, and texts with quotes of their own."""
    ending, delimiter = dice.choice([("tsv", "\t"), ("tsv", "\t"), ("csv", ",")])
    pairs = pairs_of(dice, delimiter + "\n\r;|")
    pairs = [(dice.choice(['"', "", ""]) + text + dice.choice(['"', "", "", ""]), label) for text, label in pairs]
    text = "".join(delimiter.join(pair) + "\n" for pair in [("text", "label"), *pairs])
    sound = [text.count('"') == 0 for text, _ in pairs]  # an enclosed text loses its quotes, or keeps them
    return File(f"plain {ending}", role, ending, text.encode(), len(pairs), rows_in(role, pairs, sound))


def wrong_fields(dice, role):
    """A csv some of whose rows have a field too many or too few, or an empty one."""
    pairs = pairs_of(dice, ',";|\n', odd=0.2)
    sound = [dice.random() < 0.6 for _ in pairs]
    lines = []
    for (text, label), good in zip(pairs, sound, strict=True):
        bad = dice.choice([f"{text},and more,{label}", text, f"{text},", f",{label}", "  ,  "])
        lines.append(f"{text},{label}" if good else bad)
    content = "\n".join(["text,label", *lines]) + dice.choice(["", "\n", "\n\n\n"])
    return File("wrong fields", role, "csv", content.encode(), len(pairs), rows_in(role, pairs, sound))


def blank_lines(dice, role):
    """A csv with blank lines above, between and below its rows; one between is a query without a text."""
    pairs = pairs_of(dice, "\n", odd=0.2)
    gaps = [dice.choice([0, 0, 1, 2]) for _ in pairs[1:]]
    stream = io.StringIO()
    for pair, gap in zip([("text", "label"), *pairs], [0, *gaps, 3], strict=True):
        csv.writer(stream, lineterminator="\n" + "\n" * gap).writerow(pair)
    content = "\n" * dice.randint(0, 2) + stream.getvalue()
    rows = len(pairs) + (sum(gaps) if role == "query" else 0)
    return File("blank lines", role, "csv", content.encode(), rows, rows_in(role, pairs), quiet=True)


def headerless(dice, role):
    """A csv or tsv without a header, its columns in either order."""
    ending, delimiter = dice.choice([("csv", ","), ("tsv", "\t")])
    pairs = pairs_of(dice, '\t,;"|\n', odd=0.1)
    turn = -1 if dice.random() < 0.5 else 1
    content = "".join(delimiter.join(pair[::turn]) + "\n" for pair in pairs)
    return File("headerless", role, ending, content.encode(), len(pairs), rows_in(role, pairs))


def cut_short(dice, role):
    """A csv that ends in the middle of a row."""
    whole = csv_by_library(dice, role)
    return File("cut short", role, whole.ending, whole.content[: dice.randrange(len(whole.content))])
