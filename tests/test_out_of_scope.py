"""Similarity to the classes detects texts out of scope, which a probability, shared among the classes, does not."""

import pytest
import torch
from torch.nn.functional import normalize

from fewtext import FewtextError
from fewtext.classify.out_of_scope import similarity, similarity_of_examples, similarity_threshold
from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.learner import Support

TEXTS = [f"{which} {kind} number{i}" for kind in ("apple", "car") for i, which in enumerate(("red", "old", "this") * 2)]
LABELS = ["fruit"] * 6 + ["vehicle"] * 6


def support(each=4, ways=3, seed=0):
    y = torch.repeat_interleave(torch.arange(ways), each)
    x = torch.eye(ways, 8)[y] + 0.3 * torch.randn(len(y), 8, generator=torch.Generator().manual_seed(seed))
    return Support(x, y, ways, torch.ones(len(y)))


def test_it_is_the_cosine_to_the_nearest_class_mean():
    s = support()
    means = torch.stack([s.x[s.y == way].mean(0) for way in range(3)])
    x = torch.randn(5, 8, generator=torch.Generator().manual_seed(1))
    expected = torch.cosine_similarity(x[:, None], means[None], dim=-1).amax(1)
    assert similarity(x, s).allclose(expected, atol=1e-6)


def test_an_example_is_left_out_of_its_own_class_mean():
    s = support()
    found = similarity_of_examples(s, 12)
    for i in range(12):
        rest = torch.arange(12) != i
        alone = similarity(s.x[i : i + 1], Support(s.x[rest], s.y[rest], 3, s.weight[rest]))
        assert found[i] == pytest.approx(alone.item(), abs=1e-6)


def test_an_example_without_others_of_its_label_does_not_count():
    s = support(each=1)
    assert len(similarity_of_examples(s, 3)) == 0
    with pytest.raises(FewtextError, match="too few to tell texts out of scope"):
        similarity_threshold(s, 3, 0.95)


def test_the_threshold_keeps_the_wanted_share_of_the_examples():
    s = support(each=40)
    least = similarity_threshold(s, 120, 0.9)
    assert (similarity_of_examples(s, 120) >= least).double().mean().item() == pytest.approx(0.9, abs=0.01)
    for wrong in (0.0, 1.0, 7.0):
        with pytest.raises(FewtextError, match="parameter 'ood_keep' is"):
            similarity_threshold(s, 120, wrong)


@pytest.mark.parametrize("transductive", [False, True])
def test_texts_out_of_scope_get_no_answer_however_probable(toy_encoder, transductive):
    model = SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(TEXTS, LABELS)
    messages = []
    queries = ["red apple number0", "apple", "quantum zebra xylophone", "", "old car number1"]
    found = list(classify(model, queries, ood_keep=0.9, on_message=messages.append, transductive=transductive))
    assert [p.given for p in found] == [True, True, False, True, True] and "get no answer" in messages[-1]
    assert found[2].guess in LABELS and found[2].label == ""
    vectors = toy_encoder.encode(queries)
    assert normalize(vectors, dim=-1).shape == vectors.shape


def test_the_command_abstains_on_texts_out_of_scope(run_fewtext, write):
    support = write("s.csv", "text,label\n" + "\n".join(",".join(pair) for pair in zip(TEXTS, LABELS, strict=True)))
    query = write("q.txt", "red apple number0\nquantum zebra\n")
    given = ("classify", "--support", support, "--query", query, "--encoder", "tfidf")
    done = run_fewtext(*given, "--ood-keep", "0.9", "--unknown", "nothing of that")
    assert done.returncode == 0 and b"quantum zebra,nothing of that," in done.stdout
    assert b"red apple number0,fruit," in done.stdout and b"which 90% of the examples reach" in done.stderr
    assert run_fewtext(*given, "--ood-keep", "1").returncode == 1
    assert b"--ood-keep" in run_fewtext(*given, "--unknown", "x").stderr
