"""JSON as other programs write it: an array, records under a key, and Arrow files beside it."""

import json

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.queries import read_queries

RECORDS = [{"text": "one", "label": "a"}, {"label": "b", "text": "two"}]


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_of_records_is_a_table(write, indent):
    examples = read_support(write("s.json", json.dumps(RECORDS, indent=indent)))
    assert (examples.texts, examples.labels, examples.numbers) == (["one", "two"], ["a", "b"], [1, 2])


def test_records_under_a_key_are_said(write):
    with pytest.warns(FewtextWarning, match="the records are those of key 'data'"):
        assert read_support(write("s.json", json.dumps({"version": 1, "data": RECORDS}))).labels == ["a", "b"]


def test_an_object_a_line_may_be_called_json_and_an_array_jsonl(write):
    lines = "".join(json.dumps(record) + "\n" for record in RECORDS)
    assert read_support(write("s.json", lines)).labels == ["a", "b"]
    with pytest.warns(FewtextWarning, match="is one JSON array"):
        assert read_support(write("s.jsonl", json.dumps(RECORDS))).labels == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [("{", "is not JSON"), ('"text"', "has no records"), ("[]", "is empty"), ('{"a": 1,\n"b": 2}', "has no records")],
)
def test_what_holds_no_records_is_an_error(write, content, complaint):
    with pytest.raises(InputError, match=complaint):
        read_support(write("s.json", content))


def test_what_is_no_record_keeps_its_place(write):
    with pytest.warns(FewtextWarning, match=r"not a JSON object .* \(line 2\)"):
        assert read_queries(write("q.json", '[{"text": "one"}, 7]')).texts == ["one", ""]


@pytest.mark.parametrize(
    "content",
    [
        {"text": {"0": "one", "1": "two"}, "label": {"0": "a", "1": "b"}},
        {"0": RECORDS[0], "1": RECORDS[1]},
        {"text": ["one", "two"], "label": ["a", "b"]},
        {"columns": ["text", "label"], "index": [0, 1], "data": [["one", "a"], ["two", "b"]]},
    ],
)
def test_a_table_in_one_object_is_read_and_said(write, content):
    with pytest.warns(FewtextWarning, match="is an object of (columns|records), read as a table"):
        examples = read_support(write("s.json", json.dumps(content)))
    assert (examples.texts, examples.labels, examples.numbers) == (["one", "two"], ["a", "b"], [1, 2])


@pytest.mark.parametrize(
    "content",
    [
        {"text": ["one"], "label": []},
        {"columns": ["a", "a"], "data": [[1, 2]]},
        {"columns": ["text"], "data": [[1, 2]]},
        {"text": {}, "label": {}},
        {"text": {"0": "one"}, "label": {"1": "a"}},
    ],
)
def test_an_object_that_is_no_whole_table_is_an_error(write, content):
    with pytest.raises(InputError):
        read_support(write("s.json", json.dumps(content, indent=1)))


@pytest.mark.parametrize("kind", ["feather", "arrow", "stream"])
def test_arrow_files_are_read(tmp_path, kind):
    pyarrow, feather = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.feather")
    table, path = pyarrow.Table.from_pylist(RECORDS), tmp_path / f"s.{'feather' if kind == 'feather' else 'arrow'}"
    if kind == "feather":
        feather.write_feather(table, path)
    else:
        opened = pyarrow.ipc.new_file if kind == "arrow" else pyarrow.ipc.new_stream
        with opened(str(path), table.schema) as writer:
            writer.write_table(table)
    assert read_support(path).texts == ["one", "two"]


def test_what_is_no_arrow_file_is_an_error(write):
    pytest.importorskip("pyarrow")
    with pytest.raises(InputError, match="not an Arrow file"):
        read_support(write("s.feather", b"x" * 100))
