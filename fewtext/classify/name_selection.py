"""Label names as examples, checked against the labelled ones: they are left out where they make answers worse."""

from __future__ import annotations

import warnings
from dataclasses import replace

import torch
from torch import Tensor

from fewtext.classify.held_out import held_out_answers, log_loss
from fewtext.contracts.learner import Learner, Support
from fewtext.errors import FewtextWarning

MOST_EXAMPLES = 400  # with more, label names weigh too little for the check to be worth its time
HARM = 5.0  # nats by which all held-out examples together must be likelier without the names


def without_harmful_names(
    learner: Learner, support: Support, examples: int, logits: Tensor, rows: Tensor
) -> tuple[Support, Tensor, Tensor]:
    """Return the support and its held-out answers, without the names of labels where those do harm.

    ``logits`` of ``rows`` are held-out answers with the names. A label without examples keeps its name.
    """
    if not len(rows) or not examples < len(support.y) or examples > MOST_EXAMPLES:
        return support, logits, rows
    is_name = torch.arange(len(support.y)) >= examples
    has_examples = (support.y[:, None] == support.y[:examples]).any(1)
    bare = replace(support, weight=support.weight * ~(is_name & has_examples))
    bare_logits, bare_rows = held_out_answers(learner, bare, examples)
    target = support.y[rows]
    losses = [log_loss(learner, target, answers) for answers in (logits, bare_logits)]
    if losses[0] - losses[1] < HARM:
        return support, logits, rows
    with_names, alone = (loss / len(rows) for loss in losses)
    warnings.warn(
        f"label names do not fit the examples and are not used: the log loss of held-out examples is {alone:.2f} "
        f"without them, {with_names:.2f} with them",
        FewtextWarning,
        stacklevel=4,
    )
    return bare, bare_logits, bare_rows
