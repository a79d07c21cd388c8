"""What people and programs write into files, well and badly, and which rows of it must come through or must not."""

import csv
import io
import json
import zipfile

from delimited_makers import blank_lines, csv_by_library, cut_short, headerless, plain, wrong_fields
from made_files import File, encoded, pairs_of, rows_in, text_of


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
    cells: list = {
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
    message = ["marked"] * bool(banned) + [
        repr(label) for label in {label for _, label in kept} & {"\\N", "-1", "None"}
    ]
    return File(
        "annotated", "support", "csv", stream.getvalue().encode(), len(pairs), kept, False, banned, tuple(message)
    )


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


def damaged(dice, role):
    """A file of any kind with bytes changed, put in or taken out."""
    whole = dice.choice([csv_by_library, plain, jsonl, lines, parquet])(dice, role)
    content = bytearray(whole.content)
    for _ in range(dice.randint(1, 5)):
        at = dice.randrange(len(content) + 1)
        content[at : at + dice.randint(0, 3)] = dice.randbytes(dice.randint(0, 3))
    return File("damaged", role, whole.ending, bytes(content))


MAKERS = [
    *(csv_by_library, plain, plain, wrong_fields, blank_lines, headerless, cut_short, damaged),
    *(jsonl, label_cells, annotated, lines, names, parquet, no_table),
]
