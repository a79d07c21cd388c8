"""Meta-training: the one loop for every learner, and the checkpoints from which it resumes."""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import cast

import torch
from torch import Tensor
from torch.nn import Module
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.features import Features
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import fit_temperature
from fewtext.registry.failures import plugin_errors
from fewtext.training.augmentation import augmented
from fewtext.training.batching import over_tasks
from fewtext.training.embedding import embedded_once
from fewtext.training.episodes import EpisodeList, EpisodeSampler
from fewtext.training.trials import examined, seeded

VALIDATION_EPISODES = 300
VALIDATION_IMAGES, LEAST_EPISODES, MOST_WAYS_OF_IMAGES = 6000, 30, 20
VALIDATION_SEED = 7_700_417  # the same for every run, whatever its own seed
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {"adam": torch.optim.Adam, "sgd": torch.optim.SGD}


@dataclass
class Checkpoint:
    """The state of a run: with it and its settings, the run resumes as if it had never stopped."""

    step: int
    weights: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    generator: Tensor
    best: dict[str, Tensor]
    best_step: int = 0
    start_accuracy: float = math.nan
    """The validation accuracy before the first step."""
    best_accuracy: float = math.nan
    temperature: float = 1.0
    waited: int = 0
    finished: bool = False
    average: dict[str, Tensor] = field(default_factory=dict)
    """The moving average of the weights; empty where the recipe asks for none."""


@dataclass(frozen=True)
class Listener:
    """The callbacks of a run: ``log`` takes the metrics of each step, ``keep`` each checkpoint."""

    log: Callable[[int, dict[str, float]], None] = field(default=lambda step, metrics: None)
    keep: Callable[[Checkpoint], None] = field(default=lambda checkpoint: None)


def meta_train(
    learner: Learner,
    train: Features,
    valid: Features | None,
    recipe: Recipe,
    *,
    seed: int = 0,
    resume: Checkpoint | None = None,
    listener: Listener | None = None,
) -> Checkpoint:
    """Train a learner on episodes of the classes in ``train``, to its best weights; return the last checkpoint.

    The classes of ``valid`` are never trained on: they decide which weights are best and when to stop. Without them
    training takes all of its steps and the last weights are the best. Raises ``FewtextError`` where there is nothing
    to train, a class has too few examples, or the loss becomes NaN or infinite.
    """
    listener = listener or Listener()
    parameters = [parameter for parameter in learner.parameters() if parameter.requires_grad]
    if not parameters:
        message = f"{learner.name} has no weights to train"
        raise FewtextError(message, hint="give it a backbone that has some, such as linear")
    sampler = EpisodeSampler(train, recipe.ways, recipe.shots, recipe.queries, recipe.unequal)
    episodes = validation_episodes(valid, recipe, 1 + learner.inner_steps) if valid is not None else None
    generator = torch.Generator().manual_seed(seed)
    fused = True if parameters[0].is_cuda else None  # one kernel for all weights
    optimizer = OPTIMIZERS[recipe.optimizer](parameters, lr=recipe.rate, fused=fused)
    average = None
    if recipe.average:
        moving = get_ema_multi_avg_fn(recipe.average)  # type: ignore[no-untyped-call]
        average = AveragedModel(learner, multi_avg_fn=moving)
    kept = learner if average is None else cast("Learner", average.module)  # what is validated and kept
    if resume is not None:
        learner.load_state_dict(resume.weights)
        if average is not None:
            average.load_state_dict(resume.average)
        load_optimizer(optimizer, resume.optimizer)
        generator.set_state(resume.generator)
    at = resume or Checkpoint(0, {}, {}, generator.get_state(), _copy(learner), temperature=learner.temperature)
    if resume is None and valid is not None and episodes is not None:
        _validate(learner, valid, episodes, at)  # the start may remain the best
        at.start_accuracy = at.best_accuracy
        listener.log(0, {"valid_accuracy": at.best_accuracy})

    while not at.finished:
        progress = at.step / recipe.steps
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * schedule(recipe.schedule, progress)
        learner.train()
        (batch,) = sampler.draw(recipe.tasks, generator).batches(train, recipe.tasks)
        if train.are_images:
            batch = augmented(batch, recipe, generator)
        optimizer.zero_grad()
        with seeded(learner, generator, batch.x.device):
            losses = over_tasks(learner, learner.loss, batch, progress)
        with plugin_errors("learner", learner.name, learner):
            if losses.shape != (len(batch),):
                raise ValueError(f"the loss has shape {list(losses.shape[1:])} and is not one number")
            loss = losses.mean()
            loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(parameters, recipe.clip)
        loss_now, norm_now = torch.stack([loss.detach(), norm]).tolist()  # a GPU is waited for this once in a step
        if not (math.isfinite(loss_now) and math.isfinite(norm_now)):
            message = f"the loss or its gradient is NaN or infinite at step {at.step + 1}"
            raise FewtextError(message, hint="lower the rate")
        optimizer.step()
        if average is not None:
            average.update_parameters(learner)
        at.step += 1
        metrics = {"loss": loss_now, "gradient_norm": norm_now, "rate": optimizer.param_groups[0]["lr"]}
        due = at.step % recipe.validate_every == 0 or at.step == recipe.steps
        if due and valid is not None and episodes is not None:
            metrics["valid_accuracy"] = _validate(kept, valid, episodes, at)
        elif due:
            at.best, at.best_step = _copy(kept), at.step
        at.finished = at.step >= recipe.steps or at.waited >= recipe.patience
        listener.log(at.step, metrics)
        if due:
            at.weights, at.optimizer, at.generator = _copy(learner), optimizer_state(optimizer), generator.get_state()
            at.average = _copy(average) if average is not None else {}
            listener.keep(at)
    learner.load_state_dict(at.best)
    learner.temperature = at.temperature
    learner.eval()
    return at


def validation_episodes(valid: Features, recipe: Recipe, passes: int = 1) -> EpisodeList:
    """Draw the validation episodes: the same ones for every run, with as many ways as there are classes.

    ``passes`` is how often an answer takes the support through the network: the more, the fewer episodes of images. The
    recipe may say how many.
    """
    ways = min(recipe.ways.high, len(valid.labels))
    episodes = VALIDATION_EPISODES
    if valid.are_images:
        ways = min(ways, MOST_WAYS_OF_IMAGES)
        most = VALIDATION_IMAGES // (ways * (passes * recipe.shots.high + recipe.queries))
        episodes = min(max(LEAST_EPISODES, most), VALIDATION_EPISODES)
    sampler = EpisodeSampler(valid, Range(ways, ways), recipe.shots, recipe.queries, recipe.unequal)
    return sampler.draw(recipe.validation_episodes or episodes, torch.Generator().manual_seed(VALIDATION_SEED))


def _validate(learner: Learner, valid: Features, episodes: EpisodeList, at: Checkpoint) -> float:
    """Return the accuracy on the validation episodes; keep the weights where it is the best so far."""
    learner.eval()
    with torch.no_grad():
        quick, stored = embedded_once(learner, valid, len(episodes) * episodes.examples)
        batches = episodes.batches(stored, episodes.at_once(stored, 50))
        answers = [examined(quick, b) for b in batches]
    logits, target = (torch.cat(parts) for parts in zip(*answers, strict=True))
    accuracy = (logits.argmax(-1) == target).double().mean().item()
    if not accuracy <= at.best_accuracy:  # also where there is none yet
        at.best, at.best_step, at.best_accuracy, at.waited = _copy(learner), at.step, accuracy, 0
        at.temperature = fit_temperature(logits.cpu(), target.cpu(), type(learner).temperature)
    else:
        at.waited += 1
    return accuracy


def schedule(kind: str, progress: float) -> float:
    """Return the share of the learning rate at this progress, 0 to 1."""
    if kind == "cosine":
        return (1 + math.cos(math.pi * progress)) / 2
    return 1 - progress if kind == "linear" else 1.0


def _copy(module: Module) -> dict[str, Tensor]:
    return deepcopy(module.state_dict())


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """Return an optimiser's state as plain tensors, ``3.exp_avg`` for the third parameter's moment."""
    state = optimizer.state_dict()["state"]
    return {f"{i}.{name}": value.clone() for i, entry in state.items() for name, value in entry.items()}


def load_optimizer(optimizer: torch.optim.Optimizer, saved: dict[str, Tensor]) -> None:
    """Put a state that ``optimizer_state`` returned back into an optimiser."""
    state = optimizer.state_dict()
    for key, value in saved.items():
        index, name = key.split(".", 1)
        state["state"].setdefault(int(index), {})[name] = value
    optimizer.load_state_dict(state)
