"""The contract of a corpus, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import corpus_checks

    @corpus_checks(doors)
    def test_doors(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from fewtext.contracts.corpus import Corpus, Items, checked_items
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.errors import InputError, listed
from fewtext.testing.kit import Checks, Excused, checks_of, parametrized
from fewtext.testing.no_network import no_network

LEAST_CLASSES = 2


@dataclass(frozen=True)
class CorpusCase:
    """A corpus under test; data that are not here excuse it from what needs them."""

    corpus: Corpus

    @cached_property
    def splits(self) -> dict[str, Items]:
        """What each split reads, without network."""
        return {name: self.read(name) for name in self.corpus.splits}

    def read(self, split: str) -> Items:
        """Read a split anew, without network."""
        try:
            with no_network():
                return checked_items(self.corpus.load(split))
        except InputError as error:
            raise Excused(f"its data are not here: {error}") from error


def check_says_what_it_is(case: CorpusCase) -> None:
    """A corpus says its name, its modality, and in a sentence what it holds."""
    corpus = case.corpus
    assert corpus.name and corpus.description.strip(), "a corpus has a name and a description"
    assert corpus.modality in ("text", "image"), f"modality is {corpus.modality!r}: write text or image"


def check_has_a_licence_and_a_citation(case: CorpusCase) -> None:
    """Whoever uses it learns under which licence, and whom to cite."""
    assert case.corpus.licence.strip(), "licence is empty: name it, or write unknown"
    assert case.corpus.citation.strip(), "citation is empty: name the paper, or write none"


def check_reads_without_network(case: CorpusCase) -> None:
    """Every split is read, from files that are here, and has items of its modality."""
    assert case.corpus.readers, "a corpus has a split"
    for name, items in case.splits.items():
        assert items.items, f"the split {name} is empty"
        modality = "image" if items.of_images else "text"
        assert modality == case.corpus.modality, f"the split {name} holds {modality}s"


def check_labels_are_names(case: CorpusCase) -> None:
    """Labels are not blank, and there are two of them or more in the splits that are no out-of-scope ones."""
    own = [items for name, items in case.splits.items() if name not in case.corpus.out_of_scope]
    assert all(label.strip() for items in own for label in items.labels), "a label is blank"
    classes = {label for items in own for label in items.labels}
    assert len(classes) >= LEAST_CLASSES, f"it has {len(classes)} label"


def check_reads_the_same_twice(case: CorpusCase) -> None:
    """Reading again gives the same items and labels in the same order: results name them by a hash."""
    for name, items in case.splits.items():
        assert case.read(name).fingerprint == items.fingerprint, f"the split {name} reads differently the second time"


def check_out_of_scope_splits_exist(case: CorpusCase) -> None:
    """The splits named as out of scope are splits, and not all of them."""
    unknown = set(case.corpus.out_of_scope) - set(case.corpus.splits)
    assert not unknown, f"out_of_scope names {listed(sorted(unknown))}, which is no split"
    assert set(case.corpus.splits) - set(case.corpus.out_of_scope), "all splits are out of scope"


def check_folds_partition_the_classes(case: CorpusCase) -> None:
    """In each published fold every class of the data is in one part: to train, to validate or to test on."""
    if case.corpus.folds_file is None:
        raise Excused("it has no published folds")
    assert case.splits
    classes = set(case.corpus.load_all().labels)
    for name in fold_names(case.corpus):
        fold = class_fold(case.corpus, name, sorted(classes))
        missing = classes - {*fold.train, *fold.valid, *fold.test}
        assert not missing, f"fold {fold.name} lacks {listed(sorted(missing))}"


def may_splits_be_disjoint(case: CorpusCase) -> None:
    """No item is in two splits: what is in the training and in the test split is answered by heart."""
    seen: dict[object, str] = {}
    shared: dict[tuple[str, str], int] = {}
    for name, items in case.splits.items():
        for item in dict.fromkeys(items.items):
            if (first := seen.setdefault(item, name)) != name:
                shared[first, name] = shared.get((first, name), 0) + 1
    said = [f"{count:,} items are in {one} and in {other}" for (one, other), count in shared.items()]
    assert not shared, "; ".join(said)


CORPUS_CHECKS: Checks[CorpusCase] = checks_of(globals())


def corpus_checks(corpus: Corpus) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check of a corpus."""
    return parametrized(CORPUS_CHECKS, [("", CorpusCase(corpus))])
