"""The contract of an encoder, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import encoder_checks

    @encoder_checks(lambda: Characters(device="cpu"))
    def test_characters(check):
        check()
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.errors import FewtextError
from fewtext.testing.items import STRANGE, TEXTS, UNREADABLE
from fewtext.testing.kit import Checks, Excused, checks_of, parametrized
from fewtext.testing.signatures import assert_options_are_declared

TOLERANCE = 1e-4  # of a feature, relative to the largest: the batch of a text shows in its last bits


@dataclass(frozen=True)
class EncoderCase:
    """An encoder under test, by what loads it, and at least three different items that it can read.

    ``variants`` load it with other settings, ``load_on`` on a device.
    """

    load: Callable[[], Encoder]
    items: Sequence[Any] = TEXTS
    variants: Sequence[Callable[[], Encoder]] = ()
    load_on: Callable[[str], Encoder] | None = None

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


def check_options_are_declared(case: EncoderCase) -> None:
    """Options of its own are keyword-only parameters with a type and a default, beside those of every encoder."""
    encoder = case.load()
    if isinstance(encoder, WrappedEncoder):
        raise Excused(f"{encoder.name} is made around another encoder, whose options are its own")
    assert_options_are_declared(type(encoder))


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


def check_other_features_have_another_fingerprint(case: EncoderCase) -> None:
    """Whatever changes the features changes the fingerprint: other settings, and trained weights."""
    encoder, items = case.encoder(), list(case.items)
    x = encoder.encode(items)
    for other in [*(load().fit(items) for load in case.variants), *_retrained(encoder)]:
        y = other.encode(items)
        if x.shape != y.shape or not torch.equal(x, y):
            assert other.fingerprint != encoder.fingerprint, "other features under the same fingerprint"


def check_strange_texts_have_features(case: EncoderCase) -> None:
    """Blank, foreign, broken and very long texts have finite features, or rows of NaN; nothing is raised."""
    encoder = case.encoder()
    if "text" not in encoder.modalities:
        raise Excused(f"{encoder.name} reads no texts")
    for text in STRANGE:
        x = encoder.encode([text])
        assert x.shape == (1, *encoder.shape), f"features of {text[:9]!a} have the shape {tuple(x.shape)}"
        assert x.isfinite().all() or x.isnan().all(), f"features of {text[:9]!a} are neither finite nor all NaN"


def check_what_cannot_be_read_is_nan(case: EncoderCase) -> None:
    """An image that cannot be read is a row of NaN, and changes no other row."""
    encoder, items = case.encoder(), list(case.items)
    if "image" not in encoder.modalities or "text" in encoder.modalities and isinstance(items[0], str):
        raise Excused(f"{encoder.name} is checked on texts, which can all be read")
    x = encoder.encode([items[0], UNREADABLE, *items[1:]])
    assert x[1].isnan().all(), "an image that cannot be read has features: make them NaN"
    _assert_same(encoder.encode(items), torch.cat([x[:1], x[2:]]), "an unreadable image changed the features of others")


def check_survives_pickling(case: EncoderCase) -> None:
    """Pickled and loaded again, as a classifier with it is, it has the same fingerprint and features."""
    encoder, items = case.encoder(), list(case.items)
    again = pickle.loads(pickle.dumps(encoder))
    assert again.fingerprint == encoder.fingerprint, "pickled, it has another fingerprint"
    _assert_same(encoder.encode(items), again.encode(items), "pickled, it gives other features")


def may_encode_on_another_device(case: EncoderCase) -> None:
    """On a GPU the features are nearly the CPU's, and come back to the CPU."""
    if case.load_on is None or not torch.cuda.is_available():
        raise Excused("no CUDA here")
    items = list(case.items)
    x = case.load_on("cuda").fit(items).encode(items)
    assert x.device.type == "cpu", "features stay on the GPU: return them by .cpu()"
    one, other = (z.flatten(1) for z in (case.encoder().encode(items), x))
    assert torch.cosine_similarity(one, other).min() > 0.99, "the GPU gives other features"


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


def _retrained(encoder: Encoder) -> list[Encoder]:
    """Return the encoder with other weights, where it can be trained."""
    try:
        model = encoder.trainable()
    except FewtextError:
        return []
    weights = {name: weight.detach() * 0.9 for name, weight in model.named_parameters() if weight.requires_grad}
    return [encoder.with_weights(weights)]


def batch_effect(case: EncoderCase) -> dict[str, float]:
    """Return the largest difference of a feature alone and in company, relative to the largest feature."""
    encoder, items = case.encoder(), list(case.items)
    alone, together = torch.cat([encoder.encode([item]) for item in items]), encoder.encode(items)
    return {"largest effect of the batch": float(f"{float((alone - together).abs().max() / together.abs().max()):.2g}")}


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
