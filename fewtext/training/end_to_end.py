"""End-to-end meta-training: the encoder itself learns, from few-shot tasks of many corpora."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fewtext.classify.label_names import words
from fewtext.contracts.learner import Learner
from fewtext.contracts.recipe import Range
from fewtext.encoders.adapter import Adapter, change_of, make_low_rank
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.pooling import Part, joined
from fewtext.encoders.trainable_bert import TrainableBert
from fewtext.errors import FewtextError, InputError
from fewtext.registry.failures import plugin_errors
from fewtext.training.batching import Batch, over_tasks
from fewtext.training.corpus_list import Member
from fewtext.training.loop import Checkpoint, Listener, load_optimizer, optimizer_state, schedule

NAME_WEIGHT = 2.0  # of a label's name, as when classifying
DECAY, LARGEST = 0.01, 1.0  # of the weights, and of the gradient's norm
MOST_QUERIES = 20  # of a class


@dataclass(frozen=True)
class EncoderRecipe:
    """How an encoder is trained, by AdamW.

    The rate rises over ``warmup`` steps and falls to 0 by a cosine over all ``steps``; ``stop`` ends the training
    before. A step takes ``tasks`` episodes, each of a corpus drawn by the families' weights, of up to ``ways`` classes
    with ``shots`` examples each, and of at most ``most_texts`` texts; a share ``names`` of them has the labels' names
    in the support. ``rank`` is that of the change that is trained (None: the layers' weights are trained whole) and
    ``kept_rank`` that of the adapter. ``parts`` are the features to be trained: layer, pooling and share of each.
    ``keep`` weighs how far the first of them may move from the untouched encoder's; ``alone`` is the share of the loss
    of the second part by itself, so that it learns what the first, which is kept, cannot.
    """

    ways: Range = Range(5, 40)
    shots: Range = Range(1, 5)
    most_texts: int = 160
    tasks: int = 3
    names: float = 0.5
    steps: int = 1000
    stop: int | None = None
    warmup: int = 50
    rate: float = 5e-4
    rank: int | None = 32
    kept_rank: int = 32
    parts: tuple[tuple[int, str, float], ...] = ()
    keep: float = 5.0
    alone: float = 0.5
    checkpoint_every: int = 250


@dataclass(frozen=True)
class TextEpisode:
    """One task as tokens: first its support with classes ``y`` ``[n]`` and ``weight`` ``[n]``, then its queries."""

    tokens: list[list[int]]
    y: Tensor
    weight: Tensor
    target: Tensor
    ways: int

    def batch(self, x: Tensor) -> Batch:
        """Return the task with the features ``[texts, *shape]`` of its texts."""
        n, device = len(self.y), x.device
        y, weight, target = (part[None].to(device) for part in (self.y, self.weight, self.target))
        return Batch(x[None, :n], y, weight, x[None, n:], target, self.ways)


class TextTasks:
    """Draws tasks from many corpora: first a family, by its weight, then one of its corpora."""

    def __init__(self, members: Sequence[Member], model: TrainableBert, recipe: EncoderRecipe) -> None:
        families: dict[str, list[_Source]] = {}
        weights: dict[str, float] = {}
        for member in members:
            families.setdefault(member.family, []).append(_Source(member, model, recipe))
            weights[member.family] = member.weight
        self._families, self._weights = list(families.values()), torch.tensor(list(weights.values()))
        self._recipe = recipe

    def draw(self, generator: torch.Generator) -> list[TextEpisode]:
        """Draw the tasks of a step."""
        return [self._one(generator) for _ in range(self._recipe.tasks)]

    def _one(self, generator: torch.Generator) -> TextEpisode:
        family = self._families[int(torch.multinomial(self._weights, 1, generator=generator))]
        source = family[_between(0, len(family) - 1, generator)]
        named = float(torch.rand((), generator=generator)) < self._recipe.names
        return source.draw(generator, named)


class _Source:
    """The classes of a corpus with enough examples for a task, tokenized."""

    def __init__(self, member: Member, model: TrainableBert, recipe: EncoderRecipe) -> None:
        items, needed = member.items, recipe.shots.high + 1
        counts = Counter(items.labels)
        labels = sorted(label for label, count in counts.items() if count >= needed)
        if len(labels) < 2:
            message = f"fewer than two classes of {member.name} have {needed} examples"
            raise InputError(message, hint="leave the corpus out, or ask for fewer shots")
        rows: dict[str, list[int]] = {label: [] for label in labels}
        for row, label in enumerate(items.labels):
            if label in rows:
                rows[label].append(row)
        tokens = model.tokenize(items.items)
        self._texts = [[tokens[row] for row in own] for own in rows.values()]
        self._names = model.tokenize([words(label) or label for label in labels])
        self._recipe = recipe

    def draw(self, generator: torch.Generator, named: bool) -> TextEpisode:
        """Draw a task, of fewer shots and queries where its classes would have too many texts together."""
        recipe = self._recipe
        low, high = (min(limit, len(self._texts)) for limit in recipe.ways)
        ways = _between(low, high, generator)
        each = max(2, recipe.most_texts // ways)
        shots = min(_between(recipe.shots.low, recipe.shots.high, generator), each - 1)
        chosen = torch.randperm(len(self._texts), generator=generator)[:ways].tolist()
        support, y, query, target = [], [], [], []
        for way, number in enumerate(chosen):
            texts = self._texts[number]
            order = torch.randperm(len(texts), generator=generator)[: min(each, shots + MOST_QUERIES)].tolist()
            support += [texts[i] for i in order[:shots]]
            query += [texts[i] for i in order[shots:]]
            y += [way] * shots
            target += [way] * (len(order) - shots)
        names = [self._names[number] for number in chosen] if named else []
        weight = torch.tensor([1.0] * len(support) + [NAME_WEIGHT] * len(names))
        classes = torch.tensor(y + list(range(len(names))))
        return TextEpisode(support + names + query, classes, weight, torch.tensor(target), ways)


def _between(low: int, high: int, generator: torch.Generator) -> int:
    return int(torch.randint(low, high + 1, (), generator=generator))


def train_encoder(
    encoder: BertEncoder,
    learner: Learner,
    members: Sequence[Member],
    recipe: EncoderRecipe,
    *,
    seed: int = 0,
    resume: Checkpoint | None = None,
    listener: Listener | None = None,
) -> tuple[Checkpoint, Adapter]:
    """Train an encoder and a learner on episodes of many corpora; return the last checkpoint and the adapter.

    A run that resumes from a checkpoint goes on bit for bit.
    Raises ``FewtextError`` where the loss becomes NaN or infinite.
    """
    listener = listener or Listener()
    parts = Part.all_of(recipe.parts) if recipe.parts else encoder.parts
    if not parts:
        raise FewtextError("there are no parts of features to train", hint="give parameter 'parts', or encoder layers")
    if recipe.alone and len(parts) < 2:
        raise FewtextError("there is no second part to learn by itself", hint="set parameter 'alone' to 0")
    model, untouched = encoder.trainable(parts), encoder.trainable(parts).requires_grad_(False).eval()
    generator = torch.Generator().manual_seed(seed)
    if recipe.rank is not None:
        make_low_rank(model.model, recipe.rank, generator)
    trained = nn.ModuleDict({"encoder": model, "learner": learner.to(encoder.device)})
    named = {name: weight for name, weight in trained.named_parameters() if weight.requires_grad}
    matrices = [weight for weight in named.values() if weight.dim() > 1]
    vectors = [weight for weight in named.values() if weight.dim() < 2]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": DECAY}, {"params": vectors, "weight_decay": 0.0}], lr=recipe.rate
    )
    at = resume or Checkpoint(0, {}, {}, generator.get_state(), {})
    if resume is not None:
        with torch.no_grad():
            for name, weight in named.items():
                weight.copy_(resume.weights[name])
        load_optimizer(optimizer, resume.optimizer)
        generator.set_state(resume.generator)
    tasks = TextTasks(members, model, recipe)
    while not at.finished:
        factor = min(1.0, (at.step + 1) / max(1, recipe.warmup)) * schedule("cosine", at.step / recipe.steps)
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate * factor
        trained.train()
        drawn = tasks.draw(generator)
        tokens = [text for task in drawn for text in task.tokens]
        devices = [encoder.device] if encoder.device.type == "cuda" else []
        half = torch.autocast(encoder.device.type, torch.bfloat16, enabled=encoder.dtype != torch.float32)
        with torch.random.fork_rng(devices=devices), half:
            torch.manual_seed(int(torch.randint(2**62, (), generator=generator)))  # dropout takes no generator
            vectors_of = model.of_tokens(tokens)
            with torch.no_grad():
                before = untouched.of_tokens(tokens)[0] if recipe.keep else vectors_of[0]
        moved = (1 - (vectors_of[0] * before).sum(-1)).mean()
        loss = _loss(learner, vectors_of, parts, drawn, recipe.alone, at.step / recipe.steps)
        optimizer.zero_grad()
        (loss + recipe.keep * moved).backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(list(named.values()), LARGEST)
        if not (loss.isfinite() and norm.isfinite()):
            message = f"the loss or its gradient is NaN or infinite at step {at.step + 1}"
            raise FewtextError(message, hint="lower the rate")
        optimizer.step()
        at.step += 1
        at.finished = at.step >= (recipe.stop or recipe.steps)
        listener.log(at.step, {"loss": loss.item(), "moved": moved.item(), "rate": recipe.rate * factor})
        if at.finished or at.step % recipe.checkpoint_every == 0:
            at.weights = {name: weight.detach().clone() for name, weight in named.items()}
            at.optimizer, at.generator = optimizer_state(optimizer), generator.get_state()
            listener.keep(at)
    with torch.no_grad():
        for name, weight in named.items():
            weight.copy_(at.weights[name])
    changes = change_of(model.model, untouched.model, recipe.kept_rank)
    return at, Adapter(changes, encoder.model_fingerprint, parts, {})


def _loss(
    learner: Learner,
    vectors: Sequence[Tensor],
    parts: Sequence[Part],
    drawn: Sequence[TextEpisode],
    alone: float,
    progress: float,
) -> Tensor:
    """Return the learner's mean loss over the tasks: of all parts joined, and of the second part alone."""
    losses: list[Tensor] = []
    sizes = [len(task.tokens) for task in drawn]
    views = [(joined(vectors, parts), 1 - alone), *([(vectors[1], alone)] if alone else [])]
    by_task = zip(*(torch.split(view, sizes) for view, _ in views), strict=True)
    for task, own in zip(drawn, by_task, strict=True):
        for x, (_, share) in zip(own, views, strict=True):
            with plugin_errors("learner", learner.name, learner):
                losses.append(share * over_tasks(learner, learner.loss, task.batch(x), progress).mean())
    return torch.stack(losses).sum() / len(drawn)
