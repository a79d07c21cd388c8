"""JSON that every reader takes: no NaN, no infinity, no repeated keys."""

import json

import pytest

from fewtext.errors import FewtextWarning
from fewtext.files.json_text import from_json, to_json
from fewtext.files.queries import read_queries
from fewtext.files.tables import write_table


def test_what_json_has_no_form_for_is_null_however_deep():
    inf, nan = float("inf"), float("nan")
    assert (
        to_json({"a": inf, "b": [nan, {"c": -inf}], "d": (nan, 1)})
        == '{"a": null, "b": [null, {"c": null}], "d": [null, 1]}'
    )
    assert to_json({"é": 0.5}, indent=1) == '{\n "é": 0.5\n}'


def test_queries_with_numbers_that_are_none_are_written_as_json_in_every_format(write, tmp_path):
    queries = read_queries(write("q.jsonl", '{"text": "a", "score": 1e999, "n": [NaN, {"x": -Infinity}]}'))
    for kind in ("csv", "jsonl"):
        with open(tmp_path / "out", "w") as stream:
            write_table(stream, kind, queries.columns, queries.carried)
        assert "Infinity" not in (tmp_path / "out").read_text() and "NaN" not in (tmp_path / "out").read_text()
    assert json.loads((tmp_path / "out").read_text()) == {"score": None, "n": [None, {"x": None}]}


def test_a_key_twice_is_no_object(write):
    with pytest.raises(ValueError, match="key 'a' is repeated"):
        from_json('{"a": 1, "b": 2, "a": 3}')
    with pytest.warns(FewtextWarning, match="key 'text' is repeated.*line 1"):
        assert read_queries(write("q.jsonl", '{"text": "one", "text": "two"}\n{"text": "three"}')).texts == [
            "",
            "three",
        ]
