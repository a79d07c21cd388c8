"""Labels as they stand in a file: one a text or several, in a cell, in a list, in columns of their own."""

import pytest

from fewtext.errors import FewtextError, FewtextWarning
from fewtext.inputs import read_support

FORMS = {
    "s.csv": "text,label\none,a|b\ntwo, b | c |b\nthree,c\n",
    "labels.csv": "text,labels\none,a|b\ntwo,b|c\nthree,c\n",
    "numbered.csv": "text,label_1,label_2\none,a,b\ntwo,b,c\nthree,c,\n",
    "spelled.csv": "text,labels\none,\"['a', 'b']\"\ntwo,\"['b', 'c']\"\nthree,['c']\n",
    "s.jsonl": '{"text": "one", "label": ["a", "b"]}\n{"text": "two", "label": ["b", "c"]}\n'
    '{"text": "three", "label": ["c"]}\n',
}


@pytest.mark.parametrize("name", FORMS)
def test_several_labels_are_detected(name, write):
    found = read_support(write(name, FORMS[name]), several=None)
    assert found.multi_label and found.labels == [("a", "b"), ("b", "c"), ("c",)]


def test_columns_of_zeros_and_ones_are_labels(write):
    path = write("s.csv", "text,toxic,insult\none,1,0\ntwo,1,1\nthree,0,0\n")
    found = read_support(path, label_column="toxic, insult", several=None)
    assert found.labels == [("toxic",), ("toxic", "insult"), ()], "a text may have none"
    odd = write("odd.csv", "text,toxic,insult\none,1,0\ntwo,-1,1\nthree,0,0\n")
    with pytest.raises(FewtextError, match=r"odd.csv:3: '-1' in column 'toxic', which has 0 and 1"):
        read_support(odd, label_column="toxic,insult", several=None)
    with pytest.raises(FewtextError, match="column 'text' is that of texts"):
        read_support(path, label_column="toxic,text", several=None)
    numbers = write("numbers.csv", "text,label_1,label_2\none,0,1\ntwo,1,\n")
    assert read_support(numbers, several=None).labels == [("0", "1"), ("1",)], "numbered columns hold labels"
    with pytest.raises(FewtextError, match="no column 'rude' among 'text', 'toxic', 'insult'"):
        read_support(path, label_column="toxic,rude", several=None)


def test_columns_of_labels_named_by_hand(write):
    path = write("s.csv", "text,topic,tone\none,pay,angry\ntwo,leave,\nthree,,\n")
    with pytest.warns(FewtextWarning, match=r"1 row set aside: empty label \(line 4\)"):
        found = read_support(path, label_column="topic,tone", several=None)
    assert found.labels == [("pay", "angry"), ("leave",)]


def test_one_label_a_text_stays_as_it_stands(write):
    path = write("s.csv", "text,label\none,a|b\ntwo,c\n")
    assert read_support(path).labels == ["a|b", "c"] and not read_support(path).multi_label
    plain = write("plain.csv", "text,label\none,a\ntwo,c\n")
    assert read_support(plain, several=None).labels == ["a", "c"]


def test_numbers_are_flags_or_an_error(write):
    for cells in ("0.9,0.1", "2,0", "1,3"):
        with pytest.raises(FewtextError, match=r"s.csv:2: '[\d.]+' in column '\w+', which has 0 and 1"):
            read_support(write("s.csv", f"text,toxic,rude\na,{cells}\n"), None, "toxic,rude", several=None)
    one = write("s.csv", "text,toxic\na,1\nb,0\n")
    assert read_support(one, None, "toxic", several=True).labels == [("toxic",), ()]
    assert read_support(one, None, "toxic", several=None).labels == ["1", "0"], "one label a text, called 0 or 1"


@pytest.mark.parametrize("header", ["text,label_1,label_2", "text,labels,more"])
def test_columns_of_several_labels_are_not_one(header, write):
    path = write("s.csv", f"{header}\na,b,c\n")
    with pytest.raises(FewtextError, match=r"labels?(_1, label_2)? hold several labels a text, where one is read"):
        read_support(path)
    assert read_support(path, None, header.split(",")[1]).labels == ["b"]


def test_lists_in_a_cell(write):
    path = write("s.csv", 'text,label\na,"[""\\ud83d\\ude00"", ""b""]"\nb,"[""a"", null]"\nc,"[\'d\']"\n')
    with pytest.warns(FewtextWarning, match=r"unusable label \(line 3\)"):
        assert read_support(path, several=None).labels == [("😀", "b"), ("d",)]
    with pytest.warns(FewtextWarning, match=r"unusable label \(line 2, 3\)"):
        assert read_support(path).labels == ["d"], "a list of one is that one, and no other list is a label"
