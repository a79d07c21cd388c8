"""What bounds time and memory of large fits changes no answer: in blocks, by parts and at once they are the same."""

import pytest
import torch
from fewtext_plugins import logistic
from fewtext_plugins.lda import Lda
from fewtext_plugins.logistic import Logistic
from fewtext_plugins.matchingnet import MatchingNet
from fewtext_plugins.protonet import ProtoNet
from fewtext_plugins.ridge import Ridge
from torch import nn
from torch.nn.functional import normalize

from fewtext import FewShotClassifier
from fewtext.classify import fewer as fewer_module
from fewtext.classify import fit_progress, label_offsets, multi_label_calibration, out_of_scope
from fewtext.classify.fewer import fewer, is_large
from fewtext.classify.multi_label_calibration import calibrate
from fewtext.classify.out_of_scope import similarity, similarity_of_examples
from fewtext.contracts import learner as contract
from fewtext.contracts.learner import LabelledSupport, Learner, Support
from fewtext.contracts.progress import advance, part_of_work, watched_work
from fewtext.errors import FewtextWarning
from fewtext.metrics import calibration
from fewtext.metrics.calibration import evenly, fit_temperature, held_out_logits, rank_in_class
from fewtext.quality import near_duplicates as duplicates
from fewtext.quality.near_duplicates import near_duplicates, near_pairs

LEARNERS = (ProtoNet, Ridge, Lda, MatchingNet, Logistic)


def task(n=60, d=16, ways=5, seed=0):
    """Random examples with weights, of a class or of labels each, four folds, and queries, in float64."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    weight = 0.5 + torch.rand(n, generator=generator, dtype=torch.float64)
    y = torch.cat([torch.arange(ways), torch.randint(ways, (n - ways,), generator=generator)])
    labelled = LabelledSupport(x, torch.rand(n, ways, generator=generator) < 0.3, weight)
    folds = torch.stack([torch.arange(n) % 4 == fold for fold in range(4)])
    return Support(x, y, ways, weight), labelled, folds, torch.randn(9, d, generator=generator, dtype=torch.float64)


def answers(classifiers, query):
    return torch.stack([classify(query).detach() for classify in classifiers])


@pytest.mark.parametrize("labels", [False, True])
def test_logistic_in_blocks_of_rows_is_logistic_of_all_rows(labels, monkeypatch):
    support, labelled, folds, query = task()

    def solved():
        learner = Logistic(nn.Identity())
        return answers(learner.fit_labels(labelled, folds) if labels else learner.fit_without(support, folds), query)

    whole = solved()
    monkeypatch.setattr(logistic, "MOST_LOGITS", 7 * 20)
    assert torch.allclose(solved(), whole, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("labels", [False, True])
def test_logistic_one_fold_after_another_is_logistic_of_all_folds(labels, monkeypatch):
    support, labelled, folds, query = task()
    monkeypatch.setattr(logistic, "LBFGS_STEPS", 300)  # to the least, which both share

    def solved():
        learner = Logistic(nn.Identity(), C=1.0)
        return answers(learner.fit_labels(labelled, folds) if labels else learner.fit_without(support, folds), query)

    whole = solved()
    monkeypatch.setattr(logistic, "MOST_WEIGHTS", 1)
    assert torch.allclose(solved(), whole, atol=1e-4)


@pytest.mark.parametrize("ways", [5, 200])
def test_a_large_logistic_ends_near_where_a_small_one_does(ways, monkeypatch):
    support, _, folds, query = task(3 * ways + 185, ways=ways)
    whole = answers(Logistic(nn.Identity()).fit_without(support, folds), query).softmax(-1)
    monkeypatch.setattr(logistic, "LARGE_WORK", 0)
    early = answers(Logistic(nn.Identity()).fit_without(support, folds), query).softmax(-1)
    assert not torch.equal(early, whole) and (early - whole).abs().max() < 0.02


def test_a_fit_of_minutes_is_said_beforehand(monkeypatch):
    support, _, folds, _ = task()
    monkeypatch.setattr(logistic, "MUCH_WORK", 60 * 16 * 5 * 4 / 3)
    with pytest.warns(FewtextWarning, match="each fit to 60 texts of 5 labels takes about 3 minutes of one core"):
        Logistic(nn.Identity()).fit_without(support, folds)


@pytest.mark.parametrize("n", [60, 12])
@pytest.mark.parametrize("kind", LEARNERS[:-1])
def test_all_labels_at_once_are_the_labels_one_by_one(kind, n):
    _, labelled, folds, query = task(n)
    learner = kind(nn.Identity()).double()
    seen = torch.stack([labelled.label_matrix[~out].any(0) & ~labelled.label_matrix[~out].all(0) for out in folds])
    one_by_one = answers(Learner.fit_labels(learner, labelled, folds), query)
    at_once = answers(learner.fit_labels(labelled, folds), query)
    known = seen[:, None].expand_as(at_once)
    assert known.any() and torch.allclose(at_once[known], one_by_one[known], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("kind", LEARNERS)
def test_many_classes_are_summed_as_few_are(kind, monkeypatch):
    support, _, folds, query = task()
    support = Support(support.x, support.y, support.ways, support.weight * (torch.arange(60) != 20))
    few = answers(kind(nn.Identity()).double().fit_without(support, folds), query)
    monkeypatch.setattr(contract, "MANY_WAYS", 2)
    fresh = Support(support.x, support.y, support.ways, support.weight)
    assert torch.allclose(answers(kind(nn.Identity()).double().fit_without(fresh, folds), query), few, atol=1e-8)


def test_examples_are_numbered_within_their_class():
    y, chosen = torch.tensor([1, 0, 1, 1, 0, 2]), torch.tensor([True, True, False, True, True, False])
    assert rank_in_class(y, chosen, 4).tolist() == [0, 0, -1, 1, 1, -1]


def test_of_too_many_held_out_answers_some_are_given_and_these_are_the_same(monkeypatch):
    support, *_ = task(200, ways=4)
    holdable = torch.ones(200, dtype=torch.bool)
    learner = ProtoNet(nn.Identity())
    logits, rows = held_out_logits(learner, support, holdable)
    monkeypatch.setattr(calibration, "MOST_LOGITS", 60 * 4)
    fewer_logits, fewer_rows = held_out_logits(learner, support, holdable)
    assert 0 < len(fewer_rows) <= 60 < len(rows)
    place = {row: i for i, row in enumerate(rows.tolist())}
    assert torch.allclose(fewer_logits, logits[[place[row] for row in fewer_rows.tolist()]])
    assert torch.bincount(support.y[fewer_rows], minlength=4).min() > 5, "every class is among them"


def test_evenly_spaced_rows():
    assert evenly(torch.arange(10), 4).tolist() == [0, 2, 5, 7] and evenly(torch.arange(3), 4).tolist() == [0, 1, 2]


@pytest.mark.parametrize("heat", [0.3, 2.0, 9.0])
def test_the_temperature_of_many_logits_is_that_of_few(heat, monkeypatch):
    generator = torch.Generator().manual_seed(0)
    logits = 5 * torch.randn(900, 4, generator=generator)
    target = torch.multinomial((logits / heat).softmax(-1), 1, generator=generator)[:, 0]
    whole = fit_temperature(logits, target, 1.0)
    monkeypatch.setattr(calibration, "CELLS", 64)
    assert fit_temperature(logits, target, 1.0) == whole


def test_labels_are_calibrated_in_blocks_as_at_once(monkeypatch):
    _, labelled, _, _ = task(120)
    logits = torch.randn(labelled.label_matrix.shape, generator=torch.Generator().manual_seed(1))
    logits[::7] = torch.nan
    whole = calibrate(logits, labelled, 120, 1.0)
    monkeypatch.setattr(label_offsets, "BLOCK", 11)
    monkeypatch.setattr(multi_label_calibration, "TOGETHER", 2)
    blocks = calibrate(logits, labelled, 120, 1.0)
    assert blocks.temperature == pytest.approx(whole.temperature, rel=1e-9)
    assert torch.allclose(blocks.offsets, whole.offsets, atol=1e-9)
    assert torch.allclose(blocks.thresholds, whole.thresholds, atol=1e-9)


def test_similarity_in_blocks_is_similarity_at_once(monkeypatch):
    support, labelled, _, query = task()
    for each in (support, labelled):
        whole = similarity(query, each), similarity_of_examples(each, 50)
        rows = [
            row
            for row in range(50)
            if len(similarity_of_examples(each, row + 1)) > len(similarity_of_examples(each, row))
        ]
        some = torch.stack([whole[1][rows.index(row)] for row in (torch.arange(7) * 50 // 7).tolist() if row in rows])
        monkeypatch.setattr(out_of_scope, "BLOCK", 7)
        monkeypatch.setattr(out_of_scope, "CELLS", 15)
        assert torch.allclose(similarity(query, each), whole[0]) and len(whole[1]) > 30
        assert torch.allclose(similarity_of_examples(each, 50), whole[1])
        monkeypatch.setattr(out_of_scope, "MOST_COSINES", 1)
        assert torch.allclose(similarity_of_examples(each, 50), some)
        monkeypatch.undo()


def crowd():
    """200 vectors of which some are almost the same."""
    generator = torch.Generator().manual_seed(0)
    centres = torch.randn(40, 150, generator=generator)
    x = normalize(centres.repeat(5, 1) + 0.15 * torch.rand(200, 1, generator=generator) * torch.randn(
        200, 150, generator=generator), dim=-1)  # fmt: skip
    return x, [f"text {i}" for i in range(200)]


def naive_pairs(x, forms):
    cosine = normalize(x.double(), dim=-1) @ normalize(x.double(), dim=-1).T
    found = [(-float(cosine[a, b]), a, b) for a in range(len(x)) for b in range(a + 1, len(x))
             if cosine[a, b] > duplicates.NEAR and forms[a] != forms[b]]  # fmt: skip
    return [(a, b) for _, a, b in sorted(found)]


def test_the_projection_leaves_out_no_near_duplicate(monkeypatch):
    x, texts = crowd()
    monkeypatch.setattr(duplicates, "FEW", 50)
    monkeypatch.setattr(duplicates, "WIDTH", 16)
    monkeypatch.setattr(duplicates, "_CELLS", 3000)
    naive = naive_pairs(x, texts)
    assert 50 < len(naive) < 400 and near_duplicates(x, texts, texts) == naive


def test_equal_texts_are_compared_once_and_listed_each():
    x, texts = crowd()
    x, texts = torch.cat([x, x[:30]]), texts + texts[:30]
    assert sorted(near_duplicates(x, texts, texts)) == sorted(naive_pairs(x, texts))


def test_more_near_duplicates_than_can_be_listed_are_said(monkeypatch):
    x, texts = crowd()
    usual = near_duplicates(x, texts, texts)
    monkeypatch.setattr(duplicates, "MOST_LISTED", 20)
    with pytest.warns(FewtextWarning, match="more than 20 pairs of texts are almost the same: the nearest"):
        assert near_duplicates(x, texts, texts) == usual[:20]
    monkeypatch.setattr(duplicates, "MOST_FOUND", 30)
    monkeypatch.setattr(duplicates, "_CELLS", 400)
    with pytest.warns(FewtextWarning, match="more than 30 pairs of texts are almost the same: 20 of them"):
        assert len(near_duplicates(x, texts, texts)) == 20
    assert len(near_pairs(x, torch.arange(200))[0]) < len(usual)


def test_a_part_of_a_large_support_has_examples_of_evenly_spaced_classes(monkeypatch):
    monkeypatch.setattr(fewer_module, "WAYS", 3)
    monkeypatch.setattr(fewer_module, "SHOTS", 12)
    y = torch.cat([torch.arange(6).repeat(10), torch.arange(6)])  # the last six are names
    support = Support(torch.arange(66.0)[:, None], y, 6, torch.ones(66))
    part, examples = fewer(support, 60)
    assert part.ways == 3 and examples == 12 and len(part.y) == 15
    assert torch.bincount(part.y).tolist() == [5, 5, 5] and part.y[examples:].tolist() == [0, 1, 2]
    assert (y[part.x[:, 0].long()] == 2 * part.y).all(), "classes 0, 2 and 4"
    assert not is_large(support, 60)


def sentences(count=40):
    words = {"pay": "card bill money fee bank", "travel": "train plane hotel trip map"}
    texts, labels = [], []
    for i in range(count):
        for label, own in words.items():
            texts.append(f"{own.split()[i % 5]} {own.split()[(i + 1 + i // 5) % 5]} word{i}")
            labels.append(label)
    return texts, labels


def test_a_large_fit_answers_as_a_small_one(toy_encoder, monkeypatch):
    toy_encoder.shares = (0.5, 0.5)
    texts, labels = sentences()
    small = FewShotClassifier(encoder=toy_encoder).fit(texts, labels)
    monkeypatch.setattr(fewer_module, "MOST_ROWS", 10)
    monkeypatch.setattr(calibration, "MOST_LOGITS", 60)
    large = FewShotClassifier(encoder=toy_encoder).fit(texts, labels)
    assert large.predict(["card fee", "hotel map"]).tolist() == ["pay", "travel"]
    assert 10 < len(large.model_.held_out()[1]) < len(small.model_.held_out()[1])
    with pytest.warns(FewtextWarning, match=r"of 80 examples that can be held out \d+ were"):
        report = large.check()
    assert report.accuracy.examples == len(large.model_.held_out()[1])


@pytest.mark.parametrize("several", [False, True])
def test_a_long_fit_says_how_far_it_is(several, toy_encoder, monkeypatch):
    monkeypatch.setattr(fit_progress, "SOON", -1.0)
    texts, labels = sentences()
    told = []
    given = [(label,) if i % 3 else ("pay", "travel") for i, label in enumerate(labels)] if several else labels
    FewShotClassifier(encoder=toy_encoder).fit(texts, given, progress=lambda *done: told.append(done))
    shares = [done / of for done, of in told]
    assert len(set(shares)) > 20 and shares == sorted(shares) and shares[-1] == 1.0


def test_parts_of_work_add_up():
    told = []
    with watched_work(told.append):
        for part in range(2):
            with part_of_work(part, 2):
                advance(0.5)
    assert told == [0.25, 0.5, 0.75, 1.0]
    advance(0.1)
    assert len(told) == 4, "nobody is told outside of the block"
