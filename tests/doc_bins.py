"""Files that spaCy's ``DocBin`` wrote, for a reader without spaCy: ``python tests/doc_bins.py`` makes them again."""

import random
from pathlib import Path

FOLDER = Path(__file__).parent / "doc_bins"
ROWS = [
    ("In that case the agent said: mark  the DATE, 5€!\nnew line", {"refund": 1.0, "delivery": 0.0}),
    ("the parcel is late again 📦", {"refund": 0.0, "delivery": 1.0}),
    ("not labelled yet", {}),
    ("I want my money back", {"refund": 0.8, "delivery": 0.2}),
]
SEVERAL = [("late and broken", {"late": 1.0, "broken": 1.0}), ("fine", {"late": 0.0, "broken": 0.0})]
WORDS = ["no", "spaces", "known"]


def letters():
    """Texts of letters of many scripts, of words that spaCy numbers, and of nothing."""
    draw = random.Random(0)
    names = "agent case mark number DATE ORG det X _ FLAG40 DEPRECATED100".split()
    spans = (range(33, 127), range(0xC0, 0x250), range(0x400, 0x450), range(0x4E00, 0x4F00), range(0x1F300, 0x1F400))
    words = [
        "".join(chr(draw.choice(draw.choice(spans))) for _ in range(draw.randrange(1, 30))) for _ in range(300)
    ] + names
    draw.shuffle(words)
    return ["", *(" ".join(words[at : at + 10]) for at in range(0, len(words), 10))]


def main():
    import spacy
    from spacy.tokens import Doc, DocBin

    language = spacy.blank("en")

    def docs(rows):
        for text, cats in rows:
            made = language(text)
            made.cats = cats
            yield made

    FOLDER.mkdir(exist_ok=True)
    DocBin(docs=docs(ROWS), store_user_data=True).to_disk(FOLDER / "one_label.spacy")
    DocBin(docs=docs(SEVERAL)).to_disk(FOLDER / "several.spacy")
    DocBin(attrs=["ORTH"], docs=docs((text, {}) for text in letters())).to_disk(FOLDER / "letters.spacy")
    DocBin(attrs=["ORTH"], docs=[Doc(language.vocab, words=WORDS)]).to_disk(FOLDER / "no_spaces.spacy")
    DocBin().to_disk(FOLDER / "empty.spacy")


if __name__ == "__main__":
    main()
