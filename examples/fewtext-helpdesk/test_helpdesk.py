"""Its splits are disjoint, and have the same labels."""

from fewtext_helpdesk import corpora


def test_its_splits():
    (corpus,) = corpora()
    train, test = corpus.load("train"), corpus.load("test")
    assert len(train.items) == 30 and len(test.items) == 18 and not set(train.items) & set(test.items)
    assert set(train.labels) == set(test.labels) and len(set(train.labels)) == 6
