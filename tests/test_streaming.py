"""Answers from a stream: as from a list, read no further than asked for."""

import itertools

import pytest

from fewtext import FewShotClassifier, FewtextError

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
LABELS = ["fruit"] * 3 + ["vehicle"] * 3


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder).fit([*TEXTS, *(f"big {text}" for text in TEXTS)], LABELS * 2)


def test_a_stream_is_answered_as_a_list_is(model):
    queries = ["an apple", "", "my car", "old pie"]
    whole = model.classify(queries, top=2, explain=1, coverage=0.5, unknown="?")
    for size in (1, 3, 100):
        streamed = model.classify_stream(iter(queries), batch_size=size, top=2, explain=1, coverage=0.5, unknown="?")
        assert list(streamed) == whole
    assert model.classify(queries, top=2, explain=1, coverage=0.5, unknown="?", batch_size=1) == whole
    several = FewShotClassifier(encoder=model.encoder).fit(TEXTS, [[label] for label in LABELS])
    assert list(several.classify_stream(iter(queries), batch_size=2)) == several.classify(queries)


def test_an_endless_stream_is_read_a_batch_at_a_time(model):
    read = []
    endless = (read.append(i) or f"apple {i}" for i in itertools.count())
    answers = model.classify_stream(endless, batch_size=4)
    assert read == [], "nothing is read before it is asked for"
    assert next(answers).label == "fruit" and len(read) == 4
    assert [next(answers).label for _ in range(4)] == ["fruit"] * 4 and len(read) == 8
    answers.close()


def test_progress_counts_the_texts(model):
    calls = []
    model.classify(TEXTS, batch_size=2, progress=lambda done, total: calls.append((done, total)))
    assert all(total == 6 for _, total in calls)
    list(model.classify_stream(iter(TEXTS), batch_size=2, progress=lambda done, total: calls.append((done, total))))
    assert all(done <= total for done, total in calls)


def test_what_takes_all_texts_together_is_refused(model):
    with pytest.raises(FewtextError, match="parameter 'transductive' takes all texts together"):
        model.classify_stream(iter(TEXTS), transductive=True)
    with pytest.raises(FewtextError, match="parameter 'batch_size' is 0"):
        model.classify_stream(iter(TEXTS), batch_size=0)
    with pytest.raises(FewtextError, match="item 3 is int, not a text"):
        list(model.classify_stream(iter([*TEXTS[:3], 7]), batch_size=2))
    with pytest.raises(FewtextError, match="one text where a list"):
        model.classify_stream("an apple")
    with pytest.raises(FewtextError, match="int where a list of texts"):
        model.classify_stream(5)
