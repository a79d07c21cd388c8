"""Where the cells of a csv or tsv end, which quotes enclose one, and what a file without a header holds."""

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_label_names, read_support
from fewtext.files.queries import read_queries


def pairs(path, **columns):
    examples = read_support(path, **columns)
    return list(zip(examples.texts, examples.labels, strict=True))


def test_quotes_of_a_tsv_that_enclose_nothing_are_characters(write):
    path = write("s.tsv", 'text\tlabel\n"broken again\ta\ntoner\ta\nthe 15" screen\tb\n"whole"\tb\n"open\ta\n')
    assert pairs(path) == [
        ('"broken again', "a"),
        ("toner", "a"),
        ('the 15" screen', "b"),
        ("whole", "b"),
        ('"open', "a"),
    ]
    assert read_queries(write("q.tsv", 'id\ttext\n1\t"one\n2\ttwo\n3\tthe 13" one\n')).texts == [
        '"one',
        "two",
        'the 13" one',
    ]


def test_a_tsv_row_of_several_lines_is_distinguished_from_two_rows_or_warned_of(write):
    assert pairs(write("whole.tsv", 'text\tlabel\n"one\ttwo\nthree"\t"a"\nfour\tb\n')) == [
        ("one\ttwo\nthree", "a"),
        ("four", "b"),
    ]
    with pytest.warns(FewtextWarning, match=r"the lines up to the next one are rows \(line 2\)"):
        assert pairs(write("s.tsv", 'text\tlabel\n"one\ta\ntwo"\tb\n')) == [('"one', "a"), ('two"', "b")]


def test_a_csv_row_that_may_be_two_is_warned_of(write):
    path = write("s.csv", 'text,label\n"one,a\ntwo",b\nthree,b\n')
    with pytest.warns(FewtextWarning, match=r"lines between two quotes are read as one row.*\(line 2\)"):
        assert pairs(path) == [("one,a\ntwo", "b"), ("three", "b")]
    shown = write("shown.csv", 'text,label\n"one,a\ntwo",b\n"three, four",b\n')
    assert pairs(shown) == [("one,a\ntwo", "b"), ("three, four", "b")], (
        "a text that needs its quotes shows what they are"
    )


def test_a_quote_that_closes_within_a_text_of_a_csv_is_an_ordinary_character(write):
    path = write("s.csv", 'text,label\n"broken again,a\ntoner,a\nthe 15" screen,b\n')
    with pytest.warns(FewtextWarning, match=r"a quote is read as an ordinary character.*\(line 2\)"):
        assert pairs(path) == [('"broken again', "a"), ("toner", "a"), ('the 15" screen', "b")]
    assert pairs(write("t.csv", 'text,label\n"one, two" three,a\n')) == [("one, two three", "a")]


def test_a_quoted_row_of_the_wrong_width_does_not_contain_valid_rows(write):
    path = write("s.csv", 'text,label\n"one,a\nlost"\nthree,b\n')
    with pytest.warns(FewtextWarning) as message:
        assert pairs(path) == [('"one', "a"), ("three", "b")]
    assert "quote is read as an ordinary character" in str(
        message[0].message
    ) and "1 instead of 2 fields (line 3)" in str(message[1].message)


def test_a_delimiter_at_the_end_of_rows_makes_no_field_but_one_before_a_value_does(write):
    assert pairs(write("s.csv", "text,label\none,a,\ntwo,b,,\n")) == [("one", "a"), ("two", "b")]
    with pytest.warns(FewtextWarning, match=r"1 row skipped: 4 instead of 2 fields \(line 3\)"):
        assert pairs(write("s.csv", "text,label\none,a,\ntwo,b,,c\n")) == [("one", "a")]


def test_a_title_above_the_header_is_said_and_two_values_are_no_title(write):
    with pytest.warns(FewtextWarning, match="the header is line 3; what stands above is left out"):
        assert pairs(write("s.csv", "From May;;\n\nid;text;label\n1;one, two;b\n2;three;a\n")) == [
            ("one, two", "b"),
            ("three", "a"),
        ]
    with pytest.warns(FewtextWarning, match="has no header: its columns are read as text,label"):
        assert pairs(write("s.csv", "one two,a\ntwo three,a\ntext,label\n"))[2] == ("text", "label")


@pytest.mark.parametrize("text", ['[{"text": "a", "label": "x"}]', '{"text": "a"}\n', " <!DOCTYPE html>\n<table>"])
def test_what_is_no_table_is_not_cut_into_cells(write, text):
    for read in (read_support, read_queries):
        with pytest.raises(InputError, match="is (JSON|HTML) instead of cells with delimiters; rename it"):
            read(write("s.csv", text))


def test_a_delimiter_is_known_by_the_header_or_the_first_line(write):
    assert pairs(write("sep.csv", "sep=;\ntext;label\none, two;a\n")) == [("one, two", "a")]
    assert pairs(write("pipes.csv", "sep=|\r\ntext|label\r\none|a\r\n")) == [("one", "a")]
    with pytest.warns(FewtextWarning, match=r"the delimiter is \|, as in the header"):
        assert pairs(write("pipe.csv", "text|label\none|a\n")) == [("one", "a")]
    assert read_queries(write("q.csv", "text\none|two\n")).texts == ["one|two"]


@pytest.mark.parametrize(
    "rows", [[("one two", "1"), ("three four", "0")], [("hi", "x"), ("hello", "x"), ("yes", "x"), ("bye", "y")]]
)
def test_columns_without_a_header_are_recognised_by_their_content(write, rows):
    for name, order in (("text,label", 1), ("label,text", -1)):
        content = "".join(",".join(row[::order]) + "\n" for row in rows)
        with pytest.warns(FewtextWarning, match=f"no header: its columns are read as {name}, its first row as data"):
            assert pairs(write("s.csv", content)) == rows
        with pytest.warns(FewtextWarning, match=f"read as {name}"):
            assert read_queries(write("q.csv", content)).texts == [text for text, _ in rows]
    with pytest.warns(FewtextWarning, match="read as description,label"):
        assert read_label_names(write("n.csv", "one two,a\nthree four,b\n")) == {"a": ["one two"], "b": ["three four"]}


def test_columns_that_cannot_be_recognised_are_an_error(write):
    with pytest.raises(
        InputError, match=r"its columns do not show which one holds the labels; add a header line: text,label"
    ):
        read_support(write("s.csv", "thanks a lot,x\nx,many thanks here\n"))
    with pytest.raises(
        InputError, match="no column 'text' among '3', 'Wall St', 'Down.'.*add a header line with text and label"
    ):
        read_support(write("three.csv", "3,Wall St,Down.\n4,Up here,Up.\n"))


def test_two_columns_of_one_name_are_an_error_where_either_may_be_meant(write):
    with pytest.raises(InputError, match="2 columns are called 'label'; rename one"):
        read_support(write("s.csv", "text,label,label\none,a,b\n"))
    assert read_queries(write("q.csv", "text,n,n\none,1,2\n")).carried == [["1", "2"]]
