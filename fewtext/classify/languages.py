"""The languages of texts, so far as a few words show them, beside those that a support is written in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from threading import Lock, Thread
from typing import Any, NamedTuple
from unicodedata import name as name_of
from unicodedata import normalize

CERTAIN, IMPOSSIBLE = 0.35, 0.02  # probability of another language, and of all those of the support
PRESENT = 0.02  # mean probability from which on a support is written in a language, or in one that looks like it
CLEAR = 0.5  # probability of the support's languages, below which its texts, or a text, do not show theirs
LEAST_WORDS = 3  # of a text in a script of the support: names, greetings and product codes have fewer
LEAST_LETTERS = 2  # in another script: one alone is a symbol
MOST_TEXTS, MOST_CHARACTERS = 1000, 500  # of a support, and of a text, that are looked at
NO_LANGUAGE = "zxx"  # the detector's own: numbers, codes
NAMES = dict(
    entry.split("=")
    for entry in (
        "af=Afrikaans am=Amharic ar=Arabic arz=Arabic ary=Arabic as=Assamese az=Azerbaijani ba=Bashkir "
        "be=Belarusian bg=Bulgarian bn=Bengali br=Breton bs=Bosnian ca=Catalan cs=Czech cy=Welsh da=Danish "
        "de=German el=Greek en=English eo=Esperanto es=Spanish et=Estonian eu=Basque fa=Persian fi=Finnish "
        "fr=French fy=Frisian ga=Irish gl=Galician gu=Gujarati ha=Hausa he=Hebrew hi=Hindi hr=Croatian hu=Hungarian "
        "hy=Armenian id=Indonesian ig=Igbo is=Icelandic it=Italian ja=Japanese jv=Javanese ka=Georgian kk=Kazakh "
        "km=Khmer kn=Kannada ko=Korean ku=Kurdish ky=Kyrgyz la=Latin lb=Luxembourgish lo=Lao lt=Lithuanian "
        "lv=Latvian mg=Malagasy mk=Macedonian ml=Malayalam mn=Mongolian mr=Marathi ms=Malay mt=Maltese my=Burmese "
        "ne=Nepali nl=Dutch nn=Norwegian no=Norwegian oc=Occitan or=Odia pa=Punjabi pcm=English pl=Polish ps=Pashto "
        "pt=Portuguese ro=Romanian ru=Russian sa=Sanskrit si=Sinhala sk=Slovak sl=Slovenian so=Somali sq=Albanian "
        "sr=Serbian sv=Swedish sw=Swahili ta=Tamil te=Telugu tg=Tajik th=Thai tk=Turkmen tl=Tagalog tr=Turkish "
        "tt=Tatar ug=Uyghur uk=Ukrainian ur=Urdu uz=Uzbek vi=Vietnamese wuu=Chinese xh=Xhosa yo=Yoruba yue=Chinese "
        "zh=Chinese zu=Zulu"
    ).split()
)


def name_of_language(code: str) -> str:
    """Return the English name of a language, or its code where the detector knows no more of it."""
    return NAMES.get(code, code)


_LOADING = Lock()


def _detector() -> Any:
    with _LOADING:  # a cache alone would let two threads load it
        return _loaded()


@cache
def _loaded() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def load_ahead() -> None:
    """Begin to load the detector, a third of a second, in a thread of its own."""
    Thread(target=_detector, daemon=True).start()


def language_probabilities(text: str) -> dict[str, float]:
    """Return the probability of each language, by its ISO 639 code, the most probable first."""
    return dict(_detector().rank(_cleaned(text)))


def _cleaned(text: str) -> str:
    """Return the beginning of a text, in ordinary letters: wide or ornamental ones are replaced."""
    beginning = text[:MOST_CHARACTERS]
    return beginning if beginning.isascii() else normalize("NFKC", beginning)


def scripts(text: str) -> Counter[str]:
    """Return how many letters of each script a text has; Japanese mixes Chinese characters and kana: they are one."""
    if text.isascii():
        return Counter(LATIN=sum(map(str.isalpha, text[:MOST_CHARACTERS])))
    letters = [character for character in _cleaned(text) if character.isalpha()]
    found = Counter(_script(letter) for letter in letters)
    kana = found.pop("HIRAGANA", 0) + found.pop("KATAKANA", 0)
    return found + Counter(CJK=kana)


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else name_of(letter, "UNNAMED").split()[0].partition("-")[0]


class Language(NamedTuple):
    """What a text is written in, empty where it does not show it, and whether that is foreign to a support."""

    name: str
    foreign: bool


UNCLEAR = Language("", False)


class SupportLanguages:
    """The languages and scripts that the texts of a support are written in.

    ``codes`` are its languages by their ISO 639 codes, the most frequent first; none where the texts do not show any.
    ``names`` are those in English, where relatives, such as pidgins, may share one; ``scripts`` are as Unicode names
    them.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        drawn = texts[:: 1 + len(texts) // MOST_TEXTS]
        self.scripts = {script for text in drawn for script in scripts(text)}
        weights: Counter[str] = Counter(
            {language: len(drawn) * p for language, p in language_probabilities(" ".join(drawn)).items()}
        )
        for text in drawn:
            weights.update(language_probabilities(text))
        present = {language: weight / (2 * len(drawn)) for language, weight in weights.most_common()}
        present = {language: p for language, p in present.items() if p >= PRESENT and language != NO_LANGUAGE}
        self._take_over(present if sum(present.values()) >= CLEAR else ())

    @classmethod
    def of_codes(cls, codes: Iterable[str], scripts: Iterable[str]) -> SupportLanguages:
        """Return those of a support whose texts are not there, by the ``codes`` and ``scripts`` that they had."""
        own = cls.__new__(cls)
        own.scripts = set(scripts)
        own._take_over(codes)
        return own

    def _take_over(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        self.names = tuple(dict.fromkeys(map(name_of_language, self.codes)))

    def of(self, text: str) -> Language:
        """Return what a text is written in."""
        letters = scripts(text)
        other = sum(count for script, count in letters.items() if script not in self.scripts)
        other_script = other >= LEAST_LETTERS and 2 * other > letters.total()
        few_words = len(text.split()) < LEAST_WORDS and "CJK" not in letters
        if not self.codes or few_words and not other_script:
            return UNCLEAR
        if not other_script:
            code, p = _detector().classify(_cleaned(text))
            if p >= CLEAR and (name := name_of_language(code)) in self.names:
                return Language(name, False)
        known = dict.fromkeys(self.names, 0.0)
        others: dict[str, float] = {}
        for code, p in language_probabilities(text).items():
            name = name_of_language(code)
            of = known if name in known else others
            of[name] = of.get(name, 0.0) + p
        language, p = max(others.items(), key=lambda item: item[1])
        if other_script or p >= CERTAIN and sum(known.values()) <= IMPOSSIBLE and language != NO_LANGUAGE:
            return Language(language if p >= CERTAIN else f"{_main(letters).title()} script", True)
        if sum(known.values()) < CLEAR:
            return UNCLEAR
        return Language(max(known, key=lambda name: known[name]), False)


def _main(letters: Counter[str]) -> str:
    ((script, _),) = letters.most_common(1)
    return script
