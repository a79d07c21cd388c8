"""spaCy's binary files, written by spaCy: texts and labels come out without it, and damage is one clear error."""

import random
import zlib

import msgspec
import pytest
from doc_bins import FOLDER, ROWS, SEVERAL, WORDS, letters

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.queries import read_queries
from fewtext.files.source import Source

pytestmark = pytest.mark.filterwarnings("ignore::fewtext.errors.FewtextWarning")


def changed(**parts):
    content = msgspec.msgpack.decode(zlib.decompress((FOLDER / "one_label.spacy").read_bytes()))
    return zlib.compress(msgspec.msgpack.encode(content | parts))


def test_texts_and_labels_are_those_that_were_written():
    with pytest.warns(FewtextWarning, match="read as spaCy: 4 rows; 1 set aside; one label a text from 'cats'"):
        examples = read_support(FOLDER / "one_label.spacy")
    assert examples.texts == [ROWS[at][0] for at in (0, 1, 3)] and examples.labels == ["refund", "delivery", "refund"]
    assert examples.numbers == [1, 2, 4]
    several = read_support(FOLDER / "several.spacy", several=None)
    assert several.texts == [text for text, _ in SEVERAL] and several.labels == [("late", "broken"), ()]


def test_every_text_is_a_text_to_classify():
    assert read_queries(FOLDER / "one_label.spacy").texts == [text for text, _ in ROWS]
    assert read_queries(FOLDER / "letters.spacy").texts == letters()
    assert read_queries(FOLDER / "no_spaces.spacy").texts == [" ".join(WORDS) + " "]
    assert read_queries(FOLDER / "empty.spacy").texts == []


def test_a_file_of_no_examples_says_so():
    with pytest.raises(InputError, match="empty.spacy: is empty"):
        read_support(FOLDER / "empty.spacy")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not a DocBin of spaCy, or is damaged; give what DocBin.to_disk wrote"),
        (b"text,label\na,b\n", "is not a DocBin of spaCy"),
        (zlib.compress(b"\x80"), "is not a DocBin of spaCy"),
        (zlib.compress(b"\x91" * 10**5), "is not a DocBin of spaCy"),
        (zlib.compress(bytes(10**8)), "holds more than 67,108,864 bytes once unpacked"),
        (changed(strings=["In"]), ":1: a word, [0-9]+, is none of the strings of the file"),
        (changed(lengths=b"\1\0\0\0"), "is damaged: its parts are not of one length"),
        (changed(lengths=(b"\xff" * 4) * 4), "is damaged: its parts are not of one length"),
        (changed(cats=[{}]), "is damaged: its parts are not of one length"),
        (changed(attrs=[66]), "is damaged: its parts are not of one length"),
        (changed(cats=[{"a": "x"}] * 4), "cats has 'x' for 'a' instead of a number from 0 to 1"),
    ],
)
def test_what_is_not_as_spacy_writes_it_is_an_error(write, content, message):
    with pytest.raises(InputError, match=message):
        read_support(write("d.spacy", content))


def test_wherever_it_is_cut_or_changed_it_is_read_or_an_error(write):
    content, draw = (FOLDER / "one_label.spacy").read_bytes(), random.Random(0)
    for length in range(0, len(content), 7):
        with pytest.raises(InputError):
            read_support(write("d.spacy", content[:length]))
    plain = zlib.decompress(content)
    for _ in range(300):
        other = bytearray(plain)
        other[draw.randrange(len(other))] = draw.randrange(256)
        try:
            read_support(write("d.spacy", zlib.compress(bytes(other))))
        except InputError as error:
            assert "d.spacy" in str(error)


def test_it_has_no_encoding_to_choose():
    with pytest.raises(InputError, match="a .spacy file says itself how its texts are encoded; leave out"):
        read_support(Source(str(FOLDER / "one_label.spacy"), encoding="cp1250"))


def test_it_is_converted_and_classified_with(run_fewtext, tmp_path):
    done = run_fewtext("convert", FOLDER / "one_label.spacy", tmp_path / "s.jsonl")
    assert done.returncode == 0 and b"4 texts, 3 with labels (2 different)" in done.stderr
    answered = [
        run_fewtext("classify", "--support", support, "--query", FOLDER / "letters.spacy", "--encoder", "tfidf")
        for support in (tmp_path / "s.jsonl", FOLDER / "one_label.spacy")
    ]
    assert answered[0].returncode == 0 and answered[0].stdout == answered[1].stdout
    assert len(answered[0].stdout.splitlines()) > len(letters())
    written = run_fewtext("convert", tmp_path / "s.jsonl", tmp_path / "out.spacy", "--to", "spacy")
    assert written.returncode == 1 and b"write .jsonl" in written.stderr and not (tmp_path / "out.spacy").exists()
