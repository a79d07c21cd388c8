"""Fine-tuning: the encoder is trained on the support before a learner is fitted to its features."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.learner import Learner, Support, checked_logits
from fewtext.contracts.tuner import Tuner
from fewtext.encoders.encode import encode
from fewtext.encoders.load import checked_encoder
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import SHOTS_TO_HOLD_OUT, rank_in_class
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors
from fewtext.registry.options import parse_spec
from fewtext.registry.process_lock import PROCESS_STATE

EACH = 2  # every second example of a class is held out, to calibrate on


def find_tuner(spec: str) -> Tuner:
    """Return the tuner of a name, or of a name and options: ``contrastive:steps=20``."""
    kind, options = parse_spec(spec, discovery.tuner)
    with plugin_errors("tuner", kind.name):
        try:
            return kind(**options)
        except ValueError as error:  # the value of an option is rejected
            raise FewtextError(f"{kind.name}: {error}") from error


def fine_tuned(
    tuner: Tuner, encoder: Encoder, texts: Sequence[str], y: Tensor, progress: Progress | None = None
) -> Encoder:
    """Return the encoder after a tuner has trained it."""
    with PROCESS_STATE, plugin_errors("tuner", tuner.name):  # dropout draws from what all threads draw from
        tuned = tuner.tune(encoder, texts, y, progress=progress)
        if not isinstance(tuned, Encoder):
            raise TypeError(f"tune returned a {type(tuned).__name__}, not an Encoder")
    return checked_encoder(tuned, encoder.name)


def fine_tuned_held_out_answers(
    tuner: Tuner, encoder: Encoder, learner: Learner, texts: Sequence[Any], support: Support, examples: int
) -> tuple[Tensor, Tensor]:
    """Answer every second example of each class that has three, unseen: logits ``[m, ways]`` and which rows ``[m]``.

    An encoder that was fine-tuned on an example is too confident about it to calibrate on. So the encoder is fine-tuned
    once more, without those that are to be answered. ``support`` has the classes and weights of the texts.
    """
    y = support.y
    example = torch.arange(len(y)) < examples
    enough = torch.bincount(y[example], minlength=support.ways) >= SHOTS_TO_HOLD_OUT
    chosen = example & enough[y]
    chosen &= rank_in_class(y, chosen, support.ways) % EACH == EACH - 1
    if not chosen.any():
        return torch.zeros(0, support.ways), torch.zeros(0, dtype=torch.int64)
    seen = (example & ~chosen).nonzero()[:, 0].tolist()
    without = fine_tuned(tuner, encoder, [texts[i] for i in seen], y[seen])
    x = encode(without, texts)
    with torch.no_grad(), plugin_errors("learner", learner.name, learner):
        (classify,) = learner.fit_without(Support(x, y, support.ways, support.weight), chosen[None])
        return checked_logits(classify(x[chosen]), int(chosen.sum()), support.ways), chosen.nonzero()[:, 0]
