"""Compressed files, by their suffix, and on standard input by their first bytes; damage is one clear error."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile
from types import SimpleNamespace

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import holds_images, read_support
from fewtext.files.queries import read_queries

CONTENT = b"text,label\none,a\ntwo,b\n"


def zipped(**members):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return stream.getvalue()


def zstd(content):
    return pytest.importorskip("zstandard").ZstdCompressor().compress(content)


PACKERS = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zstd}


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_compressed_file_is_read_as_the_one_in_it(write, suffix):
    assert read_support(write(f"s.csv.{suffix}", PACKERS[suffix](CONTENT))).texts == ["one", "two"]
    jsonl = write(f"s.jsonl.{suffix}", PACKERS[suffix](b'{"text": "one", "label": "a"}\n'))
    assert read_support(jsonl).labels == ["a"]


def test_a_zip_of_one_table_is_that_table(write):
    path = write("export.zip", zipped(s_csv=CONTENT))
    assert not holds_images(path) and read_support(path).texts == ["one", "two"]


NLU = b"nlu:\n- intent: a\n  examples: |\n    - one\n- intent: b\n  examples: |\n    - two\n"
EXPORTS = [
    ("nlu.yml", NLU),
    ("NLU.YAML", NLU),
    ("t.ft", b"__label__a one\n__label__b two\n"),
    (
        "p.json",
        b'{"rasa_nlu_data": {"common_examples": [{"text": "one", "intent": "a"}, {"text": "two", "intent": "b"}]}}',
    ),
]


@pytest.mark.parametrize(("name", "content"), EXPORTS)
def test_a_zip_of_one_export_is_that_export_by_name_and_on_standard_input(write, monkeypatch, name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(f"__MACOSX/._{name}", b"x")
        archive.writestr(name, content)
    path = write("export.zip", stream.getvalue())
    assert not holds_images(path)
    with pytest.warns(FewtextWarning, match="export.zip: read as "):
        examples = read_support(path)
    assert (examples.texts, examples.labels) == (["one", "two"], ["a", "b"])
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(stream.getvalue())))
    with pytest.warns(FewtextWarning, match="^(standard input|t.ft|p.json): read as "):
        assert read_queries("-").texts == ["one", "two"]


@pytest.mark.parametrize("suffix", [*PACKERS, "zip"])
def test_standard_input_is_unpacked(monkeypatch, suffix):
    content = zipped(q_txt=b"one\ntwo\n") if suffix == "zip" else PACKERS[suffix](b"one\ntwo\n")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(content)))
    assert read_queries("-").texts == ["one", "two"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_wherever_it_is_cut_it_is_an_error_that_says_so(write, suffix):
    content = PACKERS[suffix](CONTENT)
    for length in range(1, len(content) - 1):
        try:
            examples = read_support(write(f"s.csv.{suffix}", content[:length]))
        except InputError as error:
            assert "cannot be unpacked" in str(error)
        else:
            assert examples.texts == ["one", "two"]  # all of it, before a cut checksum


def test_a_damaged_zip_is_an_error(write):
    content = bytearray(zipped(s_csv=CONTENT * 100))
    content[60] ^= 0xFF
    with pytest.raises(InputError, match=r"s.zip: cannot be unpacked as zip .*; it is damaged"):
        read_support(write("s.zip", bytes(content)))


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_bomb_is_refused(monkeypatch, write, suffix):
    monkeypatch.setattr("fewtext.files.compression.FREE_BYTES", 2**20)
    with pytest.raises(InputError, match="bytes once unpacked, far more than a file of texts"):
        read_support(write(f"s.csv.{suffix}", PACKERS[suffix](bytes(8 * 2**20))))
