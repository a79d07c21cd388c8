"""Class folds: the classes to train, validate and test on, as published or drawn at random."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from typing import Any

from fewtext.contracts.corpus import Corpus, Fold
from fewtext.contracts.labels import normal_form
from fewtext.errors import InputError, did_you_mean

_PARTS = ("train", "valid", "test")
_LEAST = 2  # classes in a part of a fold: with fewer there is nothing to classify


def fold_names(corpus: Corpus) -> tuple[str, ...]:
    """Return the names of the published folds."""
    return tuple(_published(corpus))


def class_fold(corpus: Corpus, name: str | None, labels: Sequence[str]) -> Fold:
    """Return a published fold, or ``random_N``: the labels shuffled by seed N and cut into 50, 25 and 25 %.

    Without a name it is the first published fold, or ``random_0``. ``labels`` are those of the data, in any order and
    repeated or not: a published fold may name no others.
    """
    published, present = _published(corpus), sorted(set(labels))
    name = name or next(iter(published), "random_0")
    if name in published:
        return _published_fold(corpus, name, published[name], present)
    if not (seed := re.fullmatch(r"random_([0-9]{1,18})", name)):
        all_names = f"there are: {', '.join([*published, 'random_N (N: any seed)'])}"
        hint = f"{did_you_mean(name, [*published, 'random_0'])} {all_names}".lstrip()
        raise InputError(f"corpus {corpus.name} has no fold {name!r}", hint=hint)
    if len(present) < 3 * _LEAST:
        hint = f"at least {3 * _LEAST} are needed, {_LEAST} each to train, validate and test on"
        raise InputError(f"corpus {corpus.name} has {len(present)} classes, too few for a class fold", hint=hint)
    random.Random(int(seed[1])).shuffle(present)
    quarter = max(_LEAST, len(present) // 4)
    train, rest = present[: -2 * quarter], present[-2 * quarter :]
    return Fold(name, tuple(train), tuple(rest[:quarter]), tuple(rest[quarter:]))


def _published(corpus: Corpus) -> dict[str, Any]:
    if corpus.folds_file is None:
        return {}
    try:
        folds = json.loads(corpus.folds_file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"cannot be read as folds: {error}", where=str(corpus.folds_file)) from error
    if not isinstance(folds, dict):
        raise InputError("is not an object of folds by name", where=str(corpus.folds_file))
    return folds


def _published_fold(corpus: Corpus, name: str, parts: Any, present: Sequence[str]) -> Fold:
    """Return a fold in which every class is one of the data's and in one part only."""
    where = str(corpus.folds_file)
    if not isinstance(parts, dict) or set(parts) != set(_PARTS):
        raise InputError(f"fold {name} does not have the parts {', '.join(_PARTS)}", where=where)
    seen: dict[str, str] = {}
    known = set(present)
    classes: dict[str, tuple[str, ...]] = {}
    for part in _PARTS:
        if not isinstance(parts[part], list) or not parts[part]:
            raise InputError(f"fold {name} has no list of labels for {part}", where=where)
        classes[part] = tuple(normal_form(label) for given in parts[part] for label in corpus.fold_classes(given))
        for label in classes[part]:
            if label not in known:
                hint = did_you_mean(str(label), present) or "the fold is of other data"
                message = f"fold {name} has a label {label!r} that the data lack"
                raise InputError(message, where=where, hint=hint)
            if label in seen:
                message = f"the label {label!r} of fold {name} is in {seen[label]} and in {part}"
                raise InputError(message, where=where, hint="leave it in one of them")
            seen[label] = part
    return Fold(name, **classes)
