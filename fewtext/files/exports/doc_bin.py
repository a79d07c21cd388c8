"""spaCy's ``DocBin``: texts and their ``cats`` in a binary ``.spacy`` file, read without spaCy.

It is msgpack, compressed by zlib. Words are numbers: the hashes of the strings that the file lists beside them.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Any

import msgspec

from fewtext.errors import InputError
from fewtext.files.compression import FREE_BYTES, MOST_TIMES
from fewtext.files.exports.doc_bin_strings import string_number
from fewtext.files.exports.record import broken
from fewtext.files.exports.table_of import TEXT
from fewtext.files.file_content import MOST_BYTES
from fewtext.files.tables import Row, Table

CATS = "cats"
_WORD = 65  # spaCy's attribute ORTH


class _Content(msgspec.Struct):
    """What such a file holds; entities, spans and user data are not read."""

    attrs: list[int]
    tokens: bytes
    """A row of unsigned 64-bit integers a token, a column for each of ``attrs``."""
    spaces: bytes
    """Whether a space follows, a byte a token."""
    lengths: bytes
    """The tokens of each text, 32-bit integers."""
    strings: list[str]
    cats: list[Any]
    flags: list[dict[str, Any]] = []


def read(path: str, content: bytes) -> Table:
    """Read the texts with their ``cats``, a row each; raise ``InputError`` for a file that is none, or is damaged."""
    try:
        unpacked = msgspec.msgpack.decode(_unpacked(path, content), type=_Content)
    except (zlib.error, msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        hint = "give what DocBin.to_disk wrote; other data of spaCy is read as jsonl with text and cats"
        raise InputError("is not a DocBin of spaCy, or is damaged", where=path, hint=hint) from error
    rows = [Row(number, [text, cats]) for number, (text, cats) in enumerate(_texts(path, unpacked), 1)]
    return Table(path, [TEXT, CATS], rows, {})


def _unpacked(path: str, content: bytes) -> bytes:
    limit = min(MOST_BYTES, max(FREE_BYTES, MOST_TIMES * len(content)))
    packed = zlib.decompressobj()
    unpacked = packed.decompress(content, limit + 1)
    if len(unpacked) > limit:
        what = f"holds more than {limit:,} bytes once unpacked, far more than texts of its size"
        raise InputError(what, where=path, hint="save it in parts")
    if not packed.eof:
        raise zlib.error("it ends too early")
    return unpacked


def _texts(path: str, content: _Content) -> Iterator[tuple[str, Any]]:
    import numpy as np

    lengths = np.frombuffer(content.lengths[: len(content.lengths) // 4 * 4], "<i4")
    width, count = len(content.attrs), int(lengths.sum())
    flags = content.flags or [{}] * len(lengths)
    fits = len(content.tokens) == 8 * width * count and len(content.spaces) == count and (lengths >= 0).all()
    if not fits or not len(lengths) == len(content.cats) == len(flags) or _WORD not in content.attrs:
        raise InputError("is damaged: its parts are not of one length", where=path, hint="save it again")
    words = np.frombuffer(content.tokens, "<u8").reshape(count, width)[:, content.attrs.index(_WORD)].tolist()
    strings = {string_number(string): string for string in content.strings}
    end = 0
    for number, (length, cats, own) in enumerate(zip(lengths.tolist(), content.cats, flags, strict=True), 1):
        start, end = end, end + length
        if unknown := next((word for word in words[start:end] if word not in strings), None):
            raise broken(path, number, f"a word, {unknown}, is none of the strings of the file")
        spaces = [True] * length if own.get("has_unknown_spaces") else content.spaces[start:end]
        joined = zip(words[start:end], spaces, strict=True)
        yield "".join(strings[word] + " " * bool(space) for word, space in joined), cats
