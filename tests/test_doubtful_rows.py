"""Rows that may not be meant as they stand: rejected by an annotator, or with a label like none or like several."""

import pytest

from fewtext.errors import FewtextWarning
from fewtext.files.examples import read_support


@pytest.mark.parametrize(
    ("column", "cells"),
    [
        ("answer", ["accept", "reject", "ignore"]),
        ("Status", ["submitted", "Discarded", "skipped"]),
        ("was_cancelled", ["false", "True", "1"]),
        ("is_rejected", ["", "yes", "true"]),
    ],
)
def test_rows_that_an_annotator_rejected_are_no_examples(write, column, cells):
    content = f"text,label,{column}\n" + "".join(f"t{n},a,{cell}\n" for n, cell in enumerate(cells))
    with pytest.warns(FewtextWarning, match=rf"2 rows skipped: marked .*column '{column}' \(line 3"):
        assert read_support(write("s.csv", content)).texts == ["t0"]


def test_a_column_of_labels_is_no_verdict(write):
    path = write("s.csv", "text,status\none,ignored\ntwo,open\n")
    assert read_support(path, label_column="status").labels == ["ignored", "open"]


def test_other_words_are_no_verdict(write):
    assert len(read_support(write("s.csv", "text,label,status\none,a,closed\ntwo,b,\n")).texts) == 2


@pytest.mark.parametrize("label", ["\\N", "None", "nan", "NULL", "N/A", "-1"])
def test_a_label_that_looks_like_a_missing_value_is_kept_with_a_warning(write, label):
    path = write("s.csv", f"text,label\none,a\ntwo,{label}\nthree,b\n")
    with pytest.warns(FewtextWarning) as message:
        assert read_support(path).labels == ["a", label, "b"]
    assert f"1 row kept: label {label!r} looks like a missing value (line 3)" in str(message[0].message)


def test_minus_one_beside_one_is_a_number(write):
    assert read_support(write("s.csv", "text,label\none,-1\ntwo,1\n")).labels == ["-1", "1"]
    assert read_support(write("t.csv", "text,label\none,none\ntwo,a\n")).labels == ["none", "a"]


@pytest.mark.parametrize(("label", "joined"), [("a#b", "a|b"), ('"b,a"', "b|a"), ("a; b", "a|b")])
def test_a_label_that_joins_others_is_kept_with_a_warning(write, label, joined):
    path = write("s.csv", f"text,label\none,a\ntwo,b\nthree,{label}\n")
    with pytest.warns(
        FewtextWarning, match="looks like ., . in one; write " + joined.replace("|", r"\|") + r" \(line 4\)"
    ):
        assert len(set(read_support(path, several=None).labels)) == 3
    assert read_support(write("t.csv", "text,label\none,a\ntwo,c#d\n")).labels == ["a", "c#d"], "no label of its own"
