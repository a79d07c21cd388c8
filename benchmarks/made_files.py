"""A file as it was made for a test of readers, and what its rows are made of: labels, and texts of odd characters."""

from dataclasses import dataclass, field

WORDS = "card refund printer toner paper invoice was is the not twice on my arrived screen jam two".split()
LABELS = ["printing", "payment", "card_arrival", "größe", "x y", "Ja"]
ODD = [
    '"',
    '""',
    "'",
    ",",
    ";",
    "|",
    "\u2028",
    "\u0085",
    "\x0b",
    "😀",
    "=1+1",
    "\\",
    "\u202e",
    "NaN",
    "{",
    "[1]",
    "#",
    "-",
]


@dataclass
class File:
    """What was written: how many rows, None where nobody can tell, and the sound ones, which must come through."""

    kind: str
    role: str
    ending: str
    content: bytes
    rows: int | None = None
    sound: list = field(default_factory=list)
    quiet: bool = False
    """A sound file: neither an error nor a warning is right."""
    banned: set = field(default_factory=set)
    """Texts that must not come through."""
    message: tuple = ()
    """What a warning must say."""


def text_of(dice, forbidden="", odd=0.5):
    """Return a text of a few words, odd characters among them, without those of the file's own syntax."""
    parts = dice.choices(WORDS, k=dice.randint(2, 6))
    while dice.random() < odd:
        parts.insert(dice.randrange(len(parts) + 1), dice.choice(ODD))
        odd *= 0.7
    text = dice.choice([" ", "", " "]).join(parts) if dice.random() < 0.2 else " ".join(parts)
    return "".join(character for character in text if character not in forbidden).strip() or "text here"


def pairs_of(dice, forbidden="", odd=0.5):
    """Return rows, of two labels at least, so that a classifier can be fitted."""
    labels = dice.sample([label for label in LABELS if not set(label) & set(forbidden)], dice.randint(2, 3))
    count = dice.randint(4, 12)
    return [(text_of(dice, forbidden, odd), labels[i % len(labels)]) for i in range(count)]


def encoded(dice, text):
    """Return the bytes of a text in one of the encodings that are read, with a mark where that is needed."""
    return dice.choice([text.encode(), text.encode(), b"\xef\xbb\xbf" + text.encode(), text.encode("utf-16")])


def rows_in(role, pairs, sound=None):
    """Return what the reader must bring of such rows, by role."""
    kept = [pair for pair, good in zip(pairs, sound or [True] * len(pairs), strict=True) if good]
    return kept if role == "support" else [text for text, _ in kept]
