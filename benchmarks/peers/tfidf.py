"""TF-IDF of words and of pieces of words, and scikit-learn's logistic regression: no pretrained model."""

import pickle

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline, make_union

from peers.process import Peer, serve


class TfIdf(Peer):
    """Words (one and two) and character n-grams (two to five), C=10."""

    libraries = ("scikit-learn",)

    def __init__(self, body):
        pass

    def fit(self, texts, labels, names, seed):
        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
        pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
        self._model = make_pipeline(make_union(words, pieces), LogisticRegression(C=10, max_iter=300))
        self._model.fit(texts, labels)

    def answer(self, texts):
        probabilities = self._model.predict_proba(texts)
        return self._model.classes_[probabilities.argmax(1)].tolist(), probabilities.max(1)

    def megabytes(self):
        return len(pickle.dumps(self._model)) / 1e6


if __name__ == "__main__":
    serve(TfIdf)
