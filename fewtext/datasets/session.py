"""The session: encoders, corpora and their features, each made once for all the cells that share them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from fewtext.contracts.corpus import Corpus, Items
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.datasets.features import CachedEncoder, Features, encode_items
from fewtext.datasets.open import open_corpus, read_items
from fewtext.encoders.load import PIXELS, load_encoder
from fewtext.learners.spec import LearnerSpec

T = TypeVar("T")


class Session:
    """Opens, encodes and remembers. ``device``, ``dtype`` and ``max_length`` are of encoders, the columns of files."""

    def __init__(
        self,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        text_column: str | None = None,
        label_column: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.device, self.dtype, self.max_length = device, dtype, max_length
        self.text_column, self.label_column, self.progress = text_column, label_column, progress
        self.settings = {"device": device, "dtype": dtype, "max_length": max_length}
        """What was asked for: numbers measured with other settings are others."""
        self._kept: dict[Any, Any] = {}

    def encoder(self, learner_spec: LearnerSpec, spec: str | None) -> Encoder:
        """Load an encoder, a trained learner's own where none is named, and check that the learner takes it."""
        run = learner_spec.run
        spec = spec or (run.encoder if run else None)
        length = self.max_length or (run.max_length if run else None)
        made = {"device": self.device, "dtype": self.dtype, "max_length": length}
        loaded = self._once(("encoder", spec, length), lambda: load_encoder(spec, **made))
        learner_spec.check_encoder(loaded)
        return loaded

    def corpus(self, spec: str) -> Corpus:
        """Open a corpus by its name or path."""
        return self._once(("corpus", spec), lambda: open_corpus(spec, self.text_column, self.label_column))

    def items(self, corpus: Corpus, split: str | None) -> Items:
        """Read a split of a corpus; None: all of them, without repeats."""
        return self._once(("items", id(corpus), split), lambda: read_items(corpus, split))

    def spec_for(self, corpus: Corpus, learner_spec: LearnerSpec, spec: str | None, items: Items) -> str | None:
        """Return the encoder that is named, else the corpus's own; None for the trained learner's, or the default."""
        if learner_spec.run is None and spec is None:
            return corpus.encoder or (PIXELS if items.of_images else None)
        return spec

    def features(self, encoder: Encoder, corpus: Corpus, split: str | None) -> Features:
        """Encode a split of a corpus, and put it on the encoder's device."""
        return self._once(
            ("features", id(encoder), id(corpus), split),
            lambda: encode_items(encoder, self.items(corpus, split), self.progress).to(encoder.device),
        )

    def cached_encoder(self, encoder: Encoder) -> CachedEncoder:
        """Return an encoder that asks this one for every text but once."""
        return self._once(("remembering", id(encoder)), lambda: CachedEncoder(encoder))

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found
