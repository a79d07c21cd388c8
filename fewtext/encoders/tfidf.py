"""TF-IDF of words and of letter n-grams, weighted by their rarity in the support: a baseline."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import pad

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.errors import FewtextError
from fewtext.registry.hookspecs import hookimpl

_LEAST = 1e-9  # eigenvalue of a direction that the support spans
MOST_TEXTS = 10_000  # distinct ones in a support: the matrix of their products takes 0.8 GB, and minutes
MOST_CHARACTERS = 100_000  # of a text that are counted: each is in about ten n-grams


class TfIdf(Encoder):
    """Unit vectors of n-grams of words (one and two) and of letters (two to five), fitted to the support's texts.

    Learners depend on these tens of thousands of features only by products with the support's rows. So a text is
    represented by its coordinates in the space that the rows span, and one more for the norm of its component outside:
    products with the support stay the same, in at most one dimension more than there are examples.
    """

    name = "tfidf"
    shape: tuple[int, ...] = (1,)
    fingerprint = "tfidf"
    needs_fit = True

    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        if model is not None:
            raise FewtextError("the encoder tfidf has no model", hint=f"write tfidf, without {model}")
        if max_length is not None:
            raise FewtextError("the encoder tfidf reads whole texts", hint="leave out parameter 'max_length'")
        self.device = torch.device("cpu")
        self._basis: tuple[Any, Any, Tensor] | None = None

    def fit(self, texts: Sequence[str]) -> TfIdf:
        """Return an encoder with the vocabulary and the weights of these texts."""
        try:
            from sklearn.feature_extraction.text import TfidfVectorizer
            from sklearn.pipeline import make_pipeline, make_union
            from sklearn.preprocessing import Normalizer
        except ImportError as error:
            raise FewtextError("TF-IDF needs scikit-learn", hint='pip install "fewtext[benchmarks]"') from error
        distinct = list(dict.fromkeys(texts))
        if len(distinct) > MOST_TEXTS:
            raise FewtextError(
                f"tfidf takes at most {MOST_TEXTS:,} distinct texts as examples, not {len(distinct):,}",
                hint="give fewer examples of each label, or choose another encoder",
            )
        fitted = TfIdf()
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        vectorizer = make_pipeline(make_union(words, letters), Normalizer())
        try:
            support = vectorizer.fit(_shortened(texts)).transform(_shortened(distinct))
        except ValueError as error:  # an empty vocabulary
            raise FewtextError(
                f"the texts of the support have no words: {error}", hint="give texts with words"
            ) from error
        values, vectors = torch.linalg.eigh(torch.from_numpy((support @ support.T).toarray()))
        spanned = values > _LEAST
        fitted._basis = vectorizer, support.T.tocsc(), vectors[:, spanned] / values[spanned].sqrt()
        fitted.shape = (int(spanned.sum()) + 1,)
        fitted.fingerprint = f"tfidf-{hashlib.sha256(repr(list(texts)).encode('utf-8', 'replace')).hexdigest()[:16]}"
        return fitted

    @property
    def longest(self) -> str:
        """The longest text that is counted, in words for a message."""
        return f"{MOST_CHARACTERS:,} characters"

    def encode(self, items: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Return float32 unit vectors ``[n, d]``; zeros where a text shares no n-gram with the support."""
        if self._basis is None:
            raise FewtextError(
                "tfidf has to be fitted to a support", hint="use it to classify, or on the full-way track"
            )
        if not items:
            return torch.zeros(0, *self.shape)
        vectorizer, support, basis = self._basis
        rows = vectorizer.transform(_shortened(items))
        self.truncated += sum(len(item) > MOST_CHARACTERS for item in items)
        inside = torch.from_numpy((rows @ support).toarray()) @ basis
        filled = (bool(item.strip()) for item in items)
        shared = (count > 0 for count in rows.getnnz(1))
        self.unknown += sum(text and not some for text, some in zip(filled, shared, strict=True))
        norms = torch.from_numpy(rows.multiply(rows).sum(1).A1)
        outside = (norms - inside.square().sum(1)).clamp(min=0).sqrt()
        return (pad(inside, (0, 1)) + pad(outside[:, None], (inside.shape[1], 0))).float()


def _shortened(texts: Sequence[str]) -> list[str]:
    return [text[:MOST_CHARACTERS] for text in texts]


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [TfIdf]
