"""Our own corpora are what their cards say."""

import dataclasses
from collections import Counter

import pytest

from fewtext import discovery
from fewtext.errors import InputError


def test_office_is_what_its_card_says():
    office = discovery.corpus("office")
    train, test = office.load("train"), office.load("test")
    counts = Counter(train.labels) + Counter(test.labels)
    assert len(counts) == 24 and set(counts.values()) == {40}
    texts = [text.casefold() for text in train.items + test.items]
    assert len(set(texts)) == len(texts), "a text stands twice"


def test_a_corpus_that_was_changed_is_refused(tmp_path):
    office = discovery.corpus("office")
    (tmp_path / "train.jsonl").write_text('{"text": "a", "label": "b"}\n')
    with pytest.raises(InputError, match="does not match the checksum"):
        dataclasses.replace(office, folder=tmp_path).load("train")
    with pytest.raises(InputError, match="no split 'dev'; it has: train, test"):
        office.load("dev")


def test_few_shot_classification_works_on_it(bert):
    """Five examples a class and the names: 60 % on 24 intents that are near each other, where chance has 4."""
    from fewtext import FewShotClassifier

    office = discovery.corpus("office")
    train, test = office.load("train"), office.load("test")
    seen, support = Counter(), []
    for text, label in zip(train.items, train.labels, strict=True):
        seen[label] += 1
        if seen[label] <= 5:
            support.append((text, label))
    texts, labels = zip(*support, strict=True)
    assert FewShotClassifier(encoder=bert).fit(texts, labels).score(test.items, test.labels) > 0.55
