"""Files as people have them, each with what must come out of it: read, and converted into every format.

    pip install "fewtext[dev]" argilla msoffcrypto-tool requests spacy srsly
    python benchmarks/file_kinds.py build/files

Writes a folder of workbooks, tables and exports with the libraries that write them; a file whose library is not
installed is left out. Reads each as the commands do: its texts and labels, the numbers of its rows, what is set aside
and said, or an error of one line. Converts it to jsonl and back, an export to every format. Exits with 1 where
something differs.
"""

import importlib
import io
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

import export_cases
import table_cases
import workbook_cases
from file_case import lines, pages

from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.examples import read_support
from fewtext.files.exports.conversion import WRITERS, read_to_write
from fewtext.files.queries import read_queries
from fewtext.files.source import Source

CASES = [*workbook_cases.CASES, *table_cases.CASES, *export_cases.CASES]
ENDINGS = {"csv": "csv", "fasttext": "txt", "rasa": "yml", "label-studio": "json", "argilla": "json"}
ONE_INTENT = "rasa"  # has one label a text
A_LINE_EACH = ("fasttext", "rasa")  # has no line breaks in texts


def writers():
    """Return what writes lines and documents of JSON: srsly as Prodigy and spaCy use it, or the standard library."""
    try:
        srsly = importlib.import_module("srsly")
    except ImportError:
        return lines, pages
    return (lambda rows: "".join(srsly.json_dumps(row) + "\n" for row in rows)), srsly.json_dumps


def said_of(call):
    """Return what a call returns, or the message of its error, and what it warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            result = call()
        except FewtextError as error:
            result = str(error)
        except Exception:
            result = f"a traceback: {traceback.format_exc(limit=-3)}"
    return result, [str(one.message) for one in caught if issubclass(one.category, FewtextWarning)]


def fault_of(case, path):
    """Read a file; return what is not as it must be."""
    source = Source(str(path), case.sheet)
    read, said = said_of(lambda: read_support(source, case.text_column, case.label_column, several=None))
    if case.error:
        return "" if isinstance(read, str) and case.error in read and "\n" not in read else f"no error: {read}, {said}"
    if isinstance(read, str):
        return read
    if (got := list(zip(read.texts, read.labels, strict=True))) != case.examples:
        return f"{got} instead of {case.examples}, {said}"
    for kind in ("numbers", "lines", "ids"):
        if getattr(case, kind) not in (None, own := getattr(read, kind)):
            return f"{kind} {own} instead of {getattr(case, kind)}"
    if missing := [words for words in case.said if not any(words in one for one in said)]:
        return f"not said: {missing} in {said}"
    if not case.said and len(case.examples) == case.rows and said:
        return f"said of a plain file: {said}"
    queries, _ = said_of(lambda: read_queries(source, case.text_column))
    if isinstance(queries, str) or len(queries.texts) != case.rows:
        return f"{queries if isinstance(queries, str) else len(queries.texts)} instead of {case.rows} queries"
    return ""


def fault_of_conversion(case, path, kind, folder):
    """Convert a file and read the result; return what has changed."""
    target = Path(folder, f"{path.name}.{kind}.{ENDINGS.get(kind, 'jsonl')}")

    def convert():
        content, _ = read_to_write(Source(str(path), case.sheet), case.text_column, case.label_column)
        if kind == ONE_INTENT and content.several:
            return None
        stream = io.StringIO()
        WRITERS[kind](content, stream)
        target.write_text(stream.getvalue(), encoding="utf-8", newline="")
        return read_support(target, several=None)

    back, _ = said_of(convert)
    if back is None or isinstance(back, str):
        return back or ""
    got = {(text, as_set(own)) for text, own in zip(back.texts, back.labels, strict=True)}
    want = {(text, as_set(own)) for text, own in case.examples}
    # A text that has none of the labels cannot be told from one without a label in these.
    want -= {(text, own) for text, own in want if not own and kind in ("csv", "doccano", "fasttext")}
    if kind in A_LINE_EACH:
        want = {(" ".join(text.split()), own) for text, own in want}
    if kind == "fasttext":
        want = {(text, frozenset(label.replace(" ", "_") for label in own)) for text, own in want}
    return f"{sorted(map(str, got ^ want))}" if got != want else ""


def as_set(own):
    """Return labels without their order."""
    return frozenset(own) if isinstance(own, tuple) else frozenset([own])


def run(folder, show=print):
    """Write all files, try them, and return how many are not as they must be."""
    failed = 0
    dump_lines, dump = writers()
    with tempfile.TemporaryDirectory() as converted:
        for case in CASES:
            path = Path(folder, case.name)
            try:
                case.write(path, dump_lines, dump)
            except ImportError as error:
                show(f"left out  {case.name}: {error}")
                continue
            faults = {"read": fault_of(case, path)}
            if not case.error:
                kinds = WRITERS if case in export_cases.CASES else ["jsonl"]
                faults |= {kind: fault_of_conversion(case, path, kind, converted) for kind in kinds}
            found = {kind: fault for kind, fault in faults.items() if fault}
            failed += bool(found)
            show(
                f"{'fails' if found else 'holds'}     {case.name}"
                + "".join(f"\n    {k}: {f}" for k, f in found.items())
            )
    show(f"{len(CASES)} files, {failed} not as they must be")
    return failed


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    sys.exit(run(sys.argv[1]) > 0)
