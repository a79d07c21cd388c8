"""Metrics of answers: accuracy, macro F1, calibration and out-of-scope detection. Most are scikit-learn's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

BINS = 15
_LEAST = 1e-15  # probability that a log-likelihood is taken of
WORST = 20  # confusions listed


@dataclass(frozen=True)
class Answers:
    """Answers to the ``m`` queries of each of many tasks (or after each of many supports): all ``[tasks, m]``.

    ``confidence`` is the probability of the answer, ``likelihood`` the logarithm of that of the target. They stay on
    the device that computed them: what is reported of many tasks is a fraction of what would be copied.
    """

    target: Tensor
    answer: Tensor
    confidence: Tensor
    likelihood: Tensor

    @classmethod
    def of(cls, logits: Tensor, target: Tensor) -> Answers:
        """Make answers of logits ``[tasks, m, ways]`` that have been divided by the temperature."""
        # Reducing over few classes is several times as fast along rows, each of one class, as within them.
        return cls.of_probabilities(logits.mT.double().contiguous().softmax(-2).mT, target)

    @classmethod
    def of_probabilities(cls, probabilities: Tensor, target: Tensor) -> Answers:
        """Make answers of probabilities ``[tasks, m, ways]``; those below 1e-15 count as 1e-15."""
        by_class = probabilities.mT
        confidence, answer = by_class.max(-2)
        likelihood = by_class.gather(-2, target[..., None, :])[..., 0, :].clamp(min=_LEAST).log()
        return cls(target, answer, confidence, likelihood)

    def cpu(self) -> Answers:
        """Return the answers on the host."""
        return Answers(self.target.cpu(), self.answer.cpu(), self.confidence.cpu(), self.likelihood.cpu())

    @classmethod
    def joined(cls, parts: Sequence[Answers]) -> Answers:
        """Concatenate the answers of several batches of tasks."""
        return cls(*(torch.cat([getattr(p, name) for p in parts]) for name in cls.__dataclass_fields__))

    @property
    def right(self) -> Tensor:
        """Whether each answer is right: ``[tasks, m]``."""
        return self.answer == self.target

    @property
    def by_task(self) -> Tensor:
        """The share of right answers in each task: ``[tasks]``."""
        return self.right.double().mean(1)


@dataclass(frozen=True)
class OpenSet:
    """How well a score, the largest probability or similarity, detects out-of-scope queries: all fractions.

    The threshold is the one that 95 % of held-out examples reach; queries below it are answered as out of scope.
    ``in_scope_accuracy`` and ``out_of_scope_f1`` are at that threshold, and None where the support is too small for
    held-out examples.
    """

    auroc: float
    fpr_at_95_tpr: float
    in_scope_accuracy: float | None = None
    out_of_scope_f1: float | None = None


@dataclass(frozen=True)
class Abstention:
    """The outcome of a confidence threshold that was chosen on the support for a precision of 0.95.

    ``precision`` is the share of given answers that are right, the mean over the supports that answer anything, and
    None where none does; ``coverage`` the share of queries that got one; ``broken`` the share of supports whose given
    answers are right less often than was promised.
    """

    precision: float | None
    coverage: float
    broken: float | None = None


@dataclass(frozen=True)
class Metrics:
    """Metrics of answers besides their accuracy.

    ``calibration_error`` is the expected one over 15 bins of equal width (Guo et al., 2017), ``log_loss`` the mean
    negative log-likelihood in nats, ``auroc_right`` how well confidence separates right answers from wrong ones.
    ``reliability`` has a row for each bin that is not empty: the number of answers, their mean confidence, the
    share that is right. ``confusions`` lists the most frequent wrong answers: right label, label answered, count.
    """

    macro_f1: float
    calibration_error: float
    log_loss: float
    auroc_right: float | None
    reliability: list[list[float]]
    confusions: list[list[Any]] | None = None
    open_set: OpenSet | None = None
    similarity: OpenSet | None = None
    abstention: Abstention | None = None


def measure(
    answers: Answers,
    labels: Sequence[str] | None = None,
    open_set: OpenSet | None = None,
    similarity: OpenSet | None = None,
    abstention: Abstention | None = None,
) -> Metrics:
    """Return the metrics of answers; ``labels`` by class number, if the numbers mean the same in every task."""
    from sklearn.metrics import f1_score, roc_auc_score

    right = answers.right
    # A class number means another class in each task, so that macro F1 is the mean over the classes of all tasks.
    offset = torch.arange(len(right))[:, None] * (1 + int(torch.maximum(answers.target, answers.answer).max()))
    target, answer = ((part + offset).flatten() for part in (answers.target, answers.answer))
    present = target.unique().numpy()  # type: ignore[no-untyped-call]
    both = 0 < int(right.sum()) < right.numel()
    bins = reliability(answers.confidence.flatten(), right.flatten())
    return Metrics(
        macro_f1=float(f1_score(target, answer, labels=present, average="macro", zero_division=0)),
        calibration_error=calibration_error(bins),
        log_loss=-float(answers.likelihood.mean()),
        auroc_right=float(roc_auc_score(right.flatten(), answers.confidence.flatten())) if both else None,
        reliability=bins,
        confusions=_confusions(answers, labels) if labels else None,
        open_set=open_set,
        similarity=similarity,
        abstention=abstention,
    )


def measure_abstention(answers: Answers, thresholds: Sequence[float | None], promised: float) -> Abstention | None:
    """Apply a threshold to the answers after each support, for a promised precision; None where one is missing."""
    precisions, coverages = [], []
    for threshold, confidence, right in zip(thresholds, answers.confidence, answers.right, strict=True):
        if threshold is None:
            return None
        given = confidence >= threshold
        precisions += [right[given].double().mean().item()] if given.any() else []
        coverages.append(given.double().mean().item())
    precision = sum(precisions) / len(precisions) if precisions else None
    broken = sum(share < promised for share in precisions) / len(coverages)
    return Abstention(precision, sum(coverages) / len(coverages), broken)


def reliability(confidence: Tensor, right: Tensor) -> list[list[float]]:
    """Return the count, mean confidence and share of right answers of each bin that is not empty."""
    place = (confidence * BINS).long().clamp(max=BINS - 1)
    counts, confidences, shares = (
        torch.bincount(place, weights, BINS).tolist() for weights in (None, confidence, right.to(confidence.dtype))
    )
    return [[n, s / n, r / n] for n, s, r in zip(counts, confidences, shares, strict=True) if n]


def calibration_error(bins: Sequence[Sequence[float]]) -> float:
    """Return the expected calibration error (Guo et al., 2017) of the bins of ``reliability``, a fraction."""
    return sum(count * abs(mean - share) for count, mean, share in bins) / sum(count for count, _, _ in bins)


def measure_open_set(inside: Tensor, right: Tensor, outside: Tensor, threshold: float | None) -> OpenSet:
    """Return how well scores separate queries ``inside`` (answered ``right`` or not) from those ``outside``."""
    from sklearn.metrics import f1_score, roc_auc_score, roc_curve

    truth = torch.cat([torch.ones(len(inside)), torch.zeros(len(outside))])
    scores = torch.cat([inside, outside])
    falsely, truly, _ = roc_curve(truth, scores)
    auroc, missed = float(roc_auc_score(truth, scores)), float(falsely[(truly >= 0.95).argmax()])
    if threshold is None:
        return OpenSet(auroc, missed)
    accuracy = (right & (inside >= threshold)).double().mean().item()
    return OpenSet(auroc, missed, accuracy, float(f1_score(truth == 0, scores < threshold, zero_division=0)))


def mean_of(open_sets: Sequence[OpenSet]) -> OpenSet | None:
    """Return the mean over supports; None where there are none."""
    if not open_sets:
        return None

    def mean(name: str) -> Any:
        values = [getattr(each, name) for each in open_sets]
        return None if None in values else sum(values) / len(values)

    return OpenSet(*map(mean, OpenSet.__dataclass_fields__))


def _confusions(answers: Answers, labels: Sequence[str]) -> list[list[Any]]:
    wrong = ~answers.right
    pairs = Counter(zip(answers.target[wrong].tolist(), answers.answer[wrong].tolist(), strict=True))
    ordered = sorted(pairs.items(), key=lambda pair: (-pair[1], pair[0]))[:WORST]
    return [[labels[target], labels[answer], count] for (target, answer), count in ordered]
