"""fewtext: the default classifier, or with another encoder, or without the labels' names."""

import tempfile
from pathlib import Path

import torch

from fewtext import FewShotClassifier
from fewtext.encoders.adapter import SHIPPED
from fewtext.encoders.encode import encode
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.errors import FewtextError
from peers.kept import Kept
from peers.process import Peer, megabytes_of, serve


class KeptEncoder(WrappedEncoder):
    """An encoder that has the test texts' features ready."""

    def __init__(self, encoder):
        super().__init__(encoder)
        self.kept = Kept(lambda texts: encode(encoder, texts))

    def encode(self, items, progress=None):
        """Return features ``[n, *shape]``."""
        rows = self.kept(list(items))
        return torch.stack(rows) if isinstance(rows, list) else rows


class Fewtext(Peer):
    """A frozen encoder, labels' names among the examples, and a calibrated head."""

    libraries = ("fewtext", "torch", "transformers")
    reads_names = True

    def __init__(self, body, encoder=CLASSIFYING, label_names=True):
        self._encoder = KeptEncoder(load_encoder(encoder))
        self._label_names = label_names
        self._files = [*Path(body).glob("*.safetensors"), *([SHIPPED] if encoder == CLASSIFYING else [])]

    def keep(self, texts):
        self._encoder.kept.keep(texts)
        self.seconds_kept = self._encoder.kept.seconds

    def fit(self, texts, labels, names, seed):
        shown = self._label_names if texts else dict.fromkeys(names, "")
        self._model = FewShotClassifier(encoder=self._encoder, label_names=shown, multi_label=False).fit(texts, labels)

    def answer(self, texts):
        probabilities = self._model.predict_proba(texts)
        return self._model.classes_[probabilities.argmax(1)].tolist(), probabilities.max(1)

    def threshold(self, precision):
        try:
            return self._model.model_.threshold(precision=precision).probability
        except FewtextError:  # the support is too small for any
            return None

    def megabytes(self):
        with tempfile.TemporaryDirectory() as folder:
            self._model.save(Path(folder, "model"))
            return megabytes_of(*self._files, *filter(Path.is_file, Path(folder).rglob("*")))


if __name__ == "__main__":
    serve(Fewtext)
