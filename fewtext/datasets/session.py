"""The session: encoders, corpora and their features, each loaded once for all that is trained or measured on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from fewtext.contracts.corpus import Corpus, Items
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.datasets.features import CachedEncoder, Features, encode_items
from fewtext.datasets.open import Reading, open_corpus, read_items
from fewtext.encoders.load import PIXELS, load_encoder
from fewtext.learners.spec import LearnerSpec

T = TypeVar("T")


@dataclass(frozen=True)
class EncodedSplit:
    """A split of a corpus and its encoder, loaded by ``spec`` (None: the default one, or the trained learner's)."""

    items: Items
    spec: str | None
    encoder: Encoder
    progress: Progress | None

    @cached_property
    def features(self) -> Features:
        """The features of all items, on the encoder's device; encoded when they are first asked for."""
        return encode_items(self.encoder, self.items, self.progress).to(self.encoder.device)


class Session:
    """Opens, encodes and keeps. ``device``, ``dtype`` and ``max_length`` are the encoders', the others the files'."""

    def __init__(
        self,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        text_column: str | None = None,
        label_column: str | None = None,
        sheet_name: str | None = None,
        encoding: str | None = None,
        progress: Progress | None = None,
    ) -> None:
        self.progress = progress
        self._reading = Reading(text_column, label_column, sheet_name, encoding)
        self.settings: dict[str, Any] = {"device": device, "dtype": dtype, "max_length": max_length}
        """The encoders' settings: results under others are not comparable."""
        self._kept: dict[Any, Any] = {}

    def encoder(self, learner_spec: LearnerSpec, spec: str | None) -> Encoder:
        """Load an encoder, by default a trained learner's own, and check that the learner was trained on it."""
        run = learner_spec.run
        spec = spec or (run.encoder if run else None)
        length = self.settings["max_length"] or (run.max_length if run else None)
        settings = {**self.settings, "max_length": length}
        loaded = self._once(("encoder", spec, length), lambda: load_encoder(spec, **settings))
        learner_spec.check_encoder(loaded)
        return loaded

    def corpus(self, spec: str) -> Corpus:
        """Open a corpus by its name or path."""
        return self._once(("corpus", spec), lambda: open_corpus(spec, *self._reading))

    def items(self, corpus: Corpus, split: str | None) -> Items:
        """Read a split of a corpus; None: all of them, without repeats."""
        return self._once(("items", id(corpus), split), lambda: read_items(corpus, split))

    def spec_for(self, corpus: Corpus, learner_spec: LearnerSpec, spec: str | None, items: Items) -> str | None:
        """Return the encoder named, else the corpus's own; None means a trained learner's, or the default one."""
        if learner_spec.run is None and spec is None:
            return corpus.encoder or (PIXELS if items.of_images else None)
        return spec

    def encoded(
        self, corpus: Corpus, split: str | None, learner_spec: LearnerSpec, encoder: str | None
    ) -> EncodedSplit:
        """Return a split with the encoder that this learner takes for it, by default as ``spec_for`` says."""
        items = self.items(corpus, split)
        spec = self.spec_for(corpus, learner_spec, encoder, items)
        loaded = self.encoder(learner_spec, spec)
        key = "encoded", id(loaded), id(corpus), split
        return self._once(key, lambda: EncodedSplit(items, spec, loaded, self.progress))

    def cached_encoder(self, encoder: Encoder) -> CachedEncoder:
        """Return an encoder that asks this one for each text only once."""
        return self._once(("cached encoder", id(encoder)), lambda: CachedEncoder(encoder))

    def _once(self, key: Any, make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept
