"""The contract of a corpus, and what its splits hold."""

from fewtext_helpdesk import corpora

from fewtext.testing import corpus_checks


@corpus_checks(corpora()[0])
def test_helpdesk(check):
    check()


def test_its_splits():
    (corpus,) = corpora()
    train, test = corpus.load("train"), corpus.load("test")
    assert len(train.items) == 30 and len(test.items) == 18 and set(train.labels) == set(test.labels)
