"""What may be read: ordinary files of a size that fits, in an encoding that is known; never what only seems a file."""

import io
import os
import sys
from types import SimpleNamespace

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_label_names, read_support
from fewtext.files.queries import read_queries

READERS = [read_support, read_queries, read_label_names]


@pytest.mark.parametrize("read", READERS)
def test_a_pipe_or_a_device_is_an_error_at_once(read, tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "zeros.csv").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe.csv", tmp_path / "zeros.csv", "/dev/zero"):
        with pytest.raises(InputError, match="is a pipe or a device, not a file; .* as -"):
            read(path)


def test_a_name_that_a_shell_gives_a_pipe_is_an_error_that_names_standard_input():
    end, other = os.pipe()
    try:
        with pytest.raises(InputError, match="pass texts to classify on standard input, as -"):
            read_queries(f"/dev/fd/{end}")
    finally:
        os.close(end)
        os.close(other)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("name", ["x" * 5000 + ".csv", "a\0b.csv", "loop.csv"])
def test_a_name_that_no_disk_takes_is_an_error(read, name, tmp_path):
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    with pytest.raises(InputError, match="cannot be read"):
        read(tmp_path / name)


def test_what_does_not_fit_is_refused(monkeypatch, write):
    monkeypatch.setattr("fewtext.files.file_content.MOST_BYTES", 20)
    with pytest.raises(InputError, match="holds more than 20 bytes; split it"):
        read_queries(write("q.txt", "x" * 21))
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"x" * 21)))
    with pytest.raises(InputError, match="standard input: holds more than 20 bytes"):
        read_queries("-")


def test_a_stray_nul_is_replaced_with_a_warning(write):
    with pytest.warns(FewtextWarning, match=r"s.csv:3: a NUL character is read as �"):
        examples = read_support(write("s.csv", "text,label\none,a\ntwo \0 three,b\n"))
    assert examples.texts == ["one", "two � three"]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("s.csv", "text,label\none,a\n".encode("utf-16-le"), "UTF-16 without a byte-order mark; save it as UTF-8"),
        ("s.csv", b"\x1f\x8b\x08\0\0", "is a gzip file; unpack it"),
        ("s.yml", b"", "has no list nlu; YAML is read as Rasa NLU data"),
        ("s.json", b"{", "s.json: is not JSON"),
    ],
)
def test_what_cannot_be_read_is_an_error_with_its_hint(write, name, content, complaint):
    with pytest.raises(InputError, match=complaint):
        read_support(write(name, content))


def test_rows_with_keys_of_their_own_are_bounded(monkeypatch, write):
    monkeypatch.setattr("fewtext.files.json_records.MANY_KEYS", 10)
    monkeypatch.setattr("fewtext.files.json_records._MANY_GAPS", 100)
    content = "".join(f'{{"text": "t", "label": "a", "key{n}": 1}}\n' for n in range(100))
    with pytest.raises(
        InputError, match=r"1\d different keys in the first 1\d records; give all records the same keys"
    ):
        read_support(write("s.jsonl", content))
