"""Texts that are the same but for case, spaces, punctuation or one number, with a proposed merge."""

import csv
import json
import re

import pytest

from fewtext.quality.text_variants import TextVariants, text_variants


def found(*texts, labels=None):
    return text_variants(texts, labels or ["a"] * len(texts))


@pytest.mark.parametrize(
    ("one", "other", "numbers"),
    [
        ("reset my password", "Reset my password!", False),
        ("top up with pay", "top-up  with Pay.", False),
        ("ﬁne thanks", "fine, thanks", False),
        ("ticket 4711 is late", "Ticket 4712 is late!", True),
        ("order 1 of 2", "order 1 of 3", True),
    ],
)
def test_nearly_the_same_texts_are_one_group(one, other, numbers):
    assert found("no", one, "yes", other) == [TextVariants(1, [3], numbers)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("reset my password", "reset your password"),
        ("order 1 of 2", "order 3 of 4"),
        ("ticket 4711", "ticket A4711"),
        ("12", "13"),
        ("12 14", "12 15"),
        ("?!", "..."),
        ("same text", "Same  text"),  # a duplicate, which the report has already
    ],
)
def test_other_texts_are_not(one, other):
    assert found(one, other) == []


def test_texts_under_two_labels_are_not_merged():
    assert found("size 10", "size 12", labels=["child", "adult"]) == []


def test_the_most_frequent_text_is_kept_and_the_first_of_equals():
    assert found("open?", "Open", "Open", "OPEN!") == [TextVariants(1, [0, 2, 3], False)]
    assert found("no 1", "yes!", "no 2", "yes", "no 3") == [TextVariants(0, [2, 4], True), TextVariants(1, [3], False)]


def test_they_are_reported_and_written_with_a_proposed_merge(run_fewtext, write, tmp_path):
    words = {"network": "vpn wifi router", "leave": "holiday vacation day"}
    rows = [(f"the {a} and the {b}", label) for label, own in words.items() for a in own.split() for b in own.split()]
    rows += [("The vpn, and the vpn!", "network"), ("my desk 12 wobbles", "room"), ("my desk 12 wobbles", "room")]
    rows += [("my desk 14 wobbles", "room"), ("a lamp", "room"), ("A  LAMP", "room")]
    support = write("s.csv", "text,label\n" + "".join(f'"{text}",{label}\n' for text, label in rows))
    doubts, page = tmp_path / "d.csv", tmp_path / "p.html"
    done = run_fewtext("check", support, "--encoder", "tfidf", "--output", doubts, "--html", page)
    report = done.stdout.decode()
    assert "2 texts that differ from another of their label only in case, spaces, punctuation or signs:" in report
    assert re.search(
        r"keep one of 2\? \S*s.csv:2: the vpn and the vpn \(network\)\n +\S*s.csv:20: The vpn, and", report
    )
    assert (
        "3 texts that differ from another of their label only in one number:" in report and "keep one of 3?" in report
    )
    with doubts.open(encoding="utf-8") as file:
        own = [(row["row"], row["label"], row["suggested_label"], row["reason"]) for row in csv.DictReader(file)]
    merges = [row for row in own if "remove?" in row[3]]
    how = "differs from “the vpn and the vpn” only in case, spaces, punctuation or signs: remove?"
    assert merges == [
        ("23", "room", "room", "differs from “my desk 12 wobbles” only in a number: remove?"),
        ("20", "network", "network", how),
        ("25", "room", "room", "differs from “a lamp” only in case or spaces: remove?"),
    ]
    assert how in page.read_text(encoding="utf-8")
    as_json = json.loads(run_fewtext("check", support, "--encoder", "tfidf", "--format", "json").stdout)
    assert as_json["text_variants"] == [
        {"keep": 19, "others": [20, 21], "numbers": True},
        {"keep": 0, "others": [18], "numbers": False},
    ]
    assert [0, 18] not in as_json["near_duplicates"] and as_json["duplicates"] == [[19, 20], [22, 23]]
