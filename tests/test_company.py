"""A transductive learner, and one that keeps state, are evaluated as what they are and refused where that misleads."""

import pytest
import torch

from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError
from fewtext.evaluation import episodic
from fewtext.learners.spec import LearnerSpec
from fewtext.training.episodes import EpisodeSampler

TEXTS = [f"{word} {n}" for word in ("printer", "salary") for n in range(4)]
QUERIES = ["printer 7", "salary 8", "salary 9"]


class Centres(Learner):
    """Prototypes in the space that the queries are centred in."""

    name = "centres"
    transductive = True

    def fit(self, support):
        share = support.membership / support.membership.sum(0)
        prototypes = share.T @ self.backbone(support.x)
        return lambda x: -torch.cdist(x - x.mean(0), prototypes - prototypes.mean(0)).square()


class Remembers(Learner):
    """The mean of all prototypes that it has seen is taken off."""

    name = "remembers"
    keeps_state = True
    vectorizes = False

    def fit(self, support):
        share = support.membership / support.membership.sum(0)
        prototypes = share.T @ self.backbone(support.x)
        self.mean = getattr(self, "mean", 0) * 0.9 + prototypes.mean(0) * 0.1
        return lambda x, mean=self.mean: -torch.cdist(x - mean, prototypes - mean).square()


def model(kind, encoder):
    return SingleLabelClassifier(learner=LearnerSpec(kind, {}, "identity"), encoder=encoder, label_names=False)


def fitted(kind, encoder):
    return model(kind, encoder).fit(TEXTS, ["a"] * 4 + ["b"] * 4)


def test_what_depends_on_company_is_refused_unless_asked_for(toy_encoder):
    made = fitted(Centres, toy_encoder)
    message = "the answers of centres depend on the other texts.*give parameter 'transductive'"
    with pytest.raises(FewtextError, match=message):
        made.predict(QUERIES)
    with pytest.raises(FewtextError, match=message):
        list(classify(made, QUERIES))


def test_a_transductive_learner_answers_jointly_by_itself(toy_encoder):
    made, said = fitted(Centres, toy_encoder), []
    answers = list(classify(made, QUERIES, transductive=True, on_message=said.append))
    assert [answer.label for answer in answers] == ["a", "b", "b"]
    assert any("predicted jointly by centres" in sentence for sentence in said)
    x = toy_encoder.encode(QUERIES)
    own = (made.classifier_(x).double() / made.temperature_).softmax(-1)
    assert torch.allclose(torch.from_numpy(made.predict_proba(QUERIES, transductive=True)), own)


def test_a_learner_that_keeps_state_does_not_classify(toy_encoder):
    with pytest.raises(FewtextError, match="remembers depend on what was fitted before.*evaluate it"):
        fitted(Remembers, toy_encoder)


@pytest.mark.parametrize(
    ("kind", "track", "inductive"),
    [(Centres, "episodic, transductive", False), (Remembers, "episodic, inductive, keeps state", True)],
)
def test_evaluation_says_what_a_learner_is(toy_encoder, monkeypatch, kind, track, inductive):
    from fewtext.datasets.session import Session

    x = torch.randn(24, 6, generator=torch.Generator().manual_seed(0))
    features = Features(x, torch.arange(24) % 3, ("a", "b", "c"))
    two = Range(2, 2)
    drawn = EpisodeSampler(features, two, two, 2).draw(3, torch.Generator().manual_seed(0))
    monkeypatch.setattr(toy_encoder, "shape", (6,))
    monkeypatch.setattr(episodic, "described", lambda *_: {})
    seen = {}
    monkeypatch.setattr(episodic, "Report", lambda **facts: seen.update(facts))
    episodic.task_report(Session(), LearnerSpec(kind, {}, "identity"), toy_encoder, features, drawn, "here", "tasks")
    assert (seen["track"], seen["inductive"]) == (track, inductive)
