"""The parts of an encoder's features are weighted as a task's examples say."""

import math
import pickle

import pytest
import torch
from torch.nn.functional import normalize

from fewtext.classify.load import load_classifier
from fewtext.classify.part_selection import FEW_WAYS, MOVED
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add
from fewtext.contracts.encoder import Encoder
from fewtext.encoders.found import FoundEncoder
from fewtext.encoders.weighted_parts import WeightedParts, reweighted, unweighted

SHARES = (0.6, 0.2, 0.2)


class TwoSided(Encoder):
    """A text is ``TOPIC TONE WORD``; its first part is the topic, its second the tone, and both have some noise."""

    name, shape, fingerprint, max_length, shares = "two-sided", (24,), "two-sided", None, SHARES
    device = torch.device("cpu")

    def __init__(self):
        pass

    def encode(self, items, progress=None):
        rows = []
        for item in items:
            own = torch.Generator().manual_seed(sum(ord(letter) * (i + 1) for i, letter in enumerate(item)))
            words = [*item.split(), "", ""][:3]
            parts = [normalize(self._word(word) + 0.4 * torch.randn(8, generator=own), dim=0) for word in words]
            rows.append(torch.cat([part * math.sqrt(share) for part, share in zip(parts, SHARES, strict=True)]))
        return torch.stack(rows)

    def _word(self, word):
        return torch.randn(8, generator=torch.Generator().manual_seed(sum(map(ord, word))))


def texts_of(place, shots=5, words=("bank", "food")):
    """Return texts whose label is their topic (place 0) or their tone (place 1), the other being any."""
    texts, labels = [], []
    for word in words:
        for i in range(shots):
            other = f"other{i % 4}"
            texts.append(f"{word} {other} n{i}" if place == 0 else f"{other} {word} n{i}")
            labels.append(word)
    return texts, labels


def fitted(place, **options):
    return SingleLabelClassifier(encoder=TwoSided(), label_names=False).fit(*texts_of(place, **options))


def test_a_task_of_topics_keeps_the_shares_and_one_of_tones_moves_them():
    topics, tones = fitted(0), fitted(1)
    assert topics.encoder_.shares == SHARES and not isinstance(topics.encoder_, WeightedParts)
    assert tones.encoder_.shares == pytest.approx((0.2, 0.6, 0.2))
    queries = [f"other{i % 4} {word} q{i}" for word in ("bank", "food") for i in range(20)]
    right = [word for word in ("bank", "food") for _ in range(20)]
    assert (tones.predict(queries) == right).mean() > 0.8


def test_without_held_out_examples_the_number_of_classes_decides():
    words = [f"w{i}" for i in range(FEW_WAYS)]
    assert fitted(0, shots=1).encoder_.shares == pytest.approx((0.4, 0.4, 0.2))
    assert fitted(0, shots=1, words=words).encoder_.shares == SHARES


def test_with_many_examples_one_part_of_them_is_enough_to_choose_by(monkeypatch):
    monkeypatch.setattr("fewtext.classify.part_selection.MOST_EXAMPLES", 9)
    model = fitted(1)
    assert model.encoder_.shares == pytest.approx((0.2, 0.6, 0.2))
    assert len(model.held_out()[1]) == model.n_examples_, "all are held out in turn once the shares are chosen"


def test_other_shares_weigh_the_similarities_of_the_parts_anew():
    encoder = TwoSided()
    a, b = encoder.encode(["bank calm x", "food calm y"])
    parts = [float(one @ two) / share for one, two, share in zip(a.split(8), b.split(8), SHARES, strict=True)]
    shares = (0.1, 0.7, 0.2)
    c, d = WeightedParts(encoder, shares).encode(["bank calm x", "food calm y"])
    assert float(c @ d) == pytest.approx(sum(s * p for s, p in zip(shares, parts, strict=True)), abs=1e-6)
    assert torch.allclose(reweighted(reweighted(a[None], SHARES, shares), shares, SHARES), a[None])
    assert WeightedParts(encoder, shares).fingerprint != WeightedParts(encoder, SHARES).fingerprint


def test_the_shares_are_saved_pickled_and_chosen_anew_with_new_examples(tmp_path, monkeypatch):
    monkeypatch.setattr("fewtext.classify.base.load_encoder", lambda *_, **__: TwoSided())
    monkeypatch.setattr("fewtext.classify.base.find_encoder", lambda spec: FoundEncoder(TwoSided, None, {}))
    model, queries = fitted(1), [f"other{i} food q" for i in range(3)]
    model.save(tmp_path / "m")
    again = load_classifier(tmp_path / "m")
    assert again.encoder_.shares == model.encoder_.shares and again.encoder_.fingerprint == model.encoder_.fingerprint
    for other in (again, pickle.loads(pickle.dumps(model))):
        assert (other.predict_proba(queries) == model.predict_proba(queries)).all()
    turned = add(
        fitted(0, shots=1),
        *texts_of(0, shots=8),
    )
    assert unweighted(turned.encoder_).name == "two-sided" and turned.encoder_.shares == SHARES


def test_a_model_of_other_features_has_nothing_to_choose(toy_encoder):
    model = SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(
        ["a b", "a c", "a d", "x b", "x c", "x d"], ["a"] * 3 + ["x"] * 3
    )
    assert model.encoder_ is toy_encoder and len(MOVED) == 2
