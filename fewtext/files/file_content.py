"""The content of a file, as bytes and as text: in UTF-8, with a byte-order mark, or in a code page that is said."""

from __future__ import annotations

import codecs
import re
import stat
import sys
import warnings
from pathlib import Path

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.addresses import is_address, read_address
from fewtext.files.code_pages import decode_code_page

MOST_BYTES = 4 * 2**30  # of one file: a device or an endless pipe would fill the memory
_BOMS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PACKED = (  # by their first bytes
    (re.compile(rb"\x1f\x8b"), "a gzip file"),
    (re.compile(rb"BZh[1-9]1AY&SY"), "a bzip2 file"),
    (re.compile(rb"\xfd7zXZ\0"), "an xz file"),
    (re.compile(rb"\x28\xb5\x2f\xfd"), "a Zstandard file"),
    (re.compile(rb"PK\x03\x04"), "a zip or a workbook"),
    (re.compile(rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "a workbook of the format before 2007, or one with a password"),
    (re.compile(rb"PAR1"), "a parquet file"),
    (re.compile(rb"ARROW1\0|FEA1|\xff{4}"), "an Arrow file"),
    (re.compile(rb"%PDF-"), "a PDF"),
)
_MANY_NULS = 0.1  # of the characters: UTF-16 without a mark has half, a typing slip a few


def read_content(path: str) -> bytes:
    """Return the content of a regular file, or of what is at an address.

    Raises ``InputError`` for a pipe or device without reading from it.
    """
    if is_address(path):
        return read_address(path, MOST_BYTES)
    try:
        status = Path(path).stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("is a directory, not a file", where=path, hint="name a file in it")
        if not stat.S_ISREG(status.st_mode):
            raise InputError(
                "is a pipe or a device, not a file",
                where=path,
                hint="save it to a file first, or pass texts to classify on standard input, as -",
            )
        if status.st_size > MOST_BYTES:
            raise _too_large(path)
        return Path(path).read_bytes()
    except FileNotFoundError as error:
        raise InputError("no such file", where=path, hint="check the path") from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=path, hint="check the path") from error
    except ValueError as error:  # a NUL in its name
        raise InputError(f"cannot be read: {error}", where=repr(path), hint="check the path") from error


def read_stdin(where: str) -> bytes:
    """Return standard input; raise ``InputError`` where it is too large."""
    content = sys.stdin.buffer.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _too_large(where)
    return content


def _too_large(where: str) -> InputError:
    return InputError(f"holds more than {MOST_BYTES:,} bytes", where=where, hint="split it")


def decode(path: str, content: bytes) -> str:
    """Decode text; raise ``InputError`` where that fails. A stray NUL becomes U+FFFD, with a warning."""
    check_is_text(path, content)
    mark, encoding = mark_of(content)
    content = content[len(mark) :]
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        in_code_page = encoding == "utf-8" and not _is_mostly_utf8(content)
        decoded = decode_code_page(content) if in_code_page else None
        if decoded is None:
            raise InputError(
                f"byte {error.start + 1} of the file (0x{content[error.start]:02x}) is not {encoding.upper()}",
                where=f"{path}:{line}",
                hint="it is a binary file or in another encoding: save it as UTF-8",
            ) from error
        text = decoded.text
        example = _word_at(text, content[: error.start].decode(decoded.encoding, "ignore"))
        message = f"is not UTF-8: read as {decoded.encoding} ({decoded.name}), in which line {line} has {example!r}"
        hint = "if that is wrong, name another by parameter 'encoding', or save it as UTF-8"
        warnings.warn(f"{path}: {message}; {hint}", FewtextWarning, stacklevel=4)
    text = text.lstrip("\ufeff")  # a second mark
    return without_nuls(path, text)


def check_is_text(path: str, content: bytes) -> None:
    """Raise ``InputError`` for a file that another program has packed."""
    for beginning, kind in _PACKED:
        if beginning.match(content):
            hint = "unpack it, or give it the suffix of its kind, or save it as csv in UTF-8"
            raise InputError(f"is {kind}", where=path, hint=hint)


def begins_as_text(content: bytes) -> bool:
    """Whether the first bytes of a file are those of a text, not of what a program has packed."""
    packed = any(beginning.match(content) for beginning, _ in _PACKED)
    binary = content.count(b"\0") > _MANY_NULS * len(content) and not mark_of(content)[0]
    return not (packed or binary)


def mark_of(content: bytes) -> tuple[bytes, str]:
    """Return the byte-order mark that a text begins with, and its encoding; an empty mark and UTF-8 without one."""
    return next(((mark, name) for mark, name in _BOMS if content.startswith(mark)), (b"", "utf-8"))


def _is_mostly_utf8(content: bytes) -> bool:
    """Whether more letters outside of ASCII are UTF-8 than are not: the file is damaged, or two files in one."""
    foreign = re.sub(r"[\x00-\x7f]+", "", content.decode("utf-8", "replace"))
    return foreign.count("\N{REPLACEMENT CHARACTER}") < len(foreign) / 2


def _word_at(text: str, before: str) -> str:
    """Return the word in which the character after ``before`` stands."""
    head = re.search(r"\w*$", before)
    tail = re.match(r"\W?\w*", text[len(before) :])
    return f"{head[0] if head else ''}{tail[0] if tail else ''}".strip()[:40]


def without_nuls(path: str, text: str) -> str:
    """Return a text with U+FFFD for each NUL, which is warned of; raise ``InputError`` where there are many."""
    count = text.count("\0")
    if not count:
        return text
    if count > _MANY_NULS * len(text):
        raise InputError("is a binary file, or UTF-16 without a byte-order mark", where=path, hint="save it as UTF-8")
    line = text[: text.index("\0")].count("\n") + 1
    more = f", the first of {count}," if count > 1 else ""
    warnings.warn(f"{path}:{line}: a NUL character{more} is read as \N{REPLACEMENT CHARACTER}", FewtextWarning, 4)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
