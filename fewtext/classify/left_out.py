"""A saved model without the texts of its examples: they are known by their features alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fewtext.classify.languages import SupportLanguages
from fewtext.classify.saved_model import LeftOut, SavedModel
from fewtext.errors import FewtextError

NEAREST = "texts of the examples were left out of this classifier: nearest ones have a label and a similarity alone"


def without_texts(saved: SavedModel) -> SavedModel:
    """Return the model without the texts of its examples and out-of-scope examples; names of labels stay.

    Its answers stay the same. Digests of examples, which ``add`` keeps for ``remove``, go too: they would tell whoever
    guesses a text that it is one of them.
    """
    n = saved.settings.examples
    languages = SupportLanguages(saved.texts[:n] or saved.texts)
    left_out = LeftOut(list(languages.codes), sorted(languages.scripts))
    return replace(
        saved,
        settings=replace(saved.settings, left_out=left_out, additions={}),
        texts=[""] * n + saved.texts[n:],
        out_of_scope_texts=[""] * len(saved.out_of_scope_texts),
        marked=saved.marked and replace(saved.marked, answers=[replace(own, text="") for own in saved.marked.answers]),
    )


def check_has_texts(model: Any, what: str) -> None:
    """Raise ``FewtextError`` where a classifier has no texts for what is to be done with them."""
    if model.left_out_ is not None:
        message = f"{what} needs the texts of the examples, which were left out of this classifier"
        raise FewtextError(message, hint="use the folder it was pushed from, or push that with parameter 'with_texts'")
