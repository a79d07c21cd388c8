"""Answers as they are made: the bytes of those at once, an unfinished file gone on with, lines as they arrive."""

import gzip
import json
import os
import random
import subprocess
import sys
import threading

import pytest
from running import ROOT, settings

from fewtext.classify import encoded
from fewtext.files import open_queries as opening
from fewtext.files.lazy_queries import LazyQueries
from fewtext.files.open_queries import open_queries
from fewtext.files.queries import read_queries

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
SUPPORT = "text,label\n" + "".join(f"{text},{'fruit' if at < 3 else 'vehicle'}\n" for at, text in enumerate(TEXTS))
CSV = (
    'sep=,\nid,text,note\n1,an apple,é\n2,"two\nlines of a car",x\n\n3,he said "hi" to a car,y\n4,"bad" apple,z\n'
    '5,"a, quoted",\n6,too,many,cells\n7,few\n8,,blank\n9,an old pie,"q ""x"""\n\n\n'
)
JSONL = (
    '{"id": 1, "text": "an apple"}\n{broken\n\n[1, 2]\n{"text": "my car", "late": {"a": [1]}}\n{"id": 3, "text": 7}\n'
)
FILES = {
    "q.csv": CSV.encode(),
    "semicolons.csv": CSV.replace("sep=,\n", "").replace(",", ";").encode("utf-8-sig"),
    "q.tsv": b'text\tid\nan apple\t1\nmy "car" is\t2\n\n"half\t3\n',
    "q.jsonl": JSONL.encode(),
    "q.txt": "an apple\r\n\nmy car\rold\u2028pie\nlast".encode("utf-16"),
    "q.csv.gz": gzip.compress(CSV.encode()),
}


@pytest.fixture
def in_parts(monkeypatch, tmp_path):
    """Every file is large, and a part holds four texts."""
    monkeypatch.setattr(opening, "SMALL", 0)
    monkeypatch.setattr(encoded, "CHUNK", 4)
    (tmp_path / "s.csv").write_text(SUPPORT)
    return tmp_path


@pytest.mark.filterwarnings("ignore::fewtext.errors.FewtextWarning")
@pytest.mark.parametrize("name", FILES)
def test_parts_hold_the_rows_of_the_whole_file(in_parts, name):
    (in_parts / name).write_bytes(FILES[name])
    found, whole = open_queries(in_parts / name), read_queries(in_parts / name)
    assert isinstance(found, LazyQueries) and found.total == len(whole.texts)
    assert found.whole() == whole
    rest = [text for part in found.parts(2, skip=3) for text in part.texts]
    assert rest == whole.texts[3:]
    assert open_queries(in_parts / name, limit=2).whole() == read_queries(in_parts / name, limit=2)


@pytest.mark.filterwarnings("ignore::fewtext.errors.FewtextWarning")
def test_columns_are_joined_in_parts_too(in_parts):
    (in_parts / "q.csv").write_text(CSV)
    assert open_queries(in_parts / "q.csv", "text,note").whole() == read_queries(in_parts / "q.csv", "text,note")


def test_parquet_is_read_by_parts(in_parts):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    numbers = range(50)
    columns = {"text": [f"car {i}" for i in numbers], "n": [None, 1.5] * 25, "l": [[i] for i in numbers]}
    parquet.write_table(pyarrow.table(columns), in_parts / "q.parquet", row_group_size=8)
    found = open_queries(in_parts / "q.parquet")
    assert isinstance(found, LazyQueries) and found.whole() == read_queries(in_parts / "q.parquet")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("headerless.csv", b"an apple\nmy car\n"),
        ("exported.jsonl", b'{"text": "a", "cats": {"x": 1.0, "y": 0.0}}\n' * 3),
        ("joined.csv", b"id,text,label\n1,a,x\n2,b,y\n3,c,x#y\n4,d,y#x\n"),
        ("latin.csv", "text,id\nun café crème à la façon,1\n".encode("cp1252") * 20),
        ("array.jsonl", b'[{"text": "a"}]\n'),
        ("tabs.txt", b"text\tid\na\t1\n"),
        ("nul.txt", b"one\ntwo\0\n" + b"three\n" * 20),
    ],
)
@pytest.mark.filterwarnings("ignore::fewtext.errors.FewtextWarning")
def test_what_only_the_whole_file_tells_is_read_at_once(in_parts, name, content):
    (in_parts / name).write_bytes(content)
    found = open_queries(in_parts / name)
    assert not isinstance(found, LazyQueries)
    assert found.whole() == read_queries(in_parts / name)


def test_rows_that_cannot_be_read_are_told_as_of_a_file_at_once(in_parts):
    (in_parts / "q.jsonl").write_text(JSONL)
    with pytest.warns(match=r"2 rows classified as they are.*line 2\).*line 4\)"):
        open_queries(in_parts / "q.jsonl")


def test_a_file_that_changes_while_it_is_read_is_an_error(in_parts):
    path = in_parts / "q.txt"
    path.write_text("an apple\n" * 20)
    parts = open_queries(path).parts(4)
    next(parts)
    path.write_text("an apple\n" * 30)
    with pytest.raises(Exception, match="has changed while it was read"):
        list(parts)


def many(folder, rows=30):
    draw = random.Random(0)
    lines = [json.dumps({"id": i, "text": " ".join(draw.choices(TEXTS, k=2))}) for i in range(rows)]
    lines[7] = "{broken"
    (folder / "q.jsonl").write_text("\n".join(lines) + "\n")


def command(folder, *more, output="out.csv"):
    files = "--support", folder / "s.csv", "--query", folder / "q.jsonl", "--output", folder / output
    return "classify", *files, "--encoder", "tfidf", *more


@pytest.mark.parametrize("output", ["out.csv", "out.jsonl", "out.tsv"])
def test_answers_in_parts_are_those_at_once(in_parts, run_fewtext, monkeypatch, output):
    many(in_parts)
    done = run_fewtext(*command(in_parts, output=output))
    assert done.returncode == 0 and b"30 rows read, 29 answered" in done.stderr
    assert sorted(path.name for path in in_parts.iterdir()) == sorted([output, "q.jsonl", "s.csv"])
    monkeypatch.undo()
    assert run_fewtext(*command(in_parts, output=f"whole-{output}")).returncode == 0
    assert (in_parts / output).read_bytes() == (in_parts / f"whole-{output}").read_bytes()


KILLED = """
import os, signal, sys
from fewtext.classify import encoded
from fewtext.files import open_queries, partial
open_queries.SMALL, encoded.CHUNK = 0, 4
moment, keep = sys.argv.pop(1), partial.Partial.keep
def killed(part, rows, facts):
    if moment == "journal" or part.rows < 8:
        keep(part, rows, facts)
    if moment == "torn" and part.rows >= 8:
        part.flush()
        part.stream.write(b'{"a torn li')
        part.stream.flush()
    if part.rows >= 8:
        os.kill(os.getpid(), signal.SIGKILL)
partial.Partial.keep = killed
from fewtext.__main__ import main
main()
"""


@pytest.mark.parametrize("moment", ["memory", "torn", "journal"])
def test_a_killed_run_is_gone_on_with_to_the_same_bytes(in_parts, run_fewtext, moment):
    many(in_parts)
    assert run_fewtext(*command(in_parts, "--summary", output="whole.csv")).returncode == 0
    arguments = [str(own) for own in command(in_parts)]
    done = subprocess.run([sys.executable, "-c", KILLED, moment, *arguments], cwd=ROOT, env=settings({}), timeout=600)
    assert done.returncode == -9 and (in_parts / "out.csv.part").stat().st_size >= 8 * len("0,,,\n")
    again = run_fewtext(*command(in_parts))
    assert again.returncode == 1 and b"go on after them with --resume" in again.stderr
    resumed = run_fewtext(*command(in_parts, "--resume"))
    assert resumed.returncode == 0 and b"goes on after" in resumed.stderr and b"30 rows read, 29" in resumed.stderr
    assert (in_parts / "out.csv").read_bytes() == (in_parts / "whole.csv").read_bytes()
    assert not list(in_parts.glob("*.part*"))


def test_other_work_is_not_gone_on_with(in_parts, run_fewtext, monkeypatch):
    from fewtext.files.partial import Partial

    many(in_parts)
    keep = Partial.keep

    def failing(part, rows, facts):
        keep(part, rows, facts)
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Partial, "keep", failing)
        failed = run_fewtext(*command(in_parts))
    assert failed.returncode == 1 and b"No space left on device" in failed.stderr
    assert b"the answers to 4 rows are kept; --resume goes on after them" in failed.stderr
    part = (in_parts / "out.csv.part").read_bytes()
    refused = run_fewtext(*command(in_parts, "--resume", "--top", "2"))
    assert refused.returncode == 1 and b"is another now: --top" in refused.stderr
    many(in_parts, rows=31)
    refused = run_fewtext(*command(in_parts, "--resume"))
    assert refused.returncode == 1 and b"is another now: the content of --query" in refused.stderr
    assert (in_parts / "out.csv.part").read_bytes() == part
    anew = run_fewtext(*command(in_parts))
    assert anew.returncode == 0 and b"of another unfinished run are replaced" in anew.stderr


def test_a_part_of_somebody_else_is_left_alone(in_parts, run_fewtext):
    many(in_parts)
    (in_parts / "out.csv.part").write_text("a download")
    done = run_fewtext(*command(in_parts))
    assert done.returncode == 1 and b"nothing tells that it is an unfinished file of answers" in done.stderr
    assert (in_parts / "out.csv.part").read_text() == "a download"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (("--sort", "confidence"), b"--resume does not go with --sort confidence"),
        (("--transductive",), b"--resume does not go with --transductive"),
        (("--format", "xlsx"), b"--resume is for csv, tsv and jsonl"),
    ],
)
def test_what_takes_all_texts_is_not_gone_on_with(in_parts, run_fewtext, more, message):
    many(in_parts)
    done = run_fewtext(*command(in_parts, "--resume", *more))
    assert done.returncode == 1 and message in done.stderr


def test_what_takes_all_texts_says_so(in_parts, run_fewtext):
    many(in_parts)
    done = run_fewtext(*command(in_parts, "--sort", "confidence"))
    assert done.returncode == 0 and b"--sort confidence takes all answers together" in done.stderr


def test_a_line_is_answered_before_the_next_is_written(in_parts):
    """Each line is written only once the one before it has its answer: without the answer the test would hang."""
    arguments = "classify", "--support", str(in_parts / "s.csv"), "--query", "-", "--encoder", "tfidf", "--quiet"
    process = subprocess.Popen(
        [sys.executable, "-m", "fewtext", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env=settings({}), bufsize=0,
    )  # fmt: skip
    stop = threading.Timer(300, process.kill)
    stop.start()
    answers = []
    with process:
        for line in ("an apple", "", "my old car"):
            process.stdin.write(line.encode() + b"\n")
            if not answers:
                answers.append(process.stdout.readline())
            answers.append(process.stdout.readline())
        process.stdin.close()
        assert process.stdout.read() == b"" and process.wait() == 0
    stop.cancel()
    assert [own.split(b",")[:2] for own in answers] == [
        [b"text", b"label"], [b"an apple", b"fruit"], [b"", b""], [b"my old car", b"vehicle"],
    ]  # fmt: skip


def arriving(*blocks, encoding=None):
    """Return the lines of a pipe that has these blocks, and what is warned of."""
    from fewtext.files.arriving_lines import ArrivingLines

    end, begin = os.pipe()
    with open(end, "rb") as stream:
        for block in blocks:
            os.write(begin, block)
        os.close(begin)
        lines, found = ArrivingLines(stream, encoding), []
        while some := lines.next(3):
            found += some
        lines.warn()
    return found


def test_lines_that_arrive_are_decoded_as_they_come(recwarn):
    assert arriving("\ufeffé".encode()[:4], "é\r\n\nb\rlast".encode()[1:]) == ["é", "", "b", "last"]
    assert arriving("é\nb\n".encode("utf-16")) == ["é", "b"]
    assert arriving("ł\n".encode("cp1250"), encoding="cp1250") == ["ł"]
    assert not recwarn


def test_a_line_that_cannot_be_read_keeps_its_place():
    with pytest.warns(match=r"standard input: 2 rows classified as they are.*not UTF-8 \(line 2\).*NUL.*line 4"):
        assert arriving("é\n".encode(), b"caf\xe9 \n", b"c\na\0b\n") == ["é", "caf\ufffd ", "c", "a\ufffdb"]
    with pytest.warns(match=r"is not UTF-8 from line 2 on: read as cp1252"):
        assert arriving(b"plain\n", "déjà vu, un café crème à la carte\n".encode("cp1252"))[1].startswith("déjà vu")


def test_an_early_warning_comes_before_the_last(in_parts, toy_encoder):
    from fewtext import FewShotClassifier

    labels = ["fruit"] * 3 + ["vehicle"] * 3
    model = FewShotClassifier(encoder=toy_encoder).fit([*TEXTS, *(f"big {text}" for text in TEXTS)], labels * 2)
    with pytest.warns(match="unlike the examples") as heard:
        list(model.classify_stream((f"zebra {i} quantum" for i in range(1500)), batch_size=500))
    said = [str(own.message) for own in heard if "unlike the examples" in str(own.message)]
    assert len(said) == 2 and said[0].startswith("so far, ") and said[1].startswith("1,500 of 1,500")
