"""Examples of no class detect other texts of none."""

import numpy as np
import pytest
import torch

from fewtext import FewtextError, FewtextWarning
from fewtext.classify.load import load_classifier
from fewtext.classify.oos_comparison import better_as_ordinary_label, compared
from fewtext.classify.out_of_scope import OutOfScope, similarity, similarity_threshold
from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add, remove
from fewtext.contracts.learner import Support

TEXTS = [f"{which} {kind} number{i}" for kind in ("apple", "car") for i, which in enumerate(("red", "old", "this") * 2)]
LABELS = ["fruit"] * 6 + ["vehicle"] * 6
NONE = [f"what {what} today" for what in ("rain", "sun", "wind", "snow", "storm", "frost")]
QUERIES = ["red apple number0", "old car number2", "what hail today"]


@pytest.fixture
def fitted(toy_encoder):
    return SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing").fit(
        [*NONE[:2], *TEXTS, *NONE[2:]], ["nothing"] * 2 + LABELS + ["nothing"] * 4
    )


def two_clouds(out_of_scope, at, seed=0):
    """Two classes in the first two dimensions, and out-of-scope examples around a point of the third and fourth."""
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(2).repeat_interleave(20)
    x = torch.eye(2, 4)[y] + 0.3 * torch.randn(40, 4, generator=generator)
    away = torch.tensor(at) + 0.3 * torch.randn(out_of_scope, 4, generator=generator)
    return Support(x, y, 2, torch.ones(40)), away


def test_they_are_no_class_and_texts_like_them_get_their_label(fitted, toy_encoder):
    assert fitted.classes_.tolist() == ["fruit", "vehicle"]
    assert fitted.predict(QUERIES).tolist() == ["fruit", "vehicle", "nothing"]
    assert fitted.predict_proba(QUERIES).shape == (3, 2)
    plain = SingleLabelClassifier(encoder=toy_encoder).fit(TEXTS, LABELS)
    assert (plain.predict_proba(QUERIES) == fitted.predict_proba(QUERIES)).all(), "probabilities are of the classes"


def test_out_of_scope_texts_near_a_class_are_detected_by_one_another():
    """Where similarity to a class says little, the nearest out-of-scope example does."""
    at = (0.9, 0.0, 0.6, 0.0)
    support, out_of_scope = two_clouds(15, at)
    more, new = two_clouds(200, at, seed=1)
    known = OutOfScope(out_of_scope, support, 40)
    detected = [known.similarity(part) >= known.threshold() for part in (more.x, new)]
    right = (detected[0].double().mean() + (~detected[1]).double().mean()) / 2
    least = similarity_threshold(support, 40, 0.9)
    without = [similarity(part, support) >= least for part in (more.x, new)]
    before = (without[0].double().mean() + (~without[1]).double().mean()) / 2
    assert right > before + 0.05 and right > 0.7


def test_the_threshold_keeps_a_wanted_share_of_the_examples():
    support, out_of_scope = two_clouds(10, (0.5, 0.5, 1.0, 0.0))
    known = OutOfScope(out_of_scope, support, 40)
    assert known.threshold(0.9) < known.threshold(0.5)
    assert "90% of the labelled examples kept" in known.expectation(known.threshold(0.9))


@pytest.mark.parametrize("keep", [0.0, 1.0, 1.5])
def test_the_share_to_keep_is_a_fraction(keep, fitted):
    with pytest.raises(FewtextError, match=f"parameter 'ood_keep' is {keep}; give a fraction above 0 and below 1"):
        classify(fitted, QUERIES, ood_keep=keep)


def test_a_repeated_example_counts_once(fitted, toy_encoder):
    twice = SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing").fit(
        [*TEXTS, *NONE, *NONE], LABELS + ["nothing"] * 12
    )
    assert twice.out_of_scope_texts_ == NONE and twice.out_of_scope_.threshold() == pytest.approx(
        fitted.out_of_scope_.threshold()
    )


def test_similarity_to_an_out_of_scope_example_never_counts_for_a_class():
    """Where out-of-scope examples lie within a class, one cosine alone says it, or nothing can."""
    for seed in range(20):
        support, out_of_scope = two_clouds(6, (0.9, 0.2, 0.2, 0.2), seed=seed)
        try:
            known = OutOfScope(out_of_scope, support, 40)
        except FewtextError as error:
            assert "as near to the labels" in str(error)
            continue
        near_class, near_out_of_scope = known.direction.tolist()
        assert near_class >= 0 >= near_out_of_scope and near_class - near_out_of_scope > 0


def test_a_text_in_and_out_of_scope_gives_a_warning(toy_encoder):
    model = SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing")
    with pytest.warns(
        FewtextWarning, match="1 text has a label and the label nothing of out-of-scope examples: red apple number0"
    ):
        model.fit([*TEXTS, *NONE, TEXTS[0]], LABELS + ["nothing"] * 7)


def test_too_few_of_them_are_an_error(toy_encoder):
    model = SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing")
    with pytest.raises(FewtextError, match="only 4 out-of-scope examples"):
        model.fit(TEXTS + NONE[:4], LABELS + ["nothing"] * 4)
    with pytest.raises(FewtextError, match="no example has the label nothing"):
        model.fit(TEXTS, LABELS)
    with pytest.raises(FewtextError, match="too few to tell texts out of scope"):
        model.fit([TEXTS[0], TEXTS[-1], *NONE], ["fruit", "vehicle"] + ["nothing"] * 6)
    with pytest.raises(FewtextError, match="has a description, but marks out-of-scope examples"):
        SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing", label_names={"nothing": "other things"}).fit(
            TEXTS + NONE, LABELS + ["nothing"] * 6
        )
    with pytest.raises(FewtextError, match="fine-tuned on the examples"):
        SingleLabelClassifier(encoder=toy_encoder, oos_label="nothing", tuner="contrastive").fit(
            TEXTS + NONE, LABELS + ["nothing"] * 6
        )


def test_a_saved_classifier_has_them_and_can_be_updated(fitted, toy_encoder, tmp_path):
    fitted.save(tmp_path / "model")
    loaded = load_classifier(tmp_path / "model", encoder=toy_encoder)
    assert loaded.predict(QUERIES).tolist() == ["fruit", "vehicle", "nothing"]
    assert loaded.out_of_scope_texts_ == NONE
    more = add(loaded, ["what fog today", "big apple"], ["nothing", "fruit"])
    assert more.out_of_scope_texts_ == [*NONE, "what fog today"] and more.n_examples_ == 13
    fewer = remove(more, {13})
    assert fewer.out_of_scope_texts_ == [*NONE[1:], "what fog today"] and fewer.n_examples_ == 13
    assert remove(more, set(range(13, 20))).oos_label is None, "without them there is no such label"
    lines = (tmp_path / "model/support.jsonl").read_text().splitlines()
    (tmp_path / "model/support.jsonl").write_text("\n".join(lines[:-1]))
    with pytest.raises(FewtextError, match="support.jsonl: is damaged"):
        load_classifier(tmp_path / "model", encoder=toy_encoder)


@pytest.mark.parametrize("damage", [lambda x: x.double(), lambda x: x[:-1], lambda x: x * torch.nan])
def test_damaged_out_of_scope_examples_are_an_error(damage, fitted, toy_encoder, tmp_path):
    fitted.out_of_scope_.x = damage(fitted.out_of_scope_.x)
    fitted.save(tmp_path / "model")
    with pytest.raises(FewtextError, match="is damaged"):
        load_classifier(tmp_path / "model", encoder=toy_encoder)


def test_the_label_may_be_a_number(toy_encoder, tmp_path):
    labels = np.array([1] * 6 + [2] * 6 + [0] * 6)
    model = SingleLabelClassifier(encoder=toy_encoder, oos_label=np.int64(0), label_names=False).fit(
        TEXTS + NONE, labels
    )
    assert model.predict(QUERIES).tolist() == [1, 2, 0]
    model.save(tmp_path / "model")
    assert load_classifier(tmp_path / "model", encoder=toy_encoder).predict(QUERIES).tolist() == [1, 2, 0]


def test_the_classifier_abstains_on_texts_like_them(fitted):
    messages = []
    found = list(classify(fitted, [*QUERIES, ""], on_message=messages.append))
    assert [p.given for p in found] == [True, True, False, True] and "6 out-of-scope examples" in messages[0]
    uncertain = list(classify(fitted, ["number1", *QUERIES], coverage=0.1, unknown="?", on_message=messages.append))
    assert [(p.given, p.out_of_scope) for p in uncertain][::3] == [(False, False), (False, True)]
    assert [p.label for p in uncertain][::3] == ["?", "nothing"], "uncertain is not out of scope"
    all_of_them = list(classify(fitted, QUERIES, ood_keep=0.99, on_message=messages.append))
    assert [p.given for p in all_of_them][:2] == [True, True]


def test_the_command_answers_with_their_label(run_fewtext, write, tmp_path):
    rows = [*zip(TEXTS, LABELS, strict=True), *((text, "nothing") for text in NONE)]
    support = write("s.csv", "text,label\n" + "".join(f"{text},{label}\n" for text, label in rows))
    query = write("q.txt", "\n".join(QUERIES))
    command = ["classify", "--query", query, "--format", "csv"]
    fresh = [*command, "--support", support, "--oos-label", "nothing", "--encoder", "tfidf"]
    done = run_fewtext(*fresh, "--save", tmp_path / "model")
    assert b"what hail today,nothing," in done.stdout and b"red apple number0,fruit," in done.stdout, done.stderr
    assert b"6 out-of-scope examples" in done.stderr
    assert run_fewtext(*command, "--model", tmp_path / "model").stdout == done.stdout
    other = run_fewtext(*command, "--model", tmp_path / "model", "--unknown", "?", "--coverage", "0.3")
    assert b"what hail today,nothing," in other.stdout
    assert b"--oos-label is empty" in run_fewtext(*command, "--support", support, "--oos-label", " ").stderr
    assert b"leave out one or the other" in run_fewtext(*fresh, "--model", tmp_path / "model").stderr


def test_it_is_said_where_an_ordinary_label_would_be_better(toy_encoder):
    """Texts with the words of two labels are between them, as near to either as its own; one theme of them is not."""
    network, leave = "vpn wifi router cable".split(), "holiday vacation day week".split()
    inside = [(f"{a} and {b}", "network") for a in network for b in network]
    inside += [(f"{a} and {b}", "leave") for a in leave for b in leave]

    def said(outside, **options):
        texts, labels = zip(*inside, *[(text, "other") for text in outside], strict=True)
        model = SingleLabelClassifier(encoder=toy_encoder, **options).fit(texts, labels)
        return model, better_as_ordinary_label(model)

    both = [f"{a} and {b}" for a in network for b in leave]
    model, sentence = said(both, oos_label="other")
    own = compared(model)
    assert own.share == pytest.approx(1 / 3) and own.accuracy_then > own.accuracy_now + own.error > own.accuracy_now
    assert own.detected_now == pytest.approx(model.out_of_scope_.shares(model.out_of_scope_.threshold())[0])
    assert sentence.startswith("where 33% of the texts are out of scope, as of the examples, more answers would be")
    assert f"{own.accuracy_then:.0%} of held-out examples instead of {own.accuracy_now:.0%}" in sentence
    assert sentence.endswith("leave out parameter 'oos_label'")
    assert said(both)[1] == "", "it is one already"
    assert said([f"{a} or {b}" for a in ("cake", "bread", "wine") for b in network], oos_label="other")[1] == ""
