"""An encoding that the user names, for files whose code page is not the one that they are found to be in."""

from __future__ import annotations

import codecs
import re
import warnings
from encodings.aliases import aliases

from fewtext.errors import FewtextError, FewtextWarning, InputError, did_you_mean
from fewtext.files.file_content import check_is_text, mark_of, without_nuls

_OTHERS = {"mbcs", "rot_13", "tactis", "utf_7"}  # of one computer alone, of letters, of no module, of mail
_KNOWN = {own for own in aliases.values() if own not in _OTHERS and not own.endswith("_codec")}
_SPELLINGS = {*_KNOWN, *(alias for alias, own in aliases.items() if own in _KNOWN and not alias.isdigit())}


def checked_encoding(name: str) -> str:
    """Return an encoding's usual name; raise ``FewtextError`` for a name that is none of a text."""
    try:
        found = codecs.lookup(name.strip()).name.replace("-", "_")
    except (LookupError, ValueError):  # ValueError: a NUL in it
        found = ""
    found = aliases.get(found, found).removesuffix("_sig")
    if found in _KNOWN:
        return found
    spelled = re.sub(r"[\s_-]+", "_", name.strip().casefold())
    hint = did_you_mean(spelled, _SPELLINGS) or "name one as Python does: cp1250, cp1252, latin_1, utf_16, shift_jis"
    raise FewtextError(f"parameter 'encoding' names {name!r}, which is no encoding of texts", hint=hint)


def decode_as(content: bytes, where: str, encoding: str) -> str:
    """Return text in the encoding that the user names; raise ``InputError`` for the first byte that is not in it.

    A file that is sound UTF-8, with letters that no other encoding writes so, is read as asked, with a warning.
    """
    check_is_text(where, content)
    mark, of_mark = mark_of(content)
    unicode = is_unicode(encoding)
    if mark and not (unicode and of_mark.replace("-", "_").startswith(encoding)):
        what = f"begins with the byte-order mark of {of_mark.upper()}, and {encoding} is asked for"
        raise InputError(what, where=where, hint="leave out parameter 'encoding'")
    body = content[len(mark) :]
    encoding_of_body = of_mark if mark else encoding
    try:
        text = body.decode(encoding_of_body)
    except UnicodeDecodeError as error:
        line = body.count(b"\n", 0, error.start) + 1
        at = len(mark) + error.start
        raise InputError(
            f"byte {at + 1:,} of the file (0x{content[at]:02x}) is not {encoding}",
            where=f"{where}:{line}",
            hint="name another by parameter 'encoding', or leave it out to have it found",
        ) from error
    if not unicode and not body.isascii() and _is_utf8(body):
        message = f"is UTF-8, and is read as {encoding}, as asked; if letters are wrong, leave out parameter 'encoding'"
        warnings.warn(f"{where}: {message}", FewtextWarning, stacklevel=4)
    return without_nuls(where, text)


def is_unicode(encoding: str) -> bool:
    """Whether an encoding has all letters, so that a byte-order mark may name it."""
    return encoding.startswith("utf_")


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
