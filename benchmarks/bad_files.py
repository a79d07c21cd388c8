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
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from file_makers import MAKERS

from fewtext.classify.answer_layout import Layout
from fewtext.classify.prediction import Neighbour, Prediction
from fewtext.cli.app import make_app
from fewtext.cli.written import Written
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.examples import read_label_names, read_support
from fewtext.files.queries import read_queries
from fewtext.files.tables import write_table

NOT_SOUND = re.compile(r": (\d+) rows? (?:skipped|classified as they are)")
AS_ONE_ROW = "lines between two quotes are read as one row"


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
            message = str(error)
            return (
                "an error of several lines" if "\n" in message else f"a sound file: {message}" * file.quiet
            ), "refused"
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
    skipped = 0 if file.role == "query" else sum(int(found[1]) for one in said if (found := NOT_SOUND.search(one)))
    if len(got) + skipped != file.rows:
        return f"{file.rows} rows written, {len(got)} read, {skipped} said to be skipped: {said}"
    if missed := [words for words in file.message if not any(words in one for one in said)]:
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
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of columns called as the answers' are
            written = Written(queries, Layout(["a", "b"], 2, True, 1, kind == "jsonl"), None)
        stream = io.StringIO()
        write_table(stream, kind, written.columns, written.rows([answer] * len(queries.texts), queries))
        texts = parsed(stream.getvalue(), kind, written.columns[queries.place], written.columns)
        if texts != queries.shown:
            return f"{kind} has {len(texts)} answers to {len(queries.shown)} queries, or other texts"
    return ""


def parsed(content, kind, name=None, columns=None):
    """Return a column of an output, or the first, as the standard library reads it; ``ValueError`` if invalid."""
    if kind == "jsonl":
        found = [json.loads(line, parse_constant=int) for line in content.split("\n")[:-1]]
        return [row[name] if name else next(iter(row.values())) for row in found]
    rows = list(csv.reader(io.StringIO(content, newline=""), delimiter="," if kind == "csv" else "\t", strict=True))
    if any(len(row) != len(rows[0]) for row in rows) or columns and rows[0] != list(columns):
        raise ValueError("rows of another width than the header, or another header")
    return [row[rows[0].index(name) if name else 0] for row in rows[1:]]


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
