"""adaptive-classifier: prototypes of the classes, and a small neural head that counts more with more examples."""

from pathlib import Path

import torch
from adaptive_classifier import AdaptiveClassifier

from peers.kept import Kept
from peers.process import Peer, megabytes_of, serve


class Adaptive(Peer):
    """At its defaults, but that the encoder runs in torch: its confidence is a normalised blend of both parts."""

    libraries = ("adaptive-classifier", "transformers", "torch")

    def __init__(self, body):
        self._body = body
        self._model = AdaptiveClassifier(body, device="cpu", use_onnx=False)
        self._empty = self._model._snapshot()
        self._model._get_embeddings = self._encode = Kept(self._model._get_embeddings)

    def keep(self, texts):
        self._encode.keep(texts)
        self.seconds_kept = self._encode.seconds

    def fit(self, texts, labels, names, seed):
        self._model._restore(self._empty)
        torch.manual_seed(seed)
        self._model.add_examples(texts, labels)

    def answer(self, texts):
        best = [answers[0] for answers in self._model.predict_batch(texts, k=1)]
        return [label for label, _ in best], [confidence for _, confidence in best]

    def megabytes(self):
        head = sum(weight.numel() * weight.element_size() for weight in self._model.adaptive_head.parameters())
        stats = self._model.get_example_statistics()["memory_usage"]
        return megabytes_of(*Path(self._body).glob("*.safetensors")) + (head + sum(stats.values())) / 1e6


if __name__ == "__main__":
    serve(Adaptive)
