"""Learners whose answers depend on more than the support and the query: on other queries, or on earlier tasks."""

from __future__ import annotations

import torch

from fewtext.contracts.learner import Learner, Support
from fewtext.errors import FewtextError, PluginError
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors, strict, warn_once

TASKS, WAYS, SHOTS = 2, 2, 3


def answers_jointly(learner: Learner) -> bool:
    """Whether the answer to a query depends on the others, by the learner or its backbone."""
    return learner.transductive or learner.backbone.transductive


def check_alone(learner: Learner) -> None:
    """Raise ``FewtextError`` where a text cannot be answered as if it were the only one."""
    if answers_jointly(learner):
        message = f"the answers of {learner.name} depend on the other texts: it declares that it is transductive"
        raise FewtextError(message, hint="give parameter 'transductive', or choose another learner")


def check_usable(learner: Learner, shape: tuple[int, ...]) -> None:
    """Raise ``FewtextError`` for a learner that keeps state; warn of one that would fail in ``evaluate``."""
    if learner.keeps_state:
        message = f"the answers of {learner.name} depend on what was fitted before: it declares that it keeps state"
        raise FewtextError(message, hint="evaluate it, or choose another learner")
    if learner.vectorizes and not discovery.is_built_in("learners", type(learner)):
        _warn_where_vmap_refuses(learner, shape)


def _warn_where_vmap_refuses(learner: Learner, shape: tuple[int, ...]) -> None:
    """Fit two tiny tasks at once, as evaluation and training do."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(TASKS, WAYS * SHOTS, *shape, generator=generator)
    y = torch.arange(WAYS).repeat(TASKS, SHOTS)

    def answer(x: torch.Tensor, y: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return learner.fit(Support(x, y, WAYS, weight))(x)

    try:
        with torch.no_grad(), plugin_errors("learner", learner.name, learner):
            torch.func.vmap(answer)(x, y, torch.ones(TASKS, WAYS * SHOTS))
    except PluginError as error:
        warn_once(f"{error.what}; {error.hint} (it answers one task, as here; evaluate and train refuse it)")
    except Exception:
        if not strict():  # in strict mode the author sees the error where it matters, in evaluate and train
            raise
