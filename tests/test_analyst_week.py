"""A week of an analyst with a helpdesk's workbook: no flag is given twice, and every row number leads to its row."""

import csv
import json
from collections import defaultdict
from pathlib import Path

import openpyxl
import pytest

HEAD = ["Ticket", "Subject", "Body", "Category"]
OFFICE = Path(__file__).parent.parent / "corpora" / "office"
WRONG = 25  # the place of an example whose label is wrong


def tickets(first, pairs):
    """Return rows whose subject is how the text begins."""
    return [[first + i, " ".join(text.split()[:3]), text, label] for i, (text, label) in enumerate(pairs)]


def write_book(path, head, rows):
    book = openpyxl.Workbook()
    book.active.title = "Tickets"
    for row in (head, *rows):
        book.active.append(row[: len(head)])
    book.save(path)


def read_csv(path):
    with open(path, newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture
def week(tmp_path, monkeypatch):
    """Workbooks of twelve unequal labels: examples, one of them wrong, this week's texts, others."""
    by_label = defaultdict(list)
    for part in ("train", "test"):
        for line in (OFFICE / f"{part}.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            by_label[row["label"]].append(row["text"])
    labels = sorted(by_label)[:12]
    examples = [(text, label) for i, label in enumerate(labels) for text in by_label[label][: 4 + i % 5]]
    right, wrong = examples[WRONG], next(label for label in labels if label != examples[WRONG][1])
    examples[WRONG] = right[0], wrong
    parts = {"this": (10, 13), "more": (13, 14), "next": (14, 17)}
    write_book(tmp_path / "support.xlsx", HEAD, tickets(1000, examples))
    for at, (name, (start, end)) in enumerate(parts.items()):
        pairs = [(text, label) for label in labels for text in by_label[label][start:end]]
        write_book(tmp_path / f"{name}.xlsx", HEAD[: 3 if name == "this" else 4], tickets(2000 + 1000 * at, pairs))
    monkeypatch.chdir(tmp_path)
    return right, wrong


def test_a_week(week, run_fewtext, tmp_path):
    (text, label), wrong = week

    def run(*words):
        of_files = (tmp_path / word if word == "m" or word.endswith((".csv", ".xlsx")) else word for word in words)
        done = run_fewtext(*of_files)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode(), done.stderr.decode()

    columns = "--text-column", "Subject,Body", "--label-column", "Category"
    _, said = run(
        "classify", "--support", "support.xlsx", "--query", "this.xlsx", *columns, "--output", "a.xlsx", "--save", "m"
    )
    assert "36 rows read, 36 answered" in said and f"written to {tmp_path / 'a.xlsx'} and {tmp_path / 'm'}" in said
    answers = list(openpyxl.load_workbook("a.xlsx").active.iter_rows(values_only=True))
    assert answers[0][:4] == tuple(HEAD) and [row[0] for row in answers[1:]] == list(range(2000, 2036))

    run("check", "support.xlsx", *columns, "--output", "doubts.csv")
    doubts = read_csv("doubts.csv")
    (doubt,) = [row for row in doubts if row["Ticket"] == str(1000 + WRONG)]
    assert (doubt["Category"], doubt["suggested_label"]) == (wrong, label)
    sheet = openpyxl.load_workbook("support.xlsx").active
    for row in doubts:
        assert str(sheet.cell(int(row["row"]), 1).value) == row["Ticket"]
        assert sheet.cell(int(row["row"]), 3).value in row["text"]

    doubt["decision"] = label
    with open("doubts.csv", "w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(doubt))
        writer.writeheader()
        writer.writerows(doubts)
    out, _ = run("update", "--model", "m", "--feedback", "doubts.csv")
    assert "1 label corrected" in out
    out, _ = run("check", "support.xlsx", *columns)
    assert f"support.xlsx:{WRONG + 2} [{1000 + WRONG}]" in out

    run("suggest", "--model", "m", "--pool", "this.xlsx", "-n", "4", "--output", "ask.csv")
    assert len(read_csv("ask.csv")) == 4
    out, _ = run("add", "more.xlsx", "--model", "m")
    assert "12 examples added" in out
    out, _ = run("score", "--model", "m", "--test", "next.xlsx", "--format", "json")
    assert '"n": 36' in out or '"texts": 36' in out
    run("classify", "--model", "m", "--query", "next.xlsx", "--output", "b.csv", "--columns", "Ticket,Category")
    given = {row["Ticket"]: row["Category"] for row in read_csv("b.csv")}
    right = {str(row[0]): row[3] for row in openpyxl.load_workbook("next.xlsx").active.iter_rows(2, values_only=True)}
    assert given.keys() == right.keys() and sum(given[one] == right[one] for one in right) >= 0.6 * len(right)
    assert text in sheet.cell(WRONG + 2, 3).value
