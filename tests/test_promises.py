"""Promises: a precision holds with the confidence stated, and a prediction set covers what it says."""

import csv
import io
import json
import math

import numpy as np
import pytest
import torch

from fewtext import FewShotClassifier
from fewtext.classify.precision_prior import PrecisionPrior, TaskFacts, bayes_passing, shipped_prior
from fewtext.classify.selective import NOTHING, cuts_of, promise
from fewtext.errors import FewtextError
from fewtext.metrics.bounds import binomial_tail, lower_bound, passing


@pytest.mark.parametrize(("n", "bound"), [(10, 0.794), (30, 0.926), (45, 0.950)])
def test_what_right_answers_alone_can_show(n, bound):
    assert lower_bound(n, n, 0.9) == pytest.approx(0.1 ** (1 / n), abs=1e-9) == pytest.approx(bound, abs=1e-3)


def test_the_exact_tail_of_the_binomial_distribution():
    exact = sum(math.comb(20, k) * 0.7**k * 0.3 ** (20 - k) for k in range(17, 21))
    assert binomial_tail(17, 20, 0.7) == pytest.approx(exact, rel=1e-9)
    assert (binomial_tail(0, 5, 0.2), binomial_tail(1, 5, 0.0), binomial_tail(5, 5, 1.0)) == (1.0, 0.0, 1.0)
    assert binomial_tail(17, 20, lower_bound(17, 20, 0.9)) == pytest.approx(0.1, abs=1e-6)


def test_thresholds_are_tested_from_the_strictest_on_until_one_fails():
    right = torch.ones(100, dtype=torch.bool)
    cuts = torch.arange(1, 101)
    assert passing(right, cuts, 0.95, 0.9) == 100
    right[45:55] = False
    assert passing(right, cuts, 0.95, 0.9) == 45, "what comes after a failure is not looked at"
    right[3] = False
    assert passing(right, cuts, 0.95, 0.9) == 0, "the first test that can pass, with 45 answers, fails"
    assert passing(torch.ones(44, dtype=torch.bool), torch.arange(1, 45), 0.95, 0.9) == 0


def test_the_promise_of_examples_alone_is_broken_as_rarely_as_stated():
    draw = np.random.default_rng(0)
    broken = made = 0
    for _ in range(400):
        confidence = draw.uniform(0.5, 1, 120)
        chance = lambda c: 0.8 + 0.2 * (c - 0.5) / 0.5  # noqa: E731
        right = draw.uniform(size=120) < chance(confidence)
        found = promise(torch.tensor(confidence), torch.tensor(right), 0.93)
        if found.probability < NOTHING:
            made += 1
            broken += chance((max(0.5, found.probability) + 1) / 2) < 0.93  # the mean of what is linear
    assert made > 20 and broken <= 0.1 * 400


def test_labels_of_one_text_count_once():
    right, cuts = torch.ones(90, dtype=torch.bool), torch.arange(1, 91)
    assert passing(right, cuts, 0.95, 0.9, counted=cuts.add(1) // 2) == 90, "45 texts with two labels each"
    assert passing(right[:88], cuts[:88], 0.95, 0.9, counted=cuts[:88].add(1) // 2) == 0, "44 show too little"


def test_the_promise_holds_where_the_labels_of_a_text_are_right_or_wrong_together():
    draw = np.random.default_rng(2)
    texts = torch.arange(60).repeat_interleave(4)
    confidence = torch.linspace(0.99, 0.98, 240, dtype=torch.float64)
    broken = {True: 0, False: 0}
    for _ in range(100):
        right = torch.tensor(draw.uniform(size=60) < 0.88)[texts]
        for together in broken:
            found = promise(confidence, right, 0.9, texts=texts if together else None)
            broken[together] += found.probability < NOTHING
    assert broken[True] <= 0.1 * 100 < broken[False], "of two labels that are one, each would count without texts"


def a_prior():
    """Return a prior whose tasks have curves (a, b) around (0, 1), held-out ones the same but for a little."""
    coefficients = torch.zeros(8, 4, dtype=torch.float64)
    coefficients[0] = torch.tensor([0.0, 1.0, 0.0, 1.0])
    shared = torch.diag(torch.tensor([0.5, 0.1], dtype=torch.float64))
    covariance = torch.cat([torch.cat([shared, 0.9 * shared], 1), torch.cat([0.9 * shared, shared], 1)])
    return PrecisionPrior(coefficients, covariance, {0.5: 0.5, 0.99: 0.99}, "e", "logistic")


def test_the_promise_with_a_prior_is_broken_as_rarely_as_stated():
    prior, facts = a_prior(), TaskFacts(5, 10, True, 0.4, 0.8)
    draw = np.random.default_rng(1)
    root = np.linalg.cholesky(prior.covariance.numpy())
    broken = made = 0
    for _ in range(300):
        curve = np.array([0.0, 1.0, 0.0, 1.0]) + root @ draw.standard_normal(4)
        odds = draw.normal(2, 1.5, 60)
        confidence = torch.tensor(1 / (1 + np.exp(-odds)))
        right = torch.tensor(draw.uniform(size=60) < 1 / (1 + np.exp(-(curve[2] + curve[3] * odds))))
        found = promise(confidence, right, 0.9, prior=prior, facts=facts)
        if found.probability < NOTHING:
            made += 1
            new = draw.normal(2, 1.5, 4000)
            new = new[1 / (1 + np.exp(-new)) >= found.probability]
            broken += (1 / (1 + np.exp(-(curve[0] + curve[1] * new)))).mean() < 0.9
    assert made > 100 and broken <= 0.1 * 300 + 3 * math.sqrt(300 * 0.09), "three standard deviations of a share"


def test_right_answers_raise_the_posterior_and_wrong_ones_lower_it():
    prior, facts = a_prior(), TaskFacts(5, 10, True, 0.4, 0.8)
    confidence = torch.linspace(0.99, 0.5, 30, dtype=torch.float64)
    means = [float(prior.precisions(facts, confidence, torch.full((30,), hit)).mean()) for hit in (0.0, 1.0)]
    assert means[0] < 0.6 < means[1]
    precisions = prior.precisions(facts, confidence, torch.ones(30))
    few, _ = bayes_passing(precisions, cuts_of(confidence), 0.9, 0.95)
    many, _ = bayes_passing(precisions, cuts_of(confidence), 0.9, 0.6)
    assert 0 < few < many, "more confidence, fewer answers"


@pytest.mark.parametrize("ways", [1, 2, 7, 8, 500])
def test_the_prior_of_the_package(ways):
    prior = shipped_prior(ways)
    assert prior.coefficients.shape == (8, 4) and torch.linalg.eigvalsh(prior.covariance).min() > 0
    levels = [prior.level(stated) for stated in (0.5, 0.7, 0.85, 0.9, 0.95, 0.99)]
    assert levels == sorted(levels) and 0 < levels[0] and levels[-1] < 1


def test_answers_of_equal_confidence_are_given_together():
    found = promise(torch.full((60,), 0.8), torch.ones(60, dtype=torch.bool), 0.95)
    assert found.probability == 0 and found.coverage == 1.0
    assert "with 90% confidence at least 95% of the given answers are right" in str(found)


def test_where_nothing_can_be_promised_the_best_that_can_is_said():
    found = promise(torch.linspace(0.9, 0.5, 12), torch.ones(12, dtype=torch.bool), 0.95)
    assert found.probability == NOTHING and found.best == (0.82, 1.0)
    assert "no answer is given" in str(found) and "0.82, at a coverage of 100%" in str(found)
    again = promise(torch.linspace(0.9, 0.5, 12), torch.ones(12, dtype=torch.bool), 0.82)
    assert again.coverage == 1.0, "it can then be asked for"
    nothing = promise(torch.linspace(0.9, 0.5, 12), torch.zeros(12, dtype=torch.bool), 0.95)
    assert nothing.best is None and "nor can any other" in str(nothing)


def clusters(n, seed):
    draw = np.random.default_rng(seed)
    words = {"a": "wifi vpn router net lan", "b": "leave holiday vacation off days", "c": "pay salary slip bonus bank"}
    rows = [
        (" ".join(draw.choice(words[label].split() + "the my new all".split(), 3)), label)
        for label in words
        for _ in range(n)
    ]
    return [text for text, _ in rows], [label for _, label in rows]


def test_prediction_sets_cover_what_they_say():
    covered = []
    for seed in range(6):
        model = FewShotClassifier(encoder="tfidf", label_names=False).fit(*clusters(8, seed))
        texts, labels = clusters(40, 1000 + seed)
        sets = model.predict_set(texts, 0.8)
        covered.append(np.mean([label in own for label, own in zip(labels, sets, strict=True)]))
        assert [own[0] for own in sets] == model.predict(texts).tolist(), "the most probable label comes first"
        larger = model.predict_set(texts, 0.95)
        assert all(set(few) <= set(many) for few, many in zip(sets, larger, strict=True))
    assert 0.75 < np.mean(covered) <= 1


def test_too_few_examples_for_a_set_are_an_error():
    texts, labels = clusters(2, 0)
    model = FewShotClassifier(encoder="tfidf", label_names=False).fit(texts, labels)
    with pytest.raises(FewtextError, match="cover 90% take 9 examples held out, and 6 can be"):
        model.predict_set(texts)
    for wrong in (0, 1, 1.5):
        with pytest.raises(FewtextError, match="parameter 'coverage' is"):
            model.predict_set(texts, wrong)


@pytest.fixture
def files(write):
    texts, labels = clusters(6, 0)
    rows = "".join(f"{text},{label}\n" for text, label in zip(texts, labels, strict=True))
    return write("s.csv", "text,label\n" + rows), write("q.txt", "wifi router\nholiday off\n\n")


def test_the_command_gives_no_answer_where_nothing_can_be_promised(run_fewtext, files):
    command = ["classify", "--support", files[0], "--query", files[1], "--encoder", "tfidf", "--format", "csv"]
    done = run_fewtext(*command, "--precision", "0.99")
    rows, message = list(csv.DictReader(io.StringIO(done.stdout.decode()))), done.stderr.decode()
    assert done.returncode == 0 and [row["label"] for row in rows] == ["", "", ""]
    assert rows[0]["guess"] == "a" and "no answer is given" in message and "no prior was measured" in message


def test_the_command_gives_sets(run_fewtext, files):
    command = ["classify", "--support", files[0], "--query", files[1], "--encoder", "tfidf", "--set", "0.9"]
    done = run_fewtext(*command, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert rows[0]["set"].split("|")[0] == rows[0]["label"] and rows[2]["set"] == ""
    assert "labels on average" in done.stderr.decode()
    nested = [json.loads(line) for line in run_fewtext(*command, "--format", "jsonl").stdout.decode().splitlines()]
    assert [row["set"] for row in nested] == [row["set"].split("|") if row["set"] else [] for row in rows]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--confidence", "0.8"], "add --precision"),
        (["--set", "1"], "above 0 and below 1"),
        (["--set", "0.9", "--transductive"], "leave out one of them"),
        (["--set", "0.99"], "take 99 examples held out, and 18 can be"),
    ],
)
def test_options_that_cannot_be(run_fewtext, files, options, message):
    done = run_fewtext("classify", "--support", files[0], "--query", files[1], "--encoder", "tfidf", *options)
    assert done.returncode == 1 and message in done.stderr.decode() and done.stdout == b""
