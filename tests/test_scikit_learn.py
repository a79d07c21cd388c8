"""The estimator keeps scikit-learn's contract, tried by scikit-learn itself."""

import pickle

import numpy as np
import pytest

from fewtext import FewShotClassifier, FewtextError

pytest.importorskip("sklearn")
from sklearn import config_context  # noqa: E402
from sklearn.base import clone, is_classifier  # noqa: E402
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError  # noqa: E402
from sklearn.metrics import accuracy_score  # noqa: E402
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score  # noqa: E402
from sklearn.pipeline import Pipeline  # noqa: E402
from sklearn.preprocessing import FunctionTransformer, MultiLabelBinarizer  # noqa: E402
from sklearn.utils.validation import check_is_fitted  # noqa: E402

COLOURS = "red green old big new fast".split()
TEXTS = [f"{colour} {kind}" for colour in COLOURS for kind in ("apple", "car")]
LABELS = ["fruit", "vehicle"] * 6
TOPICS = {"fruit": "apple", "vehicle": "car", "water": "boat"}
SETS = [{"fruit"}, {"vehicle"}, {"water"}, {"fruit", "vehicle"}, {"vehicle", "water"}, set()] * 4
SET_TEXTS = [" ".join([f"number{i}", *sorted(TOPICS[label] for label in own)]) for i, own in enumerate(SETS)]
INDICATORS = MultiLabelBinarizer().fit_transform(SETS)


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder, learner="protonet", name_weight=0.5, options=None)


def test_a_clone_has_the_parameters_and_no_fit(model):
    model.set_params(learner="logistic", options={"C": 2.0}, oos_label=np.str_("none of these"), multi_label=False)
    copy = clone(model.fit([*TEXTS, *["a lake"] * 1, *(f"lake {i}" for i in range(5))], LABELS + ["none of these"] * 6))
    assert copy is not model and copy.get_params() == model.get_params() and is_classifier(copy)
    with pytest.raises(NotFittedError):
        check_is_fitted(copy)
    check_is_fitted(model)


def test_every_parameter_of_the_constructor_is_an_attribute(model):
    parameters = model.get_params(deep=False)
    assert parameters == {name: getattr(model, name) for name in parameters} and len(parameters) == 13
    assert repr(FewShotClassifier(learner="lda", oos_label="x")) == "FewShotClassifier(learner='lda', oos_label='x')"


def test_options_are_set_one_by_one(model):
    assert model.set_params(options__C=3.0).options == {"C": 3.0}
    assert model.set_params(options__steps=5, name_weight=1.0).options == {"C": 3.0, "steps": 5}
    assert model.get_params()["options__steps"] == 5 and "options__steps" not in model.get_params(deep=False)
    for wrong in ({"nonsense": 1}, {"nonsense__C": 1}, {"learner__C": 1}):
        with pytest.raises(ValueError, match="nonsense|has no entries"):
            model.set_params(**wrong)


def test_it_is_cross_validated_and_searched(model):
    assert cross_val_score(model, TEXTS, LABELS, cv=3).tolist() == [1.0, 1.0, 1.0]
    grid = {"learner": ["logistic"], "options__C": [0.01, 20.0]}, {"learner": ["protonet", "lda"]}
    search = GridSearchCV(model, list(grid), cv=3, scoring="neg_log_loss").fit(np.array(TEXTS), np.array(LABELS))
    losses = dict(zip(map(str, search.cv_results_["params"]), search.cv_results_["mean_test_score"], strict=True))
    assert len(losses) == 4 and len(set(losses.values())) == 4 and all(np.isfinite(loss) for loss in losses.values())
    assert search.best_score_ == max(losses.values()) and search.predict(["my apple"]).tolist() == ["fruit"]
    assert model.options is None and model.learner == "protonet", "the estimator that was given stays as it was"


def test_it_ends_a_pipeline(model):
    lower = FunctionTransformer(lambda texts: [text.lower() for text in texts])
    pipeline = Pipeline([("lower", lower), ("model", model)])
    pipeline.set_params(model__learner="logistic", model__options__C=5.0).fit([text.upper() for text in TEXTS], LABELS)
    assert pipeline.predict(["AN APPLE"]).tolist() == ["fruit"] and pipeline.classes_.tolist() == ["fruit", "vehicle"]
    assert pipeline.score(TEXTS, LABELS) == 1.0 and model.options == {"C": 5.0}


@pytest.mark.parametrize("labels", [LABELS, [[label] for label in LABELS], np.eye(2, dtype=int)[[0, 1] * 6]])
def test_a_fitted_one_comes_back_from_a_pickle(labels):
    model = FewShotClassifier(encoder="tfidf", label_names=False).fit(TEXTS, labels)
    again = pickle.loads(pickle.dumps(model))
    assert (again.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()
    assert again.classes_.tolist() == model.classes_.tolist() and again.score(TEXTS, labels) == 1.0


def test_what_needs_a_fit_raises_scikit_learns_error_and_ours(model):
    doors = [
        lambda: model.predict(TEXTS), lambda: model.predict_proba(TEXTS), lambda: model.score(TEXTS, LABELS),
        lambda: model.classify(TEXTS), lambda: model.check(), lambda: model.suggest(TEXTS),
        lambda: model.add(TEXTS, LABELS), lambda: model.remove(TEXTS), lambda: model.save("x"), lambda: model.classes_,
    ]  # fmt: skip
    for door in doors:
        with pytest.raises(NotFittedError, match="has not been fitted; call fit first") as caught:
            door()
        assert isinstance(caught.value, FewtextError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not hasattr(model, "classes_")


def test_texts_are_scored_by_their_weight(model):
    model.fit(TEXTS, LABELS)
    wrong = ["vehicle", *LABELS[1:]]
    weights = np.array([6.0] + [1.0] * 11)
    assert model.score(TEXTS, wrong) == pytest.approx(11 / 12)
    assert model.score(TEXTS, wrong, sample_weight=weights) == pytest.approx(11 / 17)
    expected = accuracy_score(wrong, model.predict(TEXTS), sample_weight=weights)
    assert model.score(TEXTS, wrong, list(weights)) == pytest.approx(expected)
    for bad in ([1.0], np.ones((12, 1)), -weights, np.zeros(12), weights * np.nan):
        with pytest.raises(FewtextError, match="parameter 'sample_weight'"):
            model.score(TEXTS, LABELS, sample_weight=bad)


def test_metadata_routing_brings_the_weights(model):
    weights = np.array([50.0] + [1.0] * 11)
    wrong = ["vehicle", *LABELS[1:]]
    with config_context(enable_metadata_routing=True):
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            cross_val_score(model, TEXTS, wrong, cv=KFold(2), params={"sample_weight": weights})
        model.set_score_request(sample_weight=True)
        assert clone(model).get_metadata_routing().score.requests == {"sample_weight": True}
        scores = cross_val_score(model, TEXTS, wrong, cv=KFold(2), params={"sample_weight": weights})
    assert scores[0] < 0.1 < scores[1], "the first fold has the wrong label, of weight 50"


def test_indicators_in_are_indicators_out(model):
    found = model.set_params(label_names=False).fit(SET_TEXTS, INDICATORS).predict(SET_TEXTS)
    assert found.shape == INDICATORS.shape and found.dtype.kind == "i" and set(np.unique(found)) == {0, 1}
    assert (found == INDICATORS).mean() > 0.95 and model.classes_.tolist() == [0, 1, 2]
    assert model.score(SET_TEXTS, INDICATORS) == accuracy_score(INDICATORS, found)
    weights = np.arange(24) + 1.0
    expected = accuracy_score(INDICATORS[::-1], found, sample_weight=weights)
    assert model.score(SET_TEXTS, INDICATORS[::-1], sample_weight=weights) == pytest.approx(expected)
    by_name = FewShotClassifier(encoder=model.encoder, learner="protonet", label_names=False).fit(SET_TEXTS, SETS)
    names = sorted(TOPICS)
    assert [{names[k] for k in row.nonzero()[0]} for row in found] == list(map(set, by_name.predict(SET_TEXTS)))
    assert (by_name.predict_proba(SET_TEXTS) == model.predict_proba(SET_TEXTS)).all()
    assert by_name.score(SET_TEXTS, INDICATORS) == by_name.score(SET_TEXTS, SETS), "columns in the order of classes_"


def test_a_column_without_an_example_stays_a_column(model):
    wide = np.insert(INDICATORS, 1, 0, axis=1)
    model.set_params(label_names=False).fit(SET_TEXTS, wide)
    assert model.classes_.tolist() == [0, 1, 2, 3] and model.predict(SET_TEXTS).shape == (24, 4)
    probabilities = model.predict_proba(SET_TEXTS)
    assert (probabilities[:, 1] == 0).all() and (probabilities[:, [0, 2, 3]] > 0).all()
    with pytest.raises(FewtextError, match="an indicator matrix of 3 columns for 4 labels"):
        model.score(SET_TEXTS, INDICATORS)


def test_indicators_are_cross_validated(model):
    scores = cross_val_score(model.set_params(label_names=False), SET_TEXTS, INDICATORS, cv=KFold(4, shuffle=True,
                             random_state=0), error_score="raise")  # fmt: skip
    assert len(scores) == 4 and scores.mean() > 0.8


def test_columns_of_a_data_frame_name_the_labels(model):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(INDICATORS, columns=sorted(TOPICS))
    model.fit(SET_TEXTS, frame)
    assert model.classes_.tolist() == sorted(TOPICS) and (model.predict(SET_TEXTS) == INDICATORS).all()
    assert model.score(SET_TEXTS, frame[["water", "fruit", "vehicle"]]) == 1.0, "by name, in any order"
    with pytest.raises(FewtextError, match="the same index in two orders"):
        model.fit(pd.Series(SET_TEXTS), frame[::-1])
    with pytest.raises(FewtextError, match="several columns of one label: fruit, fruit"):
        model.fit(SET_TEXTS, frame.rename(columns={"water": "fruit "}))


def test_sparse_indicators_are_indicators(model):
    sparse = pytest.importorskip("scipy.sparse")
    found = model.set_params(label_names=False).fit(SET_TEXTS, sparse.csr_matrix(INDICATORS)).predict(SET_TEXTS)
    assert (found == model.fit(SET_TEXTS, INDICATORS).predict(SET_TEXTS)).all()
