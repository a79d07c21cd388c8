"""JSON files know their content by a digest: a changed byte is an error, the beginning of a line is passed over."""

import json
import math

import pytest

from fewtext.errors import InputError
from fewtext.files.json_files import read_json, read_lines, sealed_line, write_json

CONTENT = {"text": "é\u2028\ud800", "small": 1e-07, "none": None, "infinite": math.inf, "list": [{"a": True}], "": ""}


def test_what_is_written_is_read_back(tmp_path):
    write_json(tmp_path / "a.json", CONTENT)
    assert read_json(tmp_path / "a.json") == {**CONTENT, "infinite": None}, "JSON has no infinity"
    assert list(json.loads((tmp_path / "a.json").read_text())) == [*CONTENT, "sha256"]


@pytest.mark.parametrize("lined", [True, False])
def test_every_bit_counts(tmp_path, lined):
    """Also those that change no value, as the e of 1e-07 and blanks."""
    path = tmp_path / "a.json"
    write_json(path, CONTENT)
    if lined:
        path.write_bytes(sealed_line(CONTENT).encode("utf-8", "backslashreplace") * 2)
    whole = path.read_bytes()
    for place in range(8 * len(whole)):
        content = bytearray(whole)
        content[place // 8] ^= 1 << place % 8
        path.write_bytes(content)
        with pytest.raises(InputError, match=r"a.json(:[12])?: is damaged: .*; take it from a backup"):
            list(read_lines(path)) if lined else read_json(path)


def test_the_beginning_of_a_line_is_passed_over_wherever_it_was_cut(tmp_path):
    first, second = sealed_line({"step": 1}), sealed_line({"step": 2})
    for end in range(len(second) + 1):
        (tmp_path / "a.jsonl").write_text(first + second[:end])
        whole = end >= len(second) - 1  # all but the end of the line is a line
        assert [line["step"] for line in read_lines(tmp_path / "a.jsonl")] == [1, 2][: 1 + whole]


@pytest.mark.parametrize("content", ["", "[1]", "{}", "5", '{"a": 1}', "[" * 100_000, '{"sha256": 5}'])
def test_what_has_no_digest_is_damaged(tmp_path, content):
    (tmp_path / "a.json").write_text(content)
    with pytest.raises(InputError, match="is damaged"):
        read_json(tmp_path / "a.json")
