"""Texts in several columns, and rows that are named as a person sees them."""

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.queries import read_queries
from fewtext.files.source import Source

SUPPORT = "No,Subject,Body,Kind\n7,Toner,is low,printing\n8,,card declined,payment\n9,Jam,,printing\n"


def test_several_columns_are_joined_without_the_empty_ones(write):
    examples = read_support(write("s.csv", SUPPORT), "Subject,Body", "Kind")
    assert examples.texts == ["Toner\nis low", "card declined", "Jam"] and examples.ids == ["7", "8", "9"]


def test_the_texts_to_classify_keep_all_their_columns(write):
    with pytest.warns(FewtextWarning, match="fields"):
        queries = read_queries(write("q.csv", "No,Body,Subject\n1,is low,Toner\n2,two,one,more\n3\n"), "Subject,Body")
    assert queries.texts == ["Toner\nis low", "one,more\ntwo", ""]
    assert queries.columns == ["No", "Body", "Subject"]
    assert queries.place is None and queries.carried[0] == ["1", "is low", "Toner"]


def test_a_file_of_texts_alone_needs_no_columns(write):
    assert read_queries(write("q.txt", "one\ntwo\n"), "Subject,Body").texts == ["one", "two"]
    assert read_queries(write("q.csv", "text,n\none,1\n"), "Subject,Body").texts == ["one"]


def test_one_of_several_columns_that_is_missing_or_there_twice_is_an_error(write):
    with pytest.raises(InputError, match="no column 'Title' among 'No', 'Subject', 'Body', 'Kind'; .*'text_column'"):
        read_support(write("s.csv", SUPPORT), "Title,Body", "Kind")
    with pytest.raises(InputError, match="2 columns are called 'Body'"):
        read_queries(write("q.csv", "Body,Subject,Body\na,b,c\n"), "Subject,Body")


def test_a_column_whose_name_has_a_comma_is_one_column(write):
    assert read_queries(write("q.csv", '"Subject,Body",Body\none,two\n'), "Subject,Body").texts == ["one"]


def test_rows_are_named_by_number_line_and_id(write):
    path = write("s.csv", 'key,text,label\nk1,"two\nlines",a\nk2,,b\nk3,three,b\n')
    with pytest.warns(FewtextWarning, match=r"1 row skipped: empty text \(row 3 \(line 4\) \[k2\]\)"):
        examples = read_support(path)
    assert examples.places("s.csv") == ["s.csv:2 [k1]", "s.csv:5 (row 4) [k3]"]


def test_a_line_that_names_the_separator_is_no_row(write):
    assert read_support(write("s.csv", "sep=;\ntext;label\none;a\ntwo;b\n")).numbers == [2, 3]


def test_the_id_column_can_be_named_and_must_be_unique(write):
    path = str(write("s.csv", "who,text,label\nann,one,a\nbob,two,b\nann,three,b\n"))
    assert read_support(path).ids == []
    with pytest.raises(InputError, match="'ann' stands in column 'who' twice, in row 2 and row 4"):
        read_support(Source(path, id_column="who"))
    with pytest.raises(InputError, match="no column 'x' among 'who', 'text', 'label'"):
        read_support(Source(path, id_column="x"))
    other = str(write("t.csv", "who,text,label\nann,one,a\nbob,two,b\n"))
    assert read_support(Source(other, id_column="who")).ids == ["ann", "bob"]


def test_only_the_first_texts_are_read_where_asked(write):
    assert read_queries(write("q.txt", "one\ntwo\nthree\n"), limit=2).texts == ["one", "two"]
