"""Tables that are tried, each with what must come out: csv as spreadsheets save it, compressed files, Arrow, JSON."""

import bz2
import gzip
import importlib
import io
import json
import lzma
import tarfile
import zipfile

from file_case import CARD, LATE, PAIR, PRINTER, SETS, Case, lines, table

CSV = table(["text", "label"], *PAIR)
SEMICOLONS = CSV.replace(LATE, "LATE").replace(",", ";").replace('"LATE"', "LATE").replace("LATE", LATE)
TABS = "".join("\t".join(row) + "\r\n" for row in [("text", "label"), *PAIR])
FRENCH = [("l'imprimante de l'étage est cassée", "matériel"), ("ma carte a été débitée", "facturation")]
POLISH = [("drukarka się zepsuła, proszę o pomoc", "sprzęt"), ("płatność została pobrana dwa razy", "płatność")]
RUSSIAN = [("принтер на втором этаже сломан", "техника"), ("с карты списали деньги дважды", "оплата")]


def encoded(pairs, encoding, delimiter=";"):
    """Return a csv in an encoding, as a spreadsheet saves it."""
    text = "".join(delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) + "\r\n"
                   for row in [("text", "label"), *pairs])  # fmt: skip
    return lambda: text.encode(encoding)


def zipped(*names):
    """Return an archive of files."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, CSV)
    return stream.getvalue()


def tarred():
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        member = tarfile.TarInfo("a.csv")
        member.size = len(CSV.encode())
        archive.addfile(member, io.BytesIO(CSV.encode()))
    return stream.getvalue()


def by_zstandard(path):
    path.write_bytes(importlib.import_module("zstandard").ZstdCompressor().compress(CSV.encode()))


def frame(library, method, labels=None, **options):
    """Return what writes a table by a method of a data frame, of pandas or polars."""

    def write(path):
        made = importlib.import_module(library)
        texts, own = [text for text, _ in PAIR], labels or [label for _, label in PAIR]
        getattr(made.DataFrame({"text": texts, "label": own}), method)(path, **options)

    return lambda: write


def categories(library):
    """Return what writes labels as categories into parquet."""

    def write(path):
        made = importlib.import_module(library)
        labels = [label for _, label in PAIR]
        own = made.Categorical(labels) if library == "pandas" else made.Series(labels, dtype=made.Categorical)
        table = made.DataFrame({"text": [text for text, _ in PAIR], "label": own})
        getattr(table, "to_parquet" if library == "pandas" else "write_parquet")(path)

    return lambda: write


def data_set(path):
    """Write a data set into a folder as the library datasets saves it, and move its only shard."""
    import datasets

    own = datasets.Dataset.from_dict({"text": [text for text, _ in PAIR], "label": [label for _, label in PAIR]})
    own.save_to_disk(str(path.with_suffix("")))
    next(path.with_suffix("").glob("*.arrow")).rename(path)


def data_set_lines(path):
    import datasets

    datasets.Dataset.from_list([{"text": text, "label": label} for text, label in PAIR]).to_json(str(path))


def doc_bin(path):
    import spacy
    from spacy.tokens import DocBin

    nlp, docs = spacy.blank("en"), DocBin(store_user_data=True)
    for text, label in PAIR:
        doc = nlp(text)
        doc.cats = {own: float(own == label) for own in ("hardware", "billing")}
        docs.add(doc)
    docs.to_disk(path)


RECORDS = [{"text": text, "label": label} for text, label in PAIR]
NUMBERED = [(PRINTER, "0"), (CARD, "1"), (LATE, "0")]
CASES = [
    Case("excel.csv", lambda: CSV.encode("utf-8-sig"), PAIR, numbers=[2, 3, 4]),
    Case("excel-semicolons.csv", lambda: SEMICOLONS, PAIR),
    Case("excel-sep.csv", lambda: "sep=;\r\n" + SEMICOLONS, PAIR),
    Case("excel-cp1252.csv", encoded(FRENCH, "cp1252"), FRENCH, 2, ("read as cp1252",)),
    Case("excel-cp1250.csv", encoded(POLISH, "cp1250"), POLISH, 2, ("read as cp1250",)),
    Case("excel-cp1251.csv", encoded(RUSSIAN, "cp1251"), RUSSIAN, 2, ("read as cp1251",)),
    Case("excel-unicode.txt", encoded(FRENCH, "utf-16", "\t"), FRENCH, 2, ("separated by tabs",)),
    Case("excel-utf-16.csv", encoded(FRENCH, "utf-16"), FRENCH, 2),
    Case("excel-tabs.txt", lambda: TABS, PAIR, said=("separated by tabs",)),
    Case("tabs.tsv", lambda: TABS, PAIR),
    Case("tabs.csv", lambda: TABS, PAIR),
    Case("pipes.csv", lambda: TABS.replace("\t", "|"), PAIR, said=("the delimiter is |",)),
    Case("quoted-lines.csv", lambda: table(["id", "text", "label"], *(
        [n, f"Hello,\n{text}", label] for n, (text, label) in enumerate(PAIR))),
        [(f"Hello,\n{text}", label) for text, label in PAIR], numbers=[2, 3, 4], lines=[2, 4, 6]),
    Case("unix.csv", lambda: CSV.replace("\r\n", "\n"), PAIR),
    Case("old-mac.csv", lambda: CSV.replace("\r\n", "\r"), PAIR, numbers=[2, 3, 4]),
    Case("mixed-line-ends.csv", lambda: CSV.replace("\r\n", "\n", 2), PAIR, numbers=[2, 3, 4]),
    Case("trailing-delimiter.csv", lambda: CSV.replace("\r\n", ",\r\n"), PAIR),
    Case("trailing-delimiter-of-rows.csv", lambda: CSV.replace("\r\n", ",\r\n").replace("label,", "label", 1), PAIR),
    Case("ragged.csv", lambda: CSV + "no label\r\na,b,c\r\n", PAIR, 5,
        ("1 instead of 2 fields (line 5)", "3 instead of 2 fields (line 6)")),
    Case("nul.csv", lambda: CSV + "half\0way,billing\r\n", [*PAIR, ("half�way", "billing")], 4,
        ("nul.csv:5: a NUL character is read as �",)),
    Case("blank-rows.csv", lambda: CSV.replace("\r\n", "\r\n\r\n"), PAIR, 6, numbers=[3, 5, 7]),
    Case("blank-cells.csv", lambda: CSV + ",\r\n,\r\n", PAIR, 5, ("(line 5, 6)",)),
    Case("header-only.csv", lambda: "text,label\r\n", error="header-only.csv: is empty"),
    Case("nothing.csv", lambda: "", error="nothing.csv: is empty"),
    Case("spaces.csv", lambda: CSV.replace("hardware", " hardware "), PAIR),
    Case("percents.csv", lambda: table(["text", "label"], [PRINTER, "50%"], [CARD, "25%"]),
        [(PRINTER, "50%"), (CARD, "25%")], 2),
    Case("truth.csv", lambda: table(["text", "label"], [PRINTER, "TRUE"], [CARD, "FALSE"]),
        [(PRINTER, "TRUE"), (CARD, "FALSE")], 2),
    Case("texts-alone.csv", lambda: table(["text"], *([text] for text, _ in PAIR)), error="no column 'label'"),
    Case("texts-alone.txt", lambda: "".join(f"{text}\n" for text, _ in PAIR), error="has no labels"),
    Case("twice.csv", lambda: table(["text", "text", "label"], *([text, text, own] for text, own in PAIR)),
        error="2 columns are called 'text'"),
    Case("capitals.csv", lambda: CSV.replace("text,label", "Text,LABEL"), PAIR),
    Case("own-names.csv", lambda: CSV.replace("text,label", "Body,Category"), PAIR, text_column="Body",
        label_column="Category"),
    Case("ids.csv", lambda: table(["Ticket ID", "text", "label"], *([f"T-{n}", *one] for n, one in enumerate(PAIR))),
        PAIR, ids=["T-0", "T-1", "T-2"]),
    Case("label-columns.csv", lambda: table(["text", "label_1", "label_2"], [PRINTER, "hardware", ""],
        [CARD, "billing", "urgent"], [LATE, "", "urgent"]), SETS),
    Case("none-of-them.csv", lambda: table(["text", "hardware", "billing"], [PRINTER, 1, 0], [CARD, 0, 1],
        ["hm", 0, 0]), [(PRINTER, ("hardware",)), (CARD, ("billing",)), ("hm", ())], said=("columns of 0 and 1",)),
    Case("all-zero.csv", lambda: table(["text", "hardware", "billing"], [PRINTER, 0, 0], [CARD, 0, 0]),
        error="no column 'label'"),
    Case("vectors.jsonl", lambda: [{"text": text, "label": [int("hardware" in own), int("billing" in own),
        int("urgent" in own)]} for text, own in SETS],
        [(PRINTER, ("0",)), (CARD, ("1", "2")), (LATE, ("2",))], said=("indicators of the labels 0 to 2",)),
    Case("csv.csv.gz", lambda: gzip.compress(CSV.encode()), PAIR),
    Case("csv.csv.bz2", lambda: bz2.compress(CSV.encode()), PAIR),
    Case("csv.csv.xz", lambda: lzma.compress(CSV.encode()), PAIR),
    Case("csv.csv.zst", lambda: by_zstandard, PAIR),
    Case("csv.zip", lambda: zipped("a.csv"), PAIR),
    Case("mac.zip", lambda: zipped("a.csv", "__MACOSX/._a.csv"), PAIR),
    Case("two.zip", lambda: zipped("a.csv", "b.csv"), error="two.zip: holds"),
    Case("csv.tgz", tarred, error="csv.tgz: unknown file format 'tgz'; unpack it"),
    Case("csv.tar.gz", tarred, error="csv.tar.gz: unknown file format 'tar'; unpack it"),
    Case("zip-within.csv.gz", lambda: gzip.compress(zipped("a.csv")), error="is a zip or a workbook"),
    Case("gzip-within.csv.gz", lambda: gzip.compress(gzip.compress(CSV.encode())), error="is a gzip file"),
    Case("gzip-called.csv", lambda: gzip.compress(CSV.encode()), error="is a gzip file"),
    Case("bzip2-called.csv", lambda: bz2.compress(CSV.encode()), error="is a bzip2 file"),
    Case("xz-called.jsonl", lambda: lzma.compress(CSV.encode()), error="is an xz file"),
    Case("csv-called.csv.gz", lambda: CSV, error="cannot be unpacked as gzip"),
    Case("cut.csv.gz", lambda: gzip.compress(CSV.encode())[:-9], error="cannot be unpacked as gzip"),
    Case("pandas.csv", frame("pandas", "to_csv"), PAIR),
    Case("pandas.csv.gz", frame("pandas", "to_csv", index=False), PAIR),
    Case("pandas.parquet", frame("pandas", "to_parquet"), PAIR, numbers=[1, 2, 3]),
    Case("pandas.feather", frame("pandas", "to_feather"), PAIR),
    Case("pandas-categories.parquet", categories("pandas"), PAIR),
    Case("pandas-gaps.parquet", frame("pandas", "to_parquet", [0.0, 1.0, None]), NUMBERED[:2], 3,
        ("empty label (line 3)",)),
    Case("pandas-records.json", frame("pandas", "to_json", orient="records"), PAIR),
    Case("pandas-lines.jsonl", frame("pandas", "to_json", orient="records", lines=True), PAIR),
    Case("pandas-columns.json", frame("pandas", "to_json"), PAIR, said=("an object of columns",)),
    Case("pandas-split.json", frame("pandas", "to_json", orient="split"), PAIR,
        said=("an object of columns",)),
    Case("pandas-index.json", frame("pandas", "to_json", orient="index"), PAIR, said=("an object of records",)),
    Case("columns.json", lambda: {"text": [text for text, _ in PAIR], "label": [label for _, label in PAIR]}, PAIR,
        said=("an object of columns",)),
    Case("pandas-table.json", frame("pandas", "to_json", orient="table", index=False), PAIR, said=("key 'data'",)),
    Case("polars.csv", frame("polars", "write_csv"), PAIR),
    Case("polars.parquet", frame("polars", "write_parquet"), PAIR),
    Case("polars.arrow", frame("polars", "write_ipc"), PAIR),
    Case("polars-stream.arrow", frame("polars", "write_ipc_stream"), PAIR),
    Case("polars-compressed.feather", frame("polars", "write_ipc", compression="zstd"), PAIR),
    Case("polars-categories.parquet", categories("polars"), PAIR),
    Case("polars-lists.parquet", frame("polars", "write_parquet", [list(own) for _, own in SETS]), SETS),
    Case("polars-numbers.parquet", frame("polars", "write_parquet", [0, 1, 0]), NUMBERED),
    Case("polars.json", frame("polars", "write_json"), PAIR),
    Case("polars.ndjson", frame("polars", "write_ndjson"), PAIR),
    Case("datasets.arrow", lambda: data_set, PAIR),
    Case("datasets.jsonl", lambda: data_set_lines, PAIR),
    Case("text-called.parquet", lambda: CSV, error="not a parquet file"),
    Case("text-called.arrow", lambda: CSV, error="not an Arrow file"),
    Case("parquet-called.csv", lambda: lambda path: frame("pandas", "to_parquet")()(path), error="is a parquet file"),
    Case("arrow-called.csv", lambda: lambda path: frame("polars", "write_ipc")()(path), error="is an Arrow file"),
    Case("array.json", lambda: RECORDS, PAIR, numbers=[1, 2, 3]),
    Case("one-key.json", lambda: {"data": RECORDS, "version": 2}, PAIR, said=("the records are those of key 'data'",)),
    Case("lines-called.json", lambda: lines(RECORDS), PAIR),
    Case("array-called.jsonl", lambda: json.dumps(RECORDS), PAIR, said=("is one JSON array",)),
    Case("marked.json", lambda: b"\xef\xbb\xbf" + json.dumps(RECORDS).encode(), PAIR),
    Case("pretty.jsonl", lambda: "".join(json.dumps(own, indent=1) + "\n" for own in RECORDS), error="pretty.jsonl"),
    Case("broken-line.jsonl", lambda: lines(RECORDS) + '{"text": "half\n', PAIR, 4, ("not a JSON object", "(line 4)")),
    Case("not-all-keys.jsonl", lambda: [*RECORDS, {"text": "no label"}, {"label": "billing"}], PAIR, 5,
        ("empty label (line 4)", "empty text (line 5)")),
    Case("spacy.spacy", lambda: doc_bin, PAIR, said=("read as spaCy",)),
    Case("title.csv", lambda: "Export of 1 May,\r\n\r\n" + CSV, PAIR, numbers=[4, 5, 6],
        said=("the header is line 3; what stands above is left out",)),
    Case("comment-semicolons.csv", lambda: "# from the helpdesk\r\n" + SEMICOLONS, PAIR, said=("header is line 2",)),
    Case("two-marks.csv", lambda: "\ufeff\ufeff" + CSV, PAIR),
    Case("marked-sep.csv", lambda: "\ufeffsep=;\r\n" + SEMICOLONS, PAIR),
    Case("carriage-returns.csv", lambda: CSV.replace("\r\n", "\r\r\n"), PAIR, 6),
    Case("backslashes.csv", lambda: CSV + '"he said \\"no\\", twice",billing\r\n', PAIR, 4, ("3 instead of 2 fields",)),
    Case("json-lines-called.csv", lambda: lines(RECORDS), error="is JSON instead of cells"),
    Case("json-called.csv", lambda: json.dumps(RECORDS), error="is JSON instead of cells"),
    Case("page-called.csv", lambda: "<html><table><tr><td>text</td></tr></table></html>", error="is HTML"),
    Case("csv-called.jsonl", lambda: CSV, error="no row can be read"),
    Case("csv-called.json", lambda: CSV, error="is not JSON"),
    Case("two-members.csv.gz", lambda: gzip.compress(CSV[:50].encode()) + gzip.compress(CSV[50:].encode()), PAIR),
    Case("two-members.csv.bz2", lambda: bz2.compress(CSV[:50].encode()) + bz2.compress(CSV[50:].encode()), PAIR),
    Case("padded.csv.xz", lambda: lzma.compress(CSV.encode()) + bytes(8), PAIR),
    Case("damaged-member.csv.bz2", lambda: bz2.compress(CSV[:50].encode()) + b"BZx" + bz2.compress(b"a,b")[3:],
        error="cannot be unpacked as bzip2"),
    Case("damaged-member.csv.xz", lambda: lzma.compress(CSV.encode()) + b"junk", error="cannot be unpacked as xz"),
    Case("CAPITALS.CSV.GZ", lambda: gzip.compress(CSV.encode()), PAIR),
    Case("not-a-number.jsonl", lambda: '{"text": "hm", "label": NaN}\n' + lines(RECORDS), PAIR, 4,
        ("empty label (line 1)",)),
    Case("twice-in-a-line.jsonl", lambda: '{"text": "a", "label": "x", "label": "y"}\n' + lines(RECORDS), PAIR, 4,
        ("key 'label' is repeated",)),
    Case("parts.json", lambda: {"train": RECORDS, "test": RECORDS}, error="records under the keys 'train', 'test'"),
    Case("polars-truth.parquet", frame("polars", "write_parquet", [True, False, True]),
        [(PRINTER, "True"), (CARD, "False"), (LATE, "True")]),
    Case("polars-gaps.parquet", frame("polars", "write_parquet", ["hardware", None, "hardware"]),
        [PAIR[0], PAIR[2]], 3, ("empty label (line 2)",)),
    Case("numbered.csv", lambda: table(["id", "text", "hardware", "billing"], [0, PRINTER, 1, 0], [1, CARD, 0, 1]),
        [(PRINTER, ("hardware",)), (CARD, ("billing",))], 2, ("labels are hardware, billing",)),
    Case("messages.jsonl", lambda: [{"text": [{"role": "user", "content": text}], "label": label} for text, label
        in PAIR[:2]], [(f'[{{"role": "user", "content": "{text}"}}]', label) for text, label in PAIR[:2]], 2,
        ("2 rows read as JSON instead of text: 'text' is an object or a list (line 1, 2)",)),
]  # fmt: skip
