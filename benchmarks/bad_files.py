"""Files as people and programs write them, well and badly: every row comes through, or it is said why not.

    python benchmarks/bad_files.py --files 10000 --seed 0

The generator knows how many rows it wrote and which of them are sound, and holds the reader to that: an error of one
line, or every sound row as it was written and a warning that counts the others. What is written for queries is parsed
by the standard library: a row for each query. One file in --command-every goes through the whole command. A file can be
had again by its number: --only 17. Exits with 1 where something does not hold.
"""

import argparse
import csv
import io
import json
import random
import re
import sys
import tempfile
import traceback
import warnings
import zipfile
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

from fewtext.cli.answers import Layout, joined, without_clashes
from fewtext.cli.app import make_app
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.inputs import read_label_names, read_queries, read_support
from fewtext.prediction import Neighbour, Prediction
from fewtext.tables import write_table

WORDS = "card refund printer toner paper invoice was is the not twice on my arrived screen jam two".split()
LABELS = ["printing", "payment", "card_arrival", "größe", "x y", "Ja"]
ODD = [
    '"',
    '""',
    "'",
    ",",
    ";",
    "|",
    "\u2028",
    "\u0085",
    "\x0b",
    "😀",
    "=1+1",
    "\\",
    "\u202e",
    "NaN",
    "{",
    "[1]",
    "#",
    "-",
]
NOT_SOUND = re.compile(r": (\d+) rows? (?:set aside|classified as they stand)")
AS_ONE_ROW = "lines between two quotes are read as one row"


@dataclass
class File:
    """What was written: how many rows, None where nobody can tell, and the sound ones, which must come through."""

    kind: str
    role: str
    ending: str
    content: bytes
    rows: int | None = None
    sound: list = field(default_factory=list)
    quiet: bool = False
    """A sound file: neither an error nor a warning is right."""
    banned: set = field(default_factory=set)
    """Texts that must not come through."""
    told: tuple = ()
    """What a warning must say."""


def text_of(dice, forbidden="", odd=0.5):
    """Return a text of a few words, odd characters among them, without those of the file's own syntax."""
    parts = dice.choices(WORDS, k=dice.randint(2, 6))
    while dice.random() < odd:
        parts.insert(dice.randrange(len(parts) + 1), dice.choice(ODD))
        odd *= 0.7
    text = dice.choice([" ", "", " "]).join(parts) if dice.random() < 0.2 else " ".join(parts)
    return "".join(character for character in text if character not in forbidden).strip() or "text here"


def pairs_of(dice, forbidden="", odd=0.5):
    """Return rows, of two labels at least, so that a classifier can be fitted."""
    labels = dice.sample([label for label in LABELS if not set(label) & set(forbidden)], dice.randint(2, 3))
    count = dice.randint(4, 12)
    return [(text_of(dice, forbidden, odd), labels[i % len(labels)]) for i in range(count)]


def encoded(dice, text):
    """Return the bytes of a text in one of the encodings that are read, with a mark where that is needed."""
    return dice.choice([text.encode(), text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")])


def rows_in(role, pairs, sound=None):
    """Return what the reader must bring of such rows, by role."""
    kept = [pair for pair, good in zip(pairs, sound or [True] * len(pairs), strict=True) if good]
    return kept if role == "support" else [text for text, _ in kept]


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


def damaged(dice, role):
    """A file of any kind with bytes changed, put in or taken out."""
    whole = dice.choice([csv_by_library, plain, jsonl, lines, parquet])(dice, role)
    content = bytearray(whole.content)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(content) + 1)
        content[at : at + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
    return File("damaged", role, whole.ending, bytes(content))


def jsonl(dice, role):
    """A jsonl, with lines that are none, and values that only some know how to write."""
    pairs, out, sound = pairs_of(dice, "|"), [], []
    for text, label in pairs:
        record = {"text": text, "label": label}
        extra = dice.choice(
            [{}, {"n": [float("nan")]}, {"score": float("inf")}, {"big": 10**400}, {"deep": {"a": [{}]}}]
        )
        good = dice.random() < 0.8
        line = json.dumps({**record, **extra}, ensure_ascii=dice.random() < 0.5)
        if not good:
            broken = [
                "{",
                line[:-1],
                "[1, 2]",
                "null",
                "text",
                '{"label": null}',
                '{"text": ""}',
                '{"text": 1, "text": 2}',
            ]
            line = dice.choice([*broken, "[" * 100_000, '{"text": NaN}', '{"n": ' + "9" * 5000 + "}", "{}"])
        out.append(line)
        sound.append(good)
    content = dice.choice(["\n", "\r\n", "\n\n"]).join(out) + dice.choice(["", "\n"])
    return File(
        "jsonl", role, dice.choice(["jsonl", "ndjson"]), encoded(dice, content), len(out), rows_in(role, pairs, sound)
    )


def label_cells(dice, role):
    """A jsonl whose labels are lists, vectors, objects, numbers or booleans."""
    pairs, names = pairs_of(dice, "|", odd=0.2), ["a", "b", "c"]
    chosen = [dice.sample(range(3), dice.randint(1, 2)) for _ in pairs]
    form = dice.choice(["list", "vector", "object", "number", "boolean", "junk"])
    cells = {
        "list": [[names[i] for i in own] for own in chosen],
        "vector": [[int(i in own) for i in range(3)] for own in chosen],
        "object": [{name: float(i in own) for i, name in enumerate(names)} for own in chosen],
        "number": [dice.choice([i % 2, float(i % 2)]) for i in range(len(pairs))],
        "boolean": [i % 2 == 0 for i in range(len(pairs))],
        "junk": [dice.choice([{"name": "a"}, [["a"]], {"a": 7}, [None]]) for _ in pairs],
    }[form]
    meant = {
        "list": [tuple(names[i] for i in own) for own in chosen],
        "vector": [tuple(str(i) for i in sorted(own)) for own in chosen],
        "object": [tuple(names[i] for i in sorted(own)) for own in chosen],
        "number": [str(int(cell)) for cell in cells] if form == "number" else [],
        "boolean": [str(cell) for cell in cells],
        "junk": [],
    }[form]
    sound = [(text, label) for (text, _), label in zip(pairs, meant or [""] * len(pairs), strict=True)] if meant else []
    content = "".join(
        json.dumps({"text": text, "label": cell}) + "\n" for (text, _), cell in zip(pairs, cells, strict=True)
    )
    banned = {text for text, _ in pairs} if form == "junk" else set()
    return File(f"labels: {form}", "support", "jsonl", content.encode(), len(pairs), sound, False, banned)


def annotated(dice, role):
    """A csv out of a tool for annotation, some of whose rows were rejected, with labels that look missing."""
    pairs = [(f"{text} {n}", label) for n, (text, label) in enumerate(pairs_of(dice, odd=0.1))]
    sound = [dice.random() < 0.7 for _ in pairs]
    column, yes, no = dice.choice(
        [("answer", "accept", "reject"), ("status", "submitted", "discarded"), ("answer", "accept", "ignore")]
    )
    pairs = [(text, dice.choice([label] * 5 + ["\\N", "-1", "None"])) for text, label in pairs]
    stream = io.StringIO()
    csv.writer(stream).writerows(
        [("text", "label", column), *((*p, yes if s else no) for p, s in zip(pairs, sound, strict=True))]
    )
    banned = {text for (text, _), good in zip(pairs, sound, strict=True) if not good}
    kept = rows_in("support", pairs, sound)
    told = ["marked"] * bool(banned) + [repr(label) for label in {label for _, label in kept} & {"\\N", "-1", "None"}]
    return File("annotated", "support", "csv", stream.getvalue().encode(), len(pairs), kept, False, banned, tuple(told))


def lines(dice, role):
    """A txt of texts, or of labels, one a line."""
    texts = [text_of(dice, "\n\r") if dice.random() < 0.9 else "" for _ in range(dice.randint(1, 10))]
    content = encoded(dice, "\n".join(texts) + "\n")
    return File("txt", "query", "txt", content, len(texts), [text for text in texts if text], quiet=True)


def names(dice, role):
    """Labels with descriptions, or alone."""
    pairs = [(f"{label} {n}", text) for n, (text, label) in enumerate(pairs_of(dice, "\n\r"))]
    if dice.random() < 0.3:
        return File(
            "labels, txt",
            "labels",
            "txt",
            "\n".join(label for label, _ in pairs).encode(),
            len(pairs),
            [p[0] for p in pairs],
        )
    stream = io.StringIO()
    csv.writer(stream).writerows([("label", "description"), *pairs])
    return File("labels, csv", "labels", "csv", stream.getvalue().encode(), len(pairs), [label for label, _ in pairs])


def parquet(dice, role):
    """A parquet file, of any types."""
    import pyarrow
    from pyarrow import parquet as library

    pairs = pairs_of(dice, "|")
    sound = [dice.random() < 0.8 for _ in pairs]
    texts = [text if good else dice.choice([None, ""]) for (text, _), good in zip(pairs, sound, strict=True)]
    columns = {"text": texts, "label": pyarrow.array([label for _, label in pairs]).dictionary_encode()}
    more = dice.choice(
        [[float("nan")] * len(pairs), [{"a": [float("inf")]}] * len(pairs), [b"\xff"] * len(pairs), [None] * len(pairs)]
    )
    stream = io.BytesIO()
    library.write_table(pyarrow.table({**columns, "more": more}), stream)
    return File("parquet", role, "parquet", stream.getvalue(), len(pairs), rows_in(role, pairs, sound))


def no_table(dice, role):
    """What is no table: packed, a workbook, empty, noise, a zip of tables, or one whose members lead out of it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in dice.choice([["train.csv"], ["../../out/x.png", "../a/y.png"], ["a/x.png", "b/y.png"], []]):
            archive.writestr(name, dice.randbytes(20))
    bodies = [
        b"",
        b"\x1f\x8b" + dice.randbytes(30),
        dice.randbytes(dice.randint(1, 200)),
        stream.getvalue(),
        b"\n\n",
        b"text,label\n",
    ]
    ending = dice.choice(["csv", "tsv", "jsonl", "parquet", "txt", "zip", "csv.gz", "xlsx", "yml", "json", ""])
    return File("no table", role, ending, dice.choice(bodies))


MAKERS = [
    *(csv_by_library, plain, plain, wrong_fields, blank_lines, headerless, cut_short, damaged),
    *(jsonl, label_cells, annotated, lines, names, parquet, no_table),
]


def trouble_with(file, path):
    """Read a file, and write answers where it holds queries; return what does not hold, and what was said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if file.role == "query":
                queries = read_queries(path)
                got = queries.texts
                fault = fault_of_output(queries)
            elif file.role == "labels":
                got, fault = list(read_label_names(path)), ""
            else:
                examples = read_support(path, several=None)
                got, fault = list(zip(examples.texts, examples.labels, strict=True)), ""
        except FewtextError as error:
            told = str(error)
            return ("an error of several lines" if "\n" in told else f"a sound file: {told}" * file.quiet), "refused"
        except Exception:
            return f"a traceback: {traceback.format_exc(limit=-2)}", ""
    said = [str(one.message) for one in caught if issubclass(one.category, FewtextWarning)]
    return fault or fault_of_rows(file, got, said), "warned" if said else "silent"


def fault_of_rows(file, got, said):
    """Return what is wrong with the rows that were read, by what was written and what was said."""
    if file.quiet and said:
        return f"a warning for a sound file: {said}"
    if file.rows is None or any(AS_ONE_ROW in one for one in said):
        return ""
    aside = 0 if file.role == "query" else sum(int(found[1]) for one in said if (found := NOT_SOUND.search(one)))
    if len(got) + aside != file.rows:
        return f"{file.rows} rows written, {len(got)} read, {aside} said to be set aside: {said}"
    if missed := [words for words in file.told if not any(words in one for one in said)]:
        return f"not said: {missed}, but {said}"
    if file.role == "query":
        got = [text.strip() for text in got]
    elif through := [row for row in got if row[0] in file.banned]:
        return f"read though rejected, or no label: {through[:3]}"
    lost = Counter(file.sound) - Counter(_as_meant(got, file.sound))
    return f"not as written: {list(lost)[:2]} in {got[:3]}" if lost else ""


def _as_meant(got, sound):
    """Of one label a text there may be tuples of one, where other rows have several."""
    several = any(isinstance(row, tuple) and isinstance(row[1], tuple) for row in sound)
    if got and isinstance(got[0], tuple) and isinstance(got[0][1], tuple) and not several:
        return [(text, own[0] if len(own) == 1 else own) for text, own in got]
    return got


def fault_of_output(queries):
    """Write an answer to each query, as the command does; return what the standard library finds wrong with it."""
    answer = Prediction("q", [("a", 0.5), ("b", 0.5)], [Neighbour('"near\n', "a", 0.5, False)])
    for kind in ("csv", "tsv", "jsonl"):
        layout = Layout(queries.kind, ["a", "b"], 2, True, 1, kind == "jsonl")
        columns = [*without_clashes(queries.columns, layout.columns), *layout.columns]
        stream = io.StringIO()
        write_table(stream, kind, columns, joined(queries, [answer] * len(queries.texts), layout))
        texts = parsed(stream.getvalue(), kind, columns)
        if texts != queries.shown:
            return f"{kind} has {len(texts)} answers to {len(queries.shown)} queries, or other texts"
    return ""


def parsed(content, kind, columns=None):
    """Return the texts of an output, read by the standard library; raise ``ValueError`` where it is not valid."""
    if kind == "jsonl":
        found = [json.loads(line, parse_constant=int) for line in content.split("\n")[:-1]]
        return [row["text" if "text" in row else "image"] for row in found]
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter="," if kind == "csv" else "\t", strict=True))
    if any(len(row) != len(rows[0]) for row in rows) or columns and rows[0] != list(columns):
        raise ValueError("rows of another width than the header, or another header")
    return [row[rows[0].index("text" if "text" in rows[0] else "image")] for row in rows[1:]]


def trouble_with_command(file, path, other, kind):
    """Classify with the whole command, in this process; return what does not hold."""
    queries = path if file.role == "query" else other["query"]
    given = [f"--{file.role}", path] if file.role != "query" else ["--support", other["support"]]
    out, err = io.StringIO(), io.StringIO()
    arguments = ["classify", *map(str, given), "--query", str(queries), "--encoder", "tfidf", "--format", kind]
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            make_app()(arguments, standalone_mode=False)
        except FewtextError as error:
            return "an error of several lines" if "\n" in str(error) else ""
        except Exception:
            return f"a traceback: {traceback.format_exc(limit=-2)}"
    try:
        answers = len(parsed(out.getvalue(), kind))
    except (ValueError, KeyError) as error:
        return f"an output that is no {kind}: {error}"
    wanted = 2 if file.role != "query" else len(read_queries(path).texts)
    return "" if answers == wanted else f"{answers} answers to {wanted} queries"


def run(files, seed, command_every, only=None, show=print):
    """Try files; return how many do not hold."""
    tally, failed = Counter(), 0
    with tempfile.TemporaryDirectory() as folder:
        other = {"query": Path(folder, "q.txt"), "support": Path(folder, "s.csv")}
        other["query"].write_text("the printer is broken\nmy card was refused\n")
        other["support"].write_text(
            "text,label\nthe printer is broken,printing\npaper jam,printing\nmy card,payment\nrefund,payment\n"
        )
        for number in range(files) if only is None else [only]:
            dice = random.Random(f"{seed}/{number}")
            file = dice.choice(MAKERS)(dice, dice.choice(["support", "query"]))
            path = Path(folder, f"{number}.{file.ending}" if file.ending else str(number))
            path.write_bytes(file.content)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fault, outcome = trouble_with(file, path)
                if not fault and number % command_every == 0:
                    tally[file.kind, "command"] += 1
                    fault = trouble_with_command(file, path, other, dice.choice(["csv", "tsv", "jsonl"]))
            tally[file.kind, "tried"] += 1
            tally[file.kind, "held"] += not fault
            tally[file.kind, outcome] += 1
            if fault:
                failed += 1
                show(f"--seed {seed} --only {number}: {file.kind}, {file.role}: {fault}\n  {file.content[:300]!r}")
            path.unlink()
    columns = ["tried", "held", "silent", "warned", "refused", "command"]
    show(f"{'':20}" + "".join(f"{column:>9}" for column in columns))
    for kind in [*sorted({kind for kind, _ in tally}), "all"]:
        counts = [sum(n for (k, c), n in tally.items() if c == column and kind in (k, "all")) for column in columns]
        show(f"{kind:20}" + "".join(f"{count:9,}" for count in counts))
    return failed


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--command-every", type=int, default=20)
    parser.add_argument("--only", type=int)
    given = parser.parse_args()
    sys.exit(1 if run(given.files, given.seed, given.command_every, given.only) else 0)
