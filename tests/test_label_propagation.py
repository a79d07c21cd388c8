"""Queries predicted jointly: each is drawn towards its neighbours, where they are informative."""

import pytest
import torch
from torch.nn.functional import normalize

from fewtext.classify.label_propagation import NEIGHBOURS, neighbour_graph, transduce
from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier

NO_EXAMPLES = torch.zeros(0, 16), torch.zeros(0, 2), torch.zeros(0, dtype=torch.int64)


def two_groups(each=(60, 60), seed=0):
    """Queries around two directions, and probabilities whose answer is right more often than not."""
    generator = torch.Generator().manual_seed(seed)
    target = torch.repeat_interleave(torch.arange(2), torch.tensor(each))
    x = normalize(torch.eye(16)[target] * 3 + torch.randn(sum(each), 16, generator=generator) * 0.3, dim=-1)
    logits = 2 * torch.eye(2)[target] + torch.randn(sum(each), 2, generator=generator) * 1.8
    return x, logits.softmax(-1), target


def right(probabilities, target):
    return (probabilities.argmax(-1) == target).double().mean().item()


@pytest.mark.parametrize("each", [(60, 60), (110, 10)])
def test_neighbours_correct_wrong_answers_whatever_the_balance(each):
    x, probabilities, target = two_groups(each)
    found = transduce(x, probabilities, *NO_EXAMPLES)
    assert right(found.probabilities, target) > right(probabilities, target) + 0.05
    assert found.probabilities.sum(-1).allclose(torch.ones((), dtype=torch.float64))


def test_a_single_query_keeps_its_answer():
    x, probabilities, _ = two_groups()
    found = transduce(x[:1], probabilities[:1], *NO_EXAMPLES)
    assert found.strength == 0 and found.probabilities.allclose(probabilities[:1].double())
    assert transduce(x[:0], probabilities[:0], *NO_EXAMPLES).probabilities.shape == (0, 2)


def test_neighbours_do_not_count_where_they_do_not_agree():
    x, probabilities, target = two_groups()
    shuffled = torch.randperm(len(x), generator=torch.Generator().manual_seed(0))
    found = transduce(x, probabilities[shuffled], *NO_EXAMPLES)
    assert found.strength == 0 < transduce(x, probabilities, *NO_EXAMPLES).strength
    assert (found.probabilities.argmax(-1) == probabilities[shuffled].argmax(-1)).double().mean() > 0.95


def test_the_order_of_queries_is_irrelevant():
    x, probabilities, _ = two_groups()
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(1))
    straight, mixed = transduce(x, probabilities, *NO_EXAMPLES), transduce(x[order], probabilities[order], *NO_EXAMPLES)
    assert mixed.probabilities.allclose(straight.probabilities[order], atol=1e-5)


def test_the_outcome_is_calibrated_on_held_out_examples():
    x, probabilities, target = two_groups((100, 100))
    known = torch.arange(0, 200, 5)
    asked = torch.ones(200, dtype=torch.bool)
    asked[known] = False
    wrong = 1 - target[known]
    confident = transduce(x[asked], probabilities[asked], x[known], probabilities[known], target[known])
    uncertain = transduce(x[asked], probabilities[asked], x[known], probabilities[known], wrong)
    assert len(confident.held_out) == 40
    assert confident.probabilities.max(-1).values.mean() > 0.85 > uncertain.probabilities.max(-1).values.mean()


def test_the_graph_is_of_the_nearest_and_symmetric():
    x, _, _ = two_groups()
    graph = neighbour_graph(x).to_dense()
    assert graph.allclose(graph.T) and graph.diagonal().abs().max() == 0
    cosine = x @ x.T - 2 * torch.eye(len(x))
    nearest = cosine.topk(NEIGHBOURS).indices
    assert (graph.gather(1, nearest) > 0).all()
    assert torch.linalg.eigvalsh(graph).abs().max() < 1 + 1e-6


@pytest.fixture
def fruit(toy_encoder):
    texts = [f"{which} {kind}" for kind in ("apple", "car") for which in ("red", "old", "this", "one", "big")]
    return SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(texts, ["fruit"] * 5 + ["vehicle"] * 5)


def test_texts_keep_their_places_and_messages_say_what_is_done(fruit):
    queries = [f"{'apple' if i % 2 else 'car'} number{i // 2}" for i in range(60)]
    queries[7] = "  "
    messages = []
    found = list(classify(fruit, queries, transductive=True, coverage=0.5, on_message=messages.append, explain=1))
    assert [p.text for p in found] == queries and found[7].ranked == []
    assert "transductive" in messages[0] and "held-out examples" in messages[1]
    alone = fruit.predict_proba([q for q in queries if q.strip()], transductive=True)
    assert [p.probability for p in found if p.ranked] == alone.max(1).round(6).tolist()
    assert 0 < sum(p.given for p in found) <= 60


def test_no_texts_are_no_answers(fruit):
    assert list(classify(fruit, [], transductive=True)) == []
    assert [p.ranked for p in classify(fruit, ["", " "], transductive=True)] == [[], []]


def test_evaluation_says_that_it_is_transductive(run_fewtext, write):
    lines = [f"{kind} {i},{kind}" for kind in ("printer", "holiday", "invoice") for i in range(20)]
    a, b = (write(name, "text,label\n" + "\n".join(lines[i::2])) for i, name in enumerate(("a.csv", "b.csv")))
    done = run_fewtext("score", "--support", a, "--test", b, "--transductive", "--encoder", "tfidf")
    assert done.returncode == 0 and b"transductive" in done.stdout
