"""Files of every format, well and badly made, become rows; nothing in them is lost or makes the reader fall."""

import csv
import io
import json
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.files.examples import read_label_names, read_support
from fewtext.files.queries import read_queries
from fewtext.files.tables import atomic_output, read_table, write_table

SUPPORT = "text,label\nhello there,greeting\nbye now,farewell\n"
PAIRS = [("hello there", "greeting"), ("bye now", "farewell")]


def pairs(path, **columns):
    examples = read_support(path, **columns)
    return list(zip(examples.texts, examples.labels, strict=True))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("comma.csv", SUPPORT),
        ("semicolon.csv", SUPPORT.replace(",", ";")),
        ("tab.tsv", SUPPORT.replace(",", "\t")),
        ("crlf.csv", SUPPORT.replace("\n", "\r\n")),
        ("old-mac.csv", SUPPORT.replace("\n", "\r")),
        ("bom.csv", b"\xef\xbb\xbf" + SUPPORT.encode()),
        ("utf16.csv", SUPPORT.encode("utf-16")),
        ("utf16be.csv", b"\xfe\xff" + SUPPORT.encode("utf-16-be")),
        ("no-last-newline.csv", SUPPORT.rstrip()),
        ("blank-lines.csv", "\n" + SUPPORT.replace("\n", "\n\n")),
        ("spaces.csv", "text , label\nhello there,  greeting \n bye now,farewell\n"),
        ("capitals.csv", SUPPORT.replace("text,label", "Text,LABEL")),
        ("quoted.csv", '"text","label"\n"hello there","greeting"\n"bye now","farewell"\n'),
        ("more.csv", "id,label,text\n1,greeting,hello there\n2,farewell,bye now\n"),
        ("lines.jsonl", '{"text": "hello there", "label": "greeting"}\n\n{"label": "farewell", "text": "bye now"}\n'),
        ("lines.ndjson", '{"text": "hello there", "label": "greeting"}\n{"label": "farewell", "text": "bye now"}'),
    ],
)
def test_support_is_read_from_every_format_in_silence(write, name, content):
    assert pairs(write(name, content)) == PAIRS


def test_support_is_read_from_parquet(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    table = pyarrow.table({"label": [1, 2], "text": ["hello there", "bye now"]})
    parquet.write_table(table, tmp_path / "s.parquet")
    assert pairs(tmp_path / "s.parquet") == [("hello there", "1"), ("bye now", "2")]


def test_columns_can_be_named(write):
    path = write("s.csv", "id,utterance,intent\n1,hello there,greeting\n2,bye now,farewell\n")
    assert pairs(path, text_column="utterance", label_column="intent") == PAIRS
    assert read_queries(path, "utterance").texts == ["hello there", "bye now"]
    assert read_queries(write("q.txt", "hello\n"), "utterance").texts == ["hello"]


def test_a_file_without_header_is_read_with_a_warning(write):
    path = write("s.csv", "hello there,greeting\nbye now,farewell\n")
    with pytest.warns(FewtextWarning, match="has no header"):
        assert pairs(path) == PAIRS


def test_an_unknown_header_is_not_taken_for_an_example(write):
    path = write("s.csv", "utterance,intent\nhello there,greeting\nbye now,farewell\n")
    with pytest.raises(InputError, match="no column 'text' among 'utterance', 'intent'.*parameter 'text_column'"):
        read_support(path)


def test_texts_with_delimiters_and_newlines_are_one_text(write):
    path = write("s.csv", 'text,label\n"one, two;\nthree ""four""",a\nfive,b\n"six, seven",b\n')
    assert pairs(path) == [('one, two;\nthree "four"', "a"), ("five", "b"), ("six, seven", "b")]


def test_unicode_line_separators_end_no_line(write):
    text = "one\u2028two\u0085three\x0bfour"
    assert pairs(write("s.csv", f"text,label\n{text},a\nx,b\n"))[0] == (text, "a")
    assert pairs(write("s.jsonl", json.dumps({"text": text, "label": "a"}, ensure_ascii=False)))[0] == (text, "a")
    assert read_queries(write("q.txt", f"{text}\nnext")).texts == [text, "next"]


def test_a_text_of_a_megabyte_is_one_text(write):
    text = "word " * 200_000
    assert pairs(write("s.csv", f'text,label\n"{text}",a\nx,b\n'))[0] == (text.strip(), "a")


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,label\na,x\n,y\nb,y\n", "1 row skipped: empty text \\(line 3\\)"),
        ("text,label\na,x\nc,\nb,y\n", "empty label \\(line 3\\)"),
        ("text,label\na,x\nonly one field\nb,y\n", "1 instead of 2 fields \\(line 3\\)"),
        ("text,label\na,x\none, two,y\nb,y\n", "3 instead of 2 fields \\(line 3\\)"),
        ('text,label\na,x\n"two\nlines",\nb,y\n', "empty label \\(row 3\\)"),
        ('text,label\na,x\n"two\nlines",\n,z\nb,y\n', "empty text \\(row 4 \\(line 5\\)\\)"),
        ("id,text,label\n17,a,x\n18,c,\n19,b,y\n", "empty label \\(line 3 \\[18\\]\\)"),
    ],
)
def test_bad_rows_are_set_aside_with_their_line(write, content, complaint):
    with pytest.warns(FewtextWarning, match=complaint):
        assert pairs(write("s.csv", content)) == [("a", "x"), ("b", "y")]


def test_broken_json_lines_are_set_aside_with_their_line(write):
    path = write("s.jsonl", '{"text": "a", "label": "x"}\n{"text": \n[1]\n{"text": "b", "label": 3}\n')
    with pytest.warns(FewtextWarning, match="line 2.*line 3"):
        assert pairs(path) == [("a", "x"), ("b", "3")]


def test_halves_of_surrogate_pairs_are_replaced_wherever_they_stand(write, tmp_path):
    line = r'{"text": "a \ud83d\ude00 \ud800", "label": "x", "more": {"\udc00": ["\ud800"]}}'
    queries = read_queries(write("q.jsonl", line))
    assert queries.texts == ["a 😀 \ufffd"]
    with atomic_output(tmp_path / "out.jsonl") as stream:
        write_table(stream, "jsonl", queries.columns, queries.carried)


def test_parquet_columns_of_any_kind_are_carried(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    import pyarrow

    far = pyarrow.array([2**40, 0], pyarrow.int64()).cast(pyarrow.timestamp("s"))
    nested = [{"when": [b"\xff"]}, None]
    table = pyarrow.table({"text": ["a", None], "far": far, "nested": nested, "blob": [b"\xff", b""]})
    parquet.write_table(table, tmp_path / "q.parquet")
    queries = read_queries(tmp_path / "q.parquet")
    assert queries.texts == ["a", ""] and queries.columns == ["far", "nested", "blob"]
    for kind in ("csv", "jsonl"):
        with atomic_output(tmp_path / f"out.{kind}") as stream:
            write_table(stream, kind, queries.columns, queries.carried)


def test_a_missing_number_is_no_label(write):
    path = write("s.jsonl", '{"text": "a", "label": "x"}\n{"text": "b", "label": NaN}\n{"text": NaN, "label": "y"}\n')
    with pytest.warns(FewtextWarning, match="line 2.*line 3"):
        assert pairs(path) == [("a", "x")]


def test_an_output_through_a_link_leaves_the_link(tmp_path):
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    with atomic_output(tmp_path / "link.csv") as stream:
        stream.write("whole")
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real.csv").read_text() == "whole"


def test_many_bad_rows_make_one_short_warning(write):
    path = write("s.csv", "text,label\na,x\n" + ",y\n" * 1000)
    with pytest.warns(
        FewtextWarning, match="1000 rows skipped: empty text .line 3, 4, 5, 6, 7 and 995 more."
    ) as message:
        read_support(path)
    assert len(message) == 1


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("s.csv", "", "is empty"),
        ("s.csv", "text,label\n", "is empty"),
        ("s.csv", b"text,label\n\x01\x02\x03\xe9,x\n", r"s\.csv:2: byte 15 of the file \(0xe9\) is not UTF-8"),
        ("s.csv", b'text,label\n"a\nb",x\n\x01\xe9,x\n', r"s\.csv:4: byte"),
        ("s.csv", b"PK\x03\x04\x00\x00\x00\x00", "is a zip or a workbook.*unpack"),
        ("s.csv", 'text,label\na,x\n"never closed,y\nb,y\n', r"s\.csv:3: a quote is opened here and never closed"),
        ("s.csv", 'text,label\na,x\nb,"', r"s\.csv:3: a quote is opened here and never closed"),
        ("s.parquet", "no parquet", "not a parquet file"),
        ("s.xls", "x", "unknown file format 'xls'; save the sheet as .xlsx, or as csv"),
        ("support", "x", "no extension"),
        ("s.csv", "text,intent\na,x\n", "no column 'label' among 'text', 'intent'.*parameter 'label_column'"),
    ],
)
def test_an_unusable_file_is_an_error_that_says_where(write, name, content, complaint):
    with pytest.raises(InputError, match=complaint):
        read_support(write(name, content))


def test_missing_files_and_directories_are_errors(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        read_support(tmp_path / "none.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="holds no folder of images"):
        read_support(tmp_path / "folder.csv")


def test_queries_carry_their_other_columns(write):
    queries = read_queries(write("q.csv", "id,text,when\n7,hello,now\n8,bye,later\n"))
    assert queries.texts == ["hello", "bye"]
    assert queries.columns == ["id", "when"] and queries.carried == [["7", "now"], ["8", "later"]]


def test_every_query_keeps_its_place(write):
    lines = ["a", "", "b", "   ", "a"]
    assert read_queries(write("q.txt", "\n".join(lines) + "\n")).texts == ["a", "", "b", "   ", "a"]
    with pytest.warns(FewtextWarning, match="line 3"):
        queries = read_queries(write("q.csv", "id,text\n1,a\n2\n3,b\n4,\n"))
    assert queries.texts == ["a", "", "b", ""]
    with pytest.warns(FewtextWarning, match="line 2"):
        queries = read_queries(write("q.jsonl", '{"text": "a"}\n{oops\n{"id": 5}\n'))
    assert queries.texts == ["a", "", ""]


def test_an_unquoted_comma_in_the_only_column_stays_in_the_text(write):
    with pytest.warns(FewtextWarning, match="line 2"):
        assert read_queries(write("q.csv", "text\nwell, hello, you\nbye\n")).texts == ["well, hello, you", "bye"]


@pytest.mark.parametrize("name", ["q.csv", "q.tsv", "q.txt", "q.jsonl"])
def test_an_empty_query_file_has_no_queries(write, name):
    assert read_queries(write(name, "")).texts == []


def test_label_names_may_have_several_descriptions_or_none(write):
    path = write("names.csv", "label,description\na,first\nb,\na,second\n")
    assert read_label_names(path) == {"a": ["first", "second"], "b": []}
    assert read_label_names(write("names.txt", "a\nb\n")) == {"a": [], "b": []}
    assert read_label_names(write("names.jsonl", '{"label": "a"}')) == {"a": []}


def test_an_option_for_the_supports_columns_does_not_stop_files_with_the_standard_ones(write):
    assert read_queries(write("q.csv", "id,text\n1,hello\n"), "utterance").texts == ["hello"]
    assert read_label_names(write("n.csv", "label,description\na,first\n"), "intent") == {"a": ["first"]}
    with pytest.raises(InputError, match="no column 'utterance'"):
        read_support(write("s.csv", SUPPORT), text_column="utterance")


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ue000"))


@settings(deadline=None)
@given(st.lists(st.tuples(ANY_TEXT, ANY_TEXT), min_size=1), st.sampled_from(["csv", "tsv", "jsonl"]))
def test_what_is_written_is_read_back(tmp_path_factory, rows, kind):
    path = tmp_path_factory.mktemp("round") / f"t.{kind}"
    with atomic_output(path) as stream:
        write_table(stream, kind, ["text", "label"], rows)
    table = read_table(path)
    body = table.rows if kind == "jsonl" else table.rows[1:]
    assert [tuple(row.cells) for row in body] == rows


@settings(deadline=None, max_examples=300)
@given(
    st.binary() | st.text(string.printable + "é\u2028\ufeff").map(str.encode),
    st.sampled_from(["csv", "tsv", "jsonl", "txt"]),
)
@pytest.mark.filterwarnings("ignore::fewtext.errors.FewtextWarning")
def test_no_file_makes_the_reader_fall(tmp_path_factory, content, kind):
    path = tmp_path_factory.mktemp("any") / f"t.{kind}"
    path.write_bytes(content)
    for read in (read_support, read_queries, read_label_names):
        try:
            read(path)
        except FewtextError as error:
            assert str(path) in str(error)


@settings(deadline=None)
@given(st.lists(ANY_TEXT.filter(lambda text: not set(text) & set("\r\n"))))
def test_a_text_file_has_a_query_per_line(tmp_path_factory, lines):
    path = tmp_path_factory.mktemp("lines") / "q.txt"
    path.write_bytes("".join(line + "\n" for line in lines).encode())
    texts = read_queries(path).texts
    assert len(texts) == len(lines)
    assert [text.lstrip("\ufeff") for text in texts] == [line.lstrip("\ufeff") for line in lines]


def test_a_failed_output_leaves_the_old_file_alone(tmp_path):
    path = tmp_path / "out.csv"
    path.write_text("old")
    with pytest.raises(RuntimeError), atomic_output(path) as stream:
        stream.write("half")
        raise RuntimeError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_written_csv_is_what_the_standard_library_reads():
    stream = io.StringIO()
    write_table(stream, "csv", ["a\r", "b"], [["x\ry", None], [{"k": [1]}, 0.25]])
    assert list(csv.reader(io.StringIO(stream.getvalue(), newline=""))) == [
        ["a\r", "b"],
        ["x\ry", ""],
        ['{"k": [1]}', "0.25"],
    ]


RISKY = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.mark.parametrize("kind", ["csv", "tsv"])
def test_cells_that_a_spreadsheet_would_run_are_escaped_where_asked(kind):
    rows = [[text, -0.5, None, "a=b"] for text in [*RISKY, "plain"]]
    for safe, meant in ((True, ["'" + text for text in RISKY]), (False, RISKY)):
        stream = io.StringIO()
        write_table(stream, kind, ["=x", "n", "none", "y"], rows, spreadsheet_safe=safe)
        found = list(csv.reader(io.StringIO(stream.getvalue(), newline=""), delimiter="," if kind == "csv" else "\t"))
        assert found[0][0] == ("'=x" if safe else "=x")
        assert found[1:] == [[text, "-0.5", "", "a=b"] for text in [*meant, "plain"]]


@pytest.mark.parametrize("command", ["classify", "suggest"])
def test_the_commands_that_write_texts_escape_them_where_asked(write, command):
    from typer.testing import CliRunner

    from fewtext.cli.app import make_app

    support = write("s.csv", "text,label\nred apples,=fruit\ngreen apples,=fruit\ncold steel,metal\nhot steel,metal\n")
    asked = {"classify": "--query", "suggest": "--pool"}[command]
    arguments = [
        command,
        "--support",
        support,
        asked,
        write("q.txt", "=red apples\n-cold steel\n"),
        "--encoder",
        "tfidf",
    ]
    arguments = [*map(str, arguments), "--spreadsheet-safe"]
    done = CliRunner().invoke(make_app(), arguments)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert {row["text"] for row in rows} == {"'=red apples", "'-cold steel"}
    assert {row["label" if command == "classify" else "guess"] for row in rows} == {"'=fruit", "metal"}
    refused = CliRunner().invoke(make_app(), [*arguments, "--format", "jsonl"])
    assert isinstance(refused.exception, FewtextError) and "is for csv and tsv" in str(refused.exception)
