"""scikit-learn's estimator checks, those that make sense for texts: its own where they need no data, the rest on texts.

Its ``check_estimator`` gives numbers to estimators, and so leaves out nearly all of them for one that takes texts.
"""

import copy
import pickle

import numpy as np
import pytest

from fewtext import FewShotClassifier, FewtextError

pytest.importorskip("sklearn")
from sklearn.base import clone  # noqa: E402
from sklearn.ensemble import VotingClassifier  # noqa: E402
from sklearn.exceptions import NotFittedError  # noqa: E402
from sklearn.metrics import accuracy_score, f1_score, make_scorer  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_validate  # noqa: E402
from sklearn.pipeline import make_pipeline  # noqa: E402
from sklearn.utils import estimator_checks  # noqa: E402

TEXTS = [f"{colour} {kind}" for colour in "red green old big new fast".split() for kind in ("apple", "car")]
ONE = np.array(["fruit", "vehicle"] * 6)
SEVERAL = [("fruit",), ("vehicle",), ("fruit", "vehicle"), ()] * 3
MATRIX = np.array([[1, 0], [0, 1], [1, 1], [0, 0]] * 3)
TARGETS = pytest.mark.parametrize("y", [ONE, SEVERAL, MATRIX], ids=["one", "several", "matrix"])
WITHOUT_DATA = [
    "check_estimator_cloneable", "check_estimator_tags_renamed", "check_valid_tag_types", "check_estimator_repr",
    "check_no_attributes_set_in_init", "check_parameters_default_constructible", "check_get_params_invariance",
    "check_set_params", "check_do_not_raise_errors_in_init_or_set_param", "check_estimator_get_tags_default_keys",
]  # fmt: skip


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder, learner="protonet", label_names=False)


@pytest.mark.parametrize("name", WITHOUT_DATA)
def test_scikit_learns_own_check(name):
    check = getattr(estimator_checks, name, None)
    if check is None:
        pytest.skip("not in this version")
    check("FewShotClassifier", FewShotClassifier())


def test_check_estimator_finds_nothing_wrong():
    for found in estimator_checks.check_estimator(FewShotClassifier(), on_skip=None, on_fail=None) or ():
        assert found["status"] in ("passed", "skipped"), found


@TARGETS
def test_fit_takes_x_and_y_and_returns_the_estimator(model, y):
    assert model.fit(X=TEXTS, y=y) is model
    assert model.score(X=TEXTS, y=y) >= 0.5 and len(model.predict(X=TEXTS)) == len(model.predict_proba(X=TEXTS)) == 12


@TARGETS
def test_fit_leaves_parameters_and_sets_only_attributes_with_an_underscore(model, y):
    before, attributes = copy.copy(model.get_params(deep=True)), set(vars(model))
    model.fit(TEXTS, y)
    assert model.get_params(deep=True) == before
    assert all(name.endswith("_") or name.startswith("_") for name in set(vars(model)) - attributes)


@TARGETS
def test_predicting_changes_nothing_and_gives_the_same_again(model, y):
    model.fit(TEXTS, y)
    state = dict(vars(model))
    first, probabilities = list(map(tuple_or_self, model.predict(TEXTS))), model.predict_proba(TEXTS)
    model.score(TEXTS, y), model.classify(TEXTS), list(model.classify_stream(iter(TEXTS)))
    assert vars(model) == state and list(map(tuple_or_self, model.predict(TEXTS))) == first
    assert (model.predict_proba(TEXTS) == probabilities).all()


@TARGETS
def test_a_second_fit_is_as_the_first(model, y):
    once = model.fit(TEXTS, y).predict_proba(TEXTS)
    assert (model.fit(TEXTS, y).predict_proba(TEXTS) == once).all()
    other = np.array(["a", "b", "c"] * 4)
    assert model.fit(TEXTS, other).predict_proba(TEXTS).shape == (12, 3), "nothing is left of the first fit"
    assert model.classes_.tolist() == ["a", "b", "c"]


@TARGETS
def test_an_answer_does_not_depend_on_the_other_texts_or_their_order(model, y):
    model.fit(TEXTS, y)
    whole, order = model.predict_proba(TEXTS), np.random.default_rng(0).permutation(12)
    one_by_one = np.concatenate([model.predict_proba([text]) for text in TEXTS])
    # float32 features and sums of other shapes differ in the last bits.
    np.testing.assert_allclose(one_by_one, whole, atol=1e-6)
    np.testing.assert_allclose(model.predict_proba([TEXTS[i] for i in order]), whole[order], atol=1e-6)


@TARGETS
def test_it_pickles_and_clones(model, y):
    model.fit(TEXTS, y).set_score_request(sample_weight=True)
    with pytest.raises(NotFittedError):
        clone(model).predict(TEXTS)
    named = FewShotClassifier(encoder="tfidf", learner="protonet", label_names=False).fit(TEXTS, y)
    again = pickle.loads(pickle.dumps(named))
    assert (again.predict_proba(TEXTS) == named.predict_proba(TEXTS)).all()


@TARGETS
def test_texts_and_labels_of_unequal_numbers_are_an_error(model, y):
    with pytest.raises(FewtextError, match="11 texts but 12 labels"):
        model.fit(TEXTS[:-1], y)
    with pytest.raises(FewtextError, match="12 texts but 11 labels"):
        model.fit(TEXTS, y).score(TEXTS, y[:-1])


@TARGETS
def test_log_probabilities_are_logarithms(model, y):
    model.fit(TEXTS, y)
    np.testing.assert_array_equal(model.predict_log_proba(TEXTS), np.log(model.predict_proba(TEXTS)))
    wide = np.insert(MATRIX, 1, 0, axis=1)
    assert (model.fit(TEXTS, wide).predict_log_proba(TEXTS)[:, 1] == -np.inf).all()


def test_probabilities_and_labels_agree(model):
    model.fit(TEXTS, ONE)
    probabilities = model.predict_proba(TEXTS)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, atol=1e-12)
    assert (model.classes_[probabilities.argmax(1)] == model.predict(TEXTS)).all()
    assert model.classes_.tolist() == sorted(set(ONE)) and model.predict(TEXTS).shape == (12,)


@pytest.mark.parametrize("y", [ONE, MATRIX], ids=["one", "matrix"])
def test_score_is_scikit_learns_accuracy(model, y):
    weights = np.arange(12) + 1.0
    model.fit(TEXTS, y)
    assert model.score(TEXTS, y[::-1]) == accuracy_score(y[::-1], model.predict(TEXTS))
    expected = accuracy_score(y[::-1], model.predict(TEXTS), sample_weight=weights)
    assert model.score(TEXTS, y[::-1], sample_weight=weights) == pytest.approx(expected)


@pytest.mark.parametrize("y", [ONE, MATRIX], ids=["one", "matrix"])
def test_it_is_cross_validated_with_scorers_and_probabilities(model, y):
    folds = KFold(3, shuffle=True, random_state=0)
    scoring = {"accuracy": "accuracy", "f1": make_scorer(f1_score, average="macro", zero_division=0)}
    found = cross_validate(model, TEXTS, y, cv=folds, scoring=scoring, error_score="raise")
    assert len(found["test_accuracy"]) == len(found["test_f1"]) == 3
    assert cross_val_predict(model, TEXTS, y, cv=folds, method="predict_proba").shape == (12, 2)


def test_options_of_the_learner_are_searched(model):
    model.set_params(learner="logistic")
    search = GridSearchCV(make_pipeline(model), {"fewshotclassifier__options__C": [0.1, 10.0]}, cv=2, scoring="roc_auc")
    search.fit(TEXTS, ONE)
    assert search.best_params_["fewshotclassifier__options__C"] in (0.1, 10.0)


def test_it_votes_with_others(model):
    voting = VotingClassifier([("one", model), ("two", clone(model).set_params(learner="logistic"))], voting="soft")
    assert voting.fit(TEXTS, ONE).predict(["an apple", "the car"]).tolist() == ["fruit", "vehicle"]


def test_a_notebook_shows_the_diagram(model):
    from sklearn import config_context

    shown = model._repr_mimebundle_()
    assert shown["text/plain"] == repr(model) and "FewShotClassifier" in shown["text/html"]
    assert "FewShotClassifier" in make_pipeline(model)._repr_mimebundle_()["text/html"]
    with config_context(display="text"):
        assert set(model._repr_mimebundle_()) == {"text/plain"}


def tuple_or_self(answer):
    return tuple(answer) if isinstance(answer, (tuple, np.ndarray)) else answer
