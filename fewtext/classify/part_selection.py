"""Part selection: how much of an encoder's features is what it has learned, chosen by held-out examples.

The first part of meta-trained features is kept near the untouched model's, which knows topics; the second has learned
the rest: sentiment, the kind of a question. Which of them a task needs shows in its examples.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from torch import Tensor

from fewtext.classify.fewer import fewer, is_large
from fewtext.classify.held_out import held_out_answers, log_loss
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner, Support
from fewtext.contracts.progress import part_of_work
from fewtext.encoders.weighted_parts import WeightedParts, reweighted

WORTH = 0.98  # of the log loss before: a step that lowers it by less is not taken
MOVED = (1 / 3, 2 / 3)  # of the first part's share, to the second; less before more
FEW_WAYS = 8  # fewer classes are seldom topics: without examples to choose by, the first step is taken for them
MOST_EXAMPLES = 400  # with more, one part of the examples is held out to choose by, and not each in turn

HeldOut = tuple[Tensor, Tensor]
"""Logits ``[m, ways]`` of held-out examples, and their rows."""


def with_best_parts(
    encoder: Encoder, learner: Learner, support: Support, examples: int
) -> tuple[Encoder, Support, HeldOut]:
    """Return the encoder, support and held-out answers with the shares of parts that make these answers likeliest.

    Where no example can be held out, the number of classes decides; of a large support a part does.
    """
    if is_large(support, examples):
        with part_of_work(0, 2):
            chosen, _, _ = _best(encoder, learner, *fewer(support, examples))
        if chosen is not encoder:
            support = replace(support, x=reweighted(support.x, encoder.shares, chosen.shares))
        with part_of_work(1, 2):
            return chosen, support, held_out_answers(learner, support, examples)
    return _best(encoder, learner, support, examples)


def _best(encoder: Encoder, learner: Learner, support: Support, examples: int) -> tuple[Encoder, Support, HeldOut]:
    with part_of_work(0, 4):
        held_out = held_out_answers(learner, support, examples)
    if not len(held_out[1]):
        return _usual(encoder, support, held_out)
    used = None if examples <= MOST_EXAMPLES else 1
    found, least = (encoder, support, held_out), None
    for number, shares in enumerate(_candidates(encoder.shares), 1):
        weighted = replace(support, x=reweighted(support.x, encoder.shares, shares))
        with part_of_work(number, 4):
            logits, rows = held_out_answers(learner, weighted, examples, used=used)
        if least is None:
            least = log_loss(learner, support.y[rows], held_out[0][: len(rows)])
        loss = log_loss(learner, support.y[rows], logits)
        if loss > WORTH * least:
            break
        found, least = (WeightedParts(encoder, shares), weighted, (logits, rows)), loss
    if used and found[1] is not support:
        with part_of_work(3, 4):
            return *found[:2], held_out_answers(learner, found[1], examples)
    return found


def _usual(encoder: Encoder, support: Support, held_out: HeldOut) -> tuple[Encoder, Support, HeldOut]:
    for shares in _candidates(encoder.shares) if support.ways < FEW_WAYS else ():
        x = reweighted(support.x, encoder.shares, shares)
        return WeightedParts(encoder, shares), replace(support, x=x), held_out
    return encoder, support, held_out


def _candidates(shares: tuple[float, ...]) -> Iterator[tuple[float, ...]]:
    for moved in MOVED if len(shares) > 1 else ():
        first, second, *others = shares
        yield (first * (1 - moved), second + first * moved, *others)
