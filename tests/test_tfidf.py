"""TF-IDF in the coordinates of the support: smaller, and no product with the support is lost."""

import pytest
import torch

from fewtext import FewShotClassifier
from fewtext.encoders import tfidf
from fewtext.encoders.encode import warn_of_truncation
from fewtext.encoders.tfidf import TfIdf
from fewtext.errors import FewtextError, FewtextWarning

SUPPORT = ["the wifi is down", "no wifi since monday", "vpn down", "a day off please", "holiday in may", "vpn down"]
LABELS = ["network", "network", "network", "leave", "leave", "network"]
QUERIES = ["is the wifi down again", "holiday please", "zzz"]


def vectors(texts):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.preprocessing import Normalizer

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True)
    fitted = make_pipeline(make_union(words, pieces), Normalizer()).fit(SUPPORT)
    return torch.from_numpy(fitted.transform(texts).toarray())


def test_products_with_the_support_are_those_of_all_features():
    fitted = TfIdf().fit(SUPPORT)
    assert fitted.shape == (6,), "one text stands twice: five directions, and one for the rest"
    support, queries = fitted.encode(SUPPORT), fitted.encode(QUERIES)
    torch.testing.assert_close(queries @ support.T, (vectors(QUERIES) @ vectors(SUPPORT).T).float())
    torch.testing.assert_close(support.norm(dim=1), torch.ones(6))
    torch.testing.assert_close(queries.norm(dim=1), torch.tensor([1.0, 1.0, 0.0]), msg="zzz has nothing that was seen")


@pytest.mark.filterwarnings("ignore:.*without any word that the encoder knows:fewtext.errors.FewtextWarning")
def test_it_classifies_and_comes_back_from_a_folder(tmp_path):
    model = FewShotClassifier(encoder="tfidf").fit(SUPPORT, LABELS)
    assert model.predict(QUERIES[:2]).tolist() == ["network", "leave"]
    model.save(tmp_path / "model")
    again = FewShotClassifier.load(tmp_path / "model")
    assert (again.predict_proba(QUERIES) == model.predict_proba(QUERIES)).all()


def test_it_wants_a_support_and_something_to_count():
    with pytest.raises(FewtextError, match="has to be fitted to a support"):
        TfIdf().encode(QUERIES)
    with pytest.raises(FewtextError, match="the texts of the support have no words"):
        TfIdf().fit(["", " "])
    with pytest.raises(FewtextError, match="has no model; write tfidf, without"):
        TfIdf("bert")


def test_too_large_a_support_is_refused_and_too_long_a_text_cut(monkeypatch):
    monkeypatch.setattr(tfidf, "MOST_TEXTS", 5)
    assert TfIdf().fit(SUPPORT * 3).shape == (6,), "five different ones"
    with pytest.raises(FewtextError, match="at most 5 distinct texts as examples, not 6"):
        TfIdf().fit([*SUPPORT, "one more"])
    monkeypatch.setattr(tfidf, "MOST_CHARACTERS", 8)
    fitted = TfIdf().fit(SUPPORT[:3])
    with pytest.warns(FewtextWarning, match="1 text was longer than 8 characters and cut there"):
        with warn_of_truncation(fitted):
            assert torch.equal(fitted.encode(["the wifi is down"]), fitted.encode(["the wifi"]))


def test_texts_that_share_nothing_with_the_support_are_warned_of():
    fitted = TfIdf().fit(SUPPORT)
    with pytest.warns(FewtextWarning, match="1 text was without any word that the encoder knows"):
        with warn_of_truncation(fitted):
            fitted.encode(["zzz", "the wifi", " "])
