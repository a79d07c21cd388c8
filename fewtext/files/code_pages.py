"""Texts in the code page of a computer instead of UTF-8, as spreadsheets save csv: recognised by charset-normalizer."""

from __future__ import annotations

import re
from typing import NamedTuple

_NAMES = {
    "cp1252": "Western European Windows",
    "cp1250": "Central European Windows",
    "cp1251": "Cyrillic Windows",
    "cp1253": "Greek Windows",
    "cp1254": "Turkish Windows",
    "cp1255": "Hebrew Windows",
    "cp1256": "Arabic Windows",
    "cp932": "Japanese Windows",
    "gb18030": "Simplified Chinese",
    "cp949": "Korean Windows",
    "big5": "Traditional Chinese",
    "cp850": "Western European DOS",
    "cp866": "Cyrillic DOS",
    "koi8_r": "Cyrillic KOI8-R",
    "mac_roman": "Western European Mac",
}
_LATIN = ("cp1252", "cp1250", "cp1254")  # of Windows
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_SAMPLE = 2**20  # bytes from which the code page is recognised; all are then decoded
_TIE = 0.02  # of the disorder, between 0 and 1, in which candidates are alike
_TURKISH = set("ðþýÐÞÝ")  # in cp1252, where cp1254 has letters of Turkish; Icelandic has them besides æ, á and ö
_HUNGARIAN = set("áéíóöőúüűÁÉÍÓÖŐÚÜŰ")
_IN_WORDS = re.compile(  # in cp1252, what is a letter in cp1250: of Polish, of Czech, Slovak and Croatian
    r"[a-zà-ÿ][¹³¿][a-zà-ÿ]|[øæð][a-zà-ÿ]*[šž]|[šž][a-zà-ÿ]*[øæð]", re.IGNORECASE
)
_HALF_WIDTH = range(0xFF61, 0xFFA0)  # katakana that other code pages look like, read as Japanese


class Decoded(NamedTuple):
    """A text, the code page that it was in, and that code page in words."""

    text: str
    encoding: str
    name: str


def decode_code_page(content: bytes) -> Decoded | None:
    """Return the text in the likeliest code page; None where it is likelier no text at all."""
    if len(_CONTROL.findall(content[:_SAMPLE])) > len(content[:_SAMPLE]) / 1000:
        return None
    from charset_normalizer import from_bytes

    lines = [line for line in content.splitlines(keepends=True) if not line.isascii()]  # they alone say something
    sample = b"".join(lines)[:_SAMPLE]
    found: dict[str, tuple[float, float]] = {}
    for match in from_bytes(sample, cp_isolation=list(_NAMES), threshold=0.3):
        for encoding in match.could_be_from_charset:
            if encoding in _NAMES:
                found.setdefault(encoding, (match.chaos, -match.coherence))
    for encoding in _likeliest(sample, found):
        try:
            return Decoded(content.decode(encoding), encoding, _NAMES[encoding])
        except UnicodeDecodeError:
            continue
    return None


def _likeliest(sample: bytes, found: dict[str, tuple[float, float]]) -> list[str]:
    """Return the code pages in which a text is possible, the likeliest first.

    ``found`` is the disorder in each, and how little it is like a language. In Latin script code pages differ by a few
    letters, which says too little: there the most common one of those that are about as good is taken.
    """
    texts = {encoding: sample.decode(encoding, "ignore") for encoding in found}
    kept = {encoding: found[encoding] for encoding in found if not _is_half_width(texts[encoding])}
    order = sorted(kept, key=lambda encoding: (*kept[encoding], list(_NAMES).index(encoding)))
    if not order or not _is_mostly_ascii(sample):
        return order
    alike = [encoding for encoding in _LATIN if encoding in kept and kept[encoding][0] <= kept[order[0]][0] + _TIE]
    if not alike:
        return order
    first = alike[0]
    central = "cp1250" in alike and (_is_hungarian(texts["cp1250"]) or _IN_WORDS.search(texts.get("cp1252", "")))
    if first == "cp1252" and central:
        first = "cp1250"
    elif first == "cp1252" and "cp1254" in alike and _is_turkish(texts["cp1252"]):
        first = "cp1254"
    return [first, *(encoding for encoding in order if encoding != first)]


def _is_half_width(text: str) -> bool:
    foreign = [ord(character) for character in text if not character.isascii()]
    return sum(code in _HALF_WIDTH for code in foreign) > len(foreign) / 2


def _is_hungarian(text: str) -> bool:
    letters = {character for character in text if character.isalpha() and not character.isascii()}
    return bool(letters & set("őűŐŰ")) and letters <= _HUNGARIAN


def _is_turkish(text: str) -> bool:
    return bool(set(text) & _TURKISH) and not set(text) & set("æÆ")


def _is_mostly_ascii(sample: bytes) -> bool:
    """Whether letters outside of ASCII are single ones, as in languages of Latin script."""
    return sum(byte > 127 for byte in sample) < len(sample) / 4
