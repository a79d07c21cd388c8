"""The corpora that come with fewtext: cards of public ones, and office, glyphs and colours, made for it."""

from collections.abc import Iterable
from pathlib import Path

from fewtext.api import Corpus, hookimpl, read_card


@hookimpl
def corpora() -> Iterable[Corpus]:
    """Offer one corpus per card, and those that are drawn in colour."""
    from fewtext_corpora.colour import in_colour

    return [*(read_card(card) for card in sorted(Path(__file__).parent.glob("*/card.toml"))), *in_colour()]
