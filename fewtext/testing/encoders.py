"""The contract of an encoder, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import encoder_checks

    @encoder_checks(lambda: Characters(device="cpu"))
    def test_characters(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.testing.kit import Checks, Excused, checks_of, parametrized

TEXTS = ("the printer is out of toner", "pay my salary", "a room for eight", "the printer", "no")
TOLERANCE = 1e-4  # of a feature, relative to the largest: the batch of a text shows in its last bits


@dataclass(frozen=True)
class EncoderCase:
    """An encoder under test, by what loads it, and at least three different items that it can read."""

    load: Callable[[], Encoder]
    items: Sequence[Any] = TEXTS
    variants: Sequence[Callable[[], Encoder]] = ()

    def encoder(self) -> Encoder:
        """Return a freshly loaded encoder, ready to encode."""
        return self.load().fit(self.items)


def check_says_what_it_is(case: EncoderCase) -> None:
    """An encoder has a name, modalities, a shape of positive sizes, and a fingerprint."""
    encoder = case.encoder()
    assert isinstance(encoder.name, str) and encoder.name, "an encoder has a name"
    assert encoder.modalities and set(encoder.modalities) <= {"text", "image"}, "modalities are text, image, or both"
    assert encoder.shape and all(isinstance(size, int) and size > 0 for size in encoder.shape), "shape is of one item"
    assert isinstance(encoder.fingerprint, str) and encoder.fingerprint, "the fingerprint is a string"


def check_features_have_the_shape_and_dtype(case: EncoderCase) -> None:
    """Features are finite float32 numbers ``[n, *shape]`` on the CPU, without a gradient."""
    encoder = case.encoder()
    x = encoder.encode(list(case.items))
    assert isinstance(x, Tensor), f"encode returned a {type(x).__name__}"
    assert x.shape == (len(case.items), *encoder.shape), f"features of shape {tuple(x.shape)}"
    assert x.dtype == torch.float32 and x.device.type == "cpu", f"features are {x.dtype} on {x.device}"
    assert not x.requires_grad and x.isfinite().all(), "features are finite, and no gradient is kept"


def check_no_items_have_no_features(case: EncoderCase) -> None:
    """An empty list gives features ``[0, *shape]``."""
    encoder = case.encoder()
    x = encoder.encode([])
    assert x.shape == (0, *encoder.shape), f"features of no items have the shape {tuple(x.shape)}"


def check_features_come_in_the_order_of_the_items(case: EncoderCase) -> None:
    """Encoding items in another order gives the same features in that order."""
    encoder, items = case.encoder(), list(case.items)
    straight, reversed_ = encoder.encode(items), encoder.encode(items[::-1])
    _assert_same(straight, reversed_.flip(0), "the order of the items changed their features")


def check_an_item_twice_has_its_features_twice(case: EncoderCase) -> None:
    """Repeated items do not disturb each other."""
    encoder, items = case.encoder(), list(case.items)
    once, twice = encoder.encode(items), encoder.encode([items[0], *items, items[0]])
    _assert_same(torch.cat([once[:1], once, once[:1]]), twice, "a repeated item has other features")


def check_items_do_not_see_each_other(case: EncoderCase) -> None:
    """An item alone has the features that it has in company."""
    encoder, items = case.encoder(), list(case.items)
    alone = torch.cat([encoder.encode([item]) for item in items])
    _assert_same(alone, encoder.encode(items), "the features of an item depend on the others")


def check_different_items_are_told_apart(case: EncoderCase) -> None:
    """Not all items have the same features."""
    x = case.encoder().encode(list(case.items)).flatten(1)
    assert not torch.allclose(x, x[:1].expand_as(x)), "all items have the same features"


def check_the_fingerprint_is_stable(case: EncoderCase) -> None:
    """Loaded twice, it has one fingerprint, before and after encoding, and gives the same features."""
    one, other = case.encoder(), case.encoder()
    before = one.fingerprint
    x = one.encode(list(case.items))
    assert one.fingerprint == before, "encoding changed the fingerprint"
    assert other.fingerprint == before, "the same encoder, loaded twice, has two fingerprints"
    _assert_same(x, other.encode(list(case.items)), "one fingerprint, but other features")


def check_marks_are_what_is_counted(case: EncoderCase) -> None:
    """Where it marks items as cut or unknown, it counts as many: the cache tells by the marks what was counted."""
    encoder, items = case.encoder(), list(case.items)
    before = encoder.truncated, encoder.unknown
    encoder.encode(items)
    if encoder.marks is not None:
        marks = encoder.marks(items)
        marked = sum(mark & 1 > 0 for mark in marks), sum(mark & 2 > 0 for mark in marks)
        counted = encoder.truncated - before[0], encoder.unknown - before[1]
        assert len(marks) == len(items) and marked == counted, f"marked {marked} as cut and unknown, counted {counted}"


def check_progress_ends_at_the_total(case: EncoderCase) -> None:
    """Where progress is reported, it never falls or exceeds the total, and ends there."""
    calls: list[tuple[int, int]] = []
    case.encoder().encode(list(case.items), lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls) and all(done <= total for done, total in calls), f"progress: {calls}"
    assert not calls or calls[-1][0] == calls[-1][1], f"progress ended at {calls[-1]}"


def _assert_same(one: Tensor, other: Tensor, because: str) -> None:
    atol = TOLERANCE * float(one.abs().max())
    torch.testing.assert_close(one, other, rtol=0, atol=atol, msg=lambda text: f"{because}\n{text}")


ENCODER_CHECKS: Checks[EncoderCase] = checks_of(globals())


def encoder_checks(
    load: Callable[[], Encoder], items: Sequence[Any] = TEXTS, variants: Sequence[Callable[[], Encoder]] = ()
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check.

    ``load`` returns a new encoder, ``items`` are at least three that it can read, and each of ``variants`` loads one of
    other settings.
    """
    return parametrized(ENCODER_CHECKS, [("", EncoderCase(load, items, variants))])
