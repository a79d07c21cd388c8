"""semantic-router: a route a label, whose utterances are the examples; the best of the nearest five decides."""

from pathlib import Path

import numpy as np
from pydantic import PrivateAttr
from semantic_router import IndexedRouter, Route
from semantic_router.encoders import LocalEncoder

from peers.kept import Kept
from peers.process import Peer, megabytes_of, serve


class KeptEncoder(LocalEncoder):
    """The dense encoder on sentence-transformers, with the test texts' vectors ready."""

    _kept: Kept = PrivateAttr()

    def __init__(self, **settings):
        super().__init__(**settings)
        self._kept = Kept(super().__call__)

    @property
    def kept(self):
        """The vectors of the test texts."""
        return self._kept

    def __call__(self, docs):
        return self._kept(docs)


class SemanticRouter(Peer):
    """An ``IndexedRouter`` at its defaults, without a threshold: one of the routes always wins.

    Its confidence is a similarity unless it is calibrated on queries that are no utterances, which a support has not.
    """

    libraries = ("semantic-router", "sentence-transformers", "transformers", "torch")

    def __init__(self, body):
        self._body = body
        self._encoder = KeptEncoder(name=body, device="cpu")

    def keep(self, texts):
        self._encoder.kept.keep(texts)
        self.seconds_kept = self._encoder.kept.seconds

    def fit(self, texts, labels, names, seed):
        own = {label: [text for text, its in zip(texts, labels, strict=True) if its == label] for label in names}
        routes = [Route(name=label, utterances=utterances) for label, utterances in own.items() if utterances]
        self._router = IndexedRouter(encoder=self._encoder, routes=routes)

    def answer(self, texts):
        return [self._router(text).name for text in texts], None

    def megabytes(self):
        vectors = np.asarray(self._router.index.index).nbytes
        return megabytes_of(*Path(self._body).glob("*.safetensors")) + vectors / 1e6


if __name__ == "__main__":
    serve(SemanticRouter)
