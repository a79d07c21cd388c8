"""The contract of a tuner, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import tuner_checks

    @tuner_checks(Contrastive)
    def test_contrastive(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.tuner import Tuner
from fewtext.testing.kit import Checks, checks_of, parametrized
from fewtext.testing.letters import Letters
from fewtext.testing.signatures import assert_options_are_declared
from fewtext.testing.tolerance import assert_same

TEXTS = tuple(f"{word} {number}" for word in ("printer", "salary", "meeting room") for number in range(4))
TARGET = tuple(number // 4 for number in range(12))


@dataclass(frozen=True)
class TunerCase:
    """A tuner under test, on an encoder of letters and twelve texts of three classes."""

    kind: type[Tuner]
    options: Mapping[str, Any] = field(default_factory=dict)

    def tuned(self, encoder: Encoder | None = None, seed: int = 0, progress: Progress | None = None) -> Encoder:
        """Return the fine-tuned encoder."""
        tuner, y = self.kind(**self.options), torch.tensor(TARGET)
        return tuner.tune(encoder or Letters(), list(TEXTS), y, seed=seed, progress=progress)


def features(encoder: Encoder) -> Tensor:
    """Return an encoder's features of the texts."""
    return encoder.encode(list(TEXTS))


def check_options_are_declared(case: TunerCase) -> None:
    """Options are keyword-only parameters with a type and a default; the class has a name."""
    assert_options_are_declared(case.kind)


def check_returns_an_encoder_of_the_same_shape(case: TunerCase) -> None:
    """``tune`` returns an encoder with finite features of the shape that the given one has."""
    before, after = Letters(), case.tuned()
    assert isinstance(after, Encoder), f"tune returned a {type(after).__name__}"
    assert after.shape == before.shape, f"the shape of the features became {after.shape}"
    assert features(after).isfinite().all(), "the tuned encoder's features are not finite"


def check_leaves_the_given_encoder_unchanged(case: TunerCase) -> None:
    """Only the returned encoder has learned: train ``encoder.trainable()``, which is a copy."""
    encoder = Letters()
    name, before = encoder.fingerprint, features(encoder)
    case.tuned(encoder)
    assert encoder.fingerprint == name and torch.equal(before, features(encoder)), "tune changed the encoder it got"


def check_learns_something(case: TunerCase) -> None:
    """The features have changed, and with them the fingerprint."""
    before, after = Letters(), case.tuned()
    assert not torch.equal(features(before), features(after)), "tune changed no feature"
    assert after.fingerprint != before.fingerprint, "other features under the same fingerprint"


def check_same_seed_same_encoder(case: TunerCase) -> None:
    """The result depends on the seed, the texts and nothing else."""
    one = case.tuned(seed=3)
    torch.rand(1, generator=torch.Generator().manual_seed(1))
    assert_same(features(one), features(case.tuned(seed=3)), "one seed gave two encoders")


def check_leaves_the_random_state_unchanged(case: TunerCase) -> None:
    """Random numbers come from a generator of its own, or within ``torch.random.fork_rng``."""
    before = torch.random.get_rng_state()
    case.tuned()
    assert torch.equal(before, torch.random.get_rng_state()), "tune changed torch's global random state"


def check_progress_ends_at_the_total(case: TunerCase) -> None:
    """Where progress is reported, it never falls or exceeds the total, and ends there."""
    calls: list[tuple[int, int]] = []
    case.tuned(progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls) and all(done <= total for done, total in calls), f"progress: {calls}"
    assert not calls or calls[-1][0] == calls[-1][1], f"progress ended at {calls[-1]}"


TUNER_CHECKS: Checks[TunerCase] = checks_of(globals())


def tuner_checks(kind: type[Tuner], **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check; ``options`` are given to the tuner."""
    return parametrized(TUNER_CHECKS, [("", TunerCase(kind, options))])
