"""Labels as they stand in a file: one a text or several, in a cell, in a list, in columns of their own."""

import json

import pytest

from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.examples import read_support

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
    with pytest.raises(FewtextError, match="column 'text' is also the column of texts"):
        read_support(path, label_column="toxic,text", several=None)
    numbers = write("numbers.csv", "text,label_1,label_2\none,0,1\ntwo,1,\n")
    assert read_support(numbers, several=None).labels == [("0", "1"), ("1",)], "numbered columns hold labels"
    with pytest.raises(FewtextError, match="no column 'rude' among 'text', 'toxic', 'insult'"):
        read_support(path, label_column="toxic,rude", several=None)


def test_columns_of_labels_named_by_hand(write):
    path = write("s.csv", "text,topic,tone\none,pay,angry\ntwo,leave,\nthree,,\n")
    with pytest.warns(FewtextWarning, match=r"1 row skipped: empty label \(line 4\)"):
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
    with pytest.raises(FewtextError, match=r"labels?(_1, label_2)? hold several labels a text, where one is expected"):
        read_support(path)
    assert read_support(path, None, header.split(",")[1]).labels == ["b"]


def test_lists_in_a_cell(write):
    path = write("s.csv", 'text,label\na,"[""\\ud83d\\ude00"", ""b""]"\nb,"[""a"", null]"\nc,"[\'d\']"\n')
    numpys = write("n.csv", "text,label\none,['a' 'x y']\n")
    assert read_support(numpys, several=None).labels == [("a", "x y")], "an array, not one string in two parts"
    with pytest.warns(FewtextWarning, match=r"invalid label \(line 3\)"):
        assert read_support(path, several=None).labels == [("😀", "b"), ("d",)]
    with pytest.warns(FewtextWarning, match=r"invalid label \(line 2, 3\)"):
        assert read_support(path).labels == ["d"], "a list of one is that one, and no other list is a label"


def test_vectors_of_zeros_and_ones_are_labels_by_place(write):
    rows = ["[1, 0, 0]", "[1, 1, 0]", "[0, 0, 0]", "[true, false, true]"]
    path = write("s.jsonl", "".join(f'{{"text": "t", "labels": {row}}}\n' for row in rows))
    with pytest.warns(FewtextWarning, match="lists of 0 and 1 are read as indicators of the labels 0 to 2"):
        assert read_support(path, several=None).labels == [("0",), ("0", "1"), (), ("0", "2")]
    spelled = write("s.csv", 'text,label\none,"[1, 0]"\ntwo,"[0, 1]"\n')
    with pytest.warns(FewtextWarning, match="read as indicators of the labels 0 to 1"):
        assert read_support(spelled).labels == ["0", "1"], "one label a text, where each vector has one 1"
    array = write("a.csv", "text,label\none,[1 0]\ntwo,[0. 1.]\n")
    with pytest.warns(FewtextWarning, match="read as indicators of the labels 0 to 1"):
        assert read_support(array).labels == ["0", "1"], "as numpy spells them"
    indices = write("i.jsonl", '{"text": "one", "label": [0]}\n{"text": "two", "label": [0, 1]}\n')
    assert read_support(indices, several=None).labels == [("0",), ("0", "1")], (
        "of several lengths: the labels themselves"
    )


def test_objects_of_numbers_are_the_labels_that_they_say_yes_to(write):
    rows = ['{"a": 1.0, "b": 0.0}', '{"a": true, "b": true}', '{"b": 0, "a": null}']
    path = write("s.jsonl", "".join(f'{{"text": "t", "cats": {row}}}\n' for row in rows))
    assert read_support(path, label_column="cats", several=None).labels == [("a",), ("a", "b"), ()]
    with pytest.warns(FewtextWarning, match=r"invalid label \(line 2, 3\)"):
        assert read_support(path, label_column="cats").labels == ["a"]
    unsure = write("u.csv", "text,label\none,\"{'a': 0.7, 'b': 0.2}\"\n")
    with pytest.warns(FewtextWarning, match="numbers of 0.5 and more are read as labels"):
        assert read_support(unsure, several=None).labels == [("a",)]


@pytest.mark.parametrize(
    "cell",
    ['{"name": "a"}', '{"a": 7}', '[["a"]]', "[{}]", "[0.9, 0.1]", "[2, 0, 0]", '["a", null]', '"[[1]]"', '"[{1, 2}]"'],
)
@pytest.mark.parametrize("several", [None, False])
def test_other_objects_are_no_labels(cell, several, write):
    path = write("s.jsonl", f'{{"text": "t", "label": {cell}}}')
    with (
        pytest.raises(FewtextError, match="holds no labelled text"),
        pytest.warns(FewtextWarning, match="invalid label"),
    ):
        read_support(path, several=several)


def test_one_value_is_one_label_in_every_format(write, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    for values, spelled, meant in (([True, False], "True False", ["True", "False"]), ([1.0, 2.0], "1.0 2", ["1", "2"])):
        texts = ["one", "two"]
        parquet.write_table(pyarrow.table({"text": texts, "label": values}), tmp_path / "s.parquet")
        lines = [json.dumps({"text": text, "label": value}) for text, value in zip(texts, values, strict=True)]
        rows = [f"{text},{label}" for text, label in zip(texts, spelled.split(), strict=True)]
        files = [
            tmp_path / "s.parquet",
            write("s.jsonl", "\n".join(lines)),
            write("s.csv", "\n".join(["text,label", *rows])),
        ]
        assert [read_support(path, several=None).labels for path in files] == [meant] * 3
    assert read_support(write("v.csv", "text,label\none,1.5\ntwo,1.10\n")).labels == ["1.5", "1.10"]
