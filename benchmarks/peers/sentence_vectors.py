"""sentence-transformers' vectors, and scikit-learn's logistic regression at its defaults."""

import pickle
from pathlib import Path

import numpy as np
from sentence_transformers import SentenceTransformer
from sklearn.linear_model import LogisticRegression

from peers.kept import Kept
from peers.process import Peer, megabytes_of, serve


class SentenceVectors(Peer):
    """A frozen encoder and a linear head."""

    libraries = ("sentence-transformers", "transformers", "torch", "scikit-learn")

    def __init__(self, body):
        self._body = body
        self._encode = Kept(SentenceTransformer(body, device="cpu").encode)

    def keep(self, texts):
        self._encode.keep(texts)
        self.seconds_kept = self._encode.seconds

    def fit(self, texts, labels, names, seed):
        self._head = LogisticRegression().fit(np.stack(self._encode(texts)), labels)

    def answer(self, texts):
        probabilities = self._head.predict_proba(np.stack(self._encode(texts)))
        return self._head.classes_[probabilities.argmax(1)].tolist(), probabilities.max(1)

    def megabytes(self):
        return megabytes_of(*Path(self._body).glob("*.safetensors")) + len(pickle.dumps(self._head)) / 1e6


if __name__ == "__main__":
    serve(SentenceVectors)
