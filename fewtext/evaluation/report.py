"""Reports: an accuracy that was measured, with all that it takes to reproduce it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import Any

from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.learners.spec import LearnerSpec
from fewtext.metrics.classification import Metrics
from fewtext.registry.options import default_options

SCHEMA = 3
LIBRARIES = ("fewtext", "torch", "transformers")
TIMES = ("seconds_to_adapt", "seconds_to_predict", "seconds_by_step", "area_by_seconds")
"""The fields that differ from run to run."""


@dataclass(frozen=True)
class Report:
    """What was measured and on what. Accuracy and its interval (half the width, 95 %) are fractions, times seconds."""

    track: str
    inductive: bool
    """Whether each query is answered as if it were the only one."""
    corpus: str
    task: str
    learner: str
    options: dict[str, Any]
    backbone: str
    trained: str | None
    """How the learner was trained: ``clinc150/protaugment_01, seed 0``."""
    encoder: str
    fingerprint: str
    dtype: str
    """What the encoder computes in."""
    label_names: bool
    accuracy: float
    interval: float
    by_step: list[float] | None
    """The accuracy after 0, 1, … inner steps, for a learner that takes steps."""
    by_presentation: list[float] | None
    """The accuracy at a sequence's 1st, 2nd, … example of a class, where the learner is told the labels."""
    seconds_to_adapt: float
    seconds_to_predict: float
    queries_a_task: int
    episode_list: str | None
    """A hash of the tasks, or of the supports, as numbers of rows: equal where they are."""
    seed: int | None
    device: str
    versions: dict[str, str]
    data: str | None = None
    """A hash of the rows that those are numbers of."""
    metrics: Metrics | None = None
    """What a grid's cell has beside the accuracy."""
    by_support: list[float] | None = None
    """The accuracy after each support, where there are several."""
    area_by_step: float | None = None
    """The area under ``by_step``; this and the others by ``fewtext.evaluation.adaptability``."""
    untrained_by_step: list[float] | None = None
    """Of a trained learner: ``by_step`` from the weights that its training began with, on the same tasks."""
    untrained_area_by_step: float | None = None
    seconds_by_step: list[float] | None = None
    """The seconds until the classifier after each step is there, on this machine; for others until the only one is."""
    area_by_seconds: float | None = None
    """The area under accuracy by the logarithm of seconds, from 0.0001 to 1, on this machine."""
    regret: list[float] | None = None
    """How many answers were wrong so far after each example of a sequence, the mean over sequences."""
    reward_by_presentation: list[float] | None = None
    """The same where it is told right or wrong alone."""
    beside: dict[str, dict[str, Any]] | None = None
    """What chance and a nearest-neighbour bandit earn on the same sequences, in that case."""
    right: Tensor | None = field(default=None, repr=False, compare=False)
    """Which answers are right, ``[tasks, queries]``; not in the JSON."""

    def as_json(self) -> dict[str, Any]:
        """Return what a script reads."""
        content = {"schema": SCHEMA, **{name: getattr(self, name) for name in self.__dataclass_fields__}}
        del content["right"]
        if math.isnan(self.interval):
            content["interval"] = None
        return {**content, "metrics": asdict(self.metrics) if self.metrics else None}


def described(learner_spec: LearnerSpec, encoder: Encoder, also: Sequence[str] = ()) -> dict[str, Any]:
    """Return a report's fields on the learner and the encoder; ``also`` names more libraries that had a part in it."""
    run = learner_spec.run
    return {
        "learner": learner_spec.learner.name,
        "options": {**default_options(learner_spec.learner), **learner_spec.options},
        "backbone": learner_spec.backbone,
        "trained": f"{run.corpus}/{run.fold}, seed {run.seed}" if run else None,
        **encoder_facts(encoder),
        "versions": versions(also),
    }


def encoder_facts(encoder: Encoder) -> dict[str, Any]:
    """Return a report's fields on the encoder."""
    return {
        "encoder": encoder.name,
        "fingerprint": encoder.fingerprint,
        "dtype": str(getattr(encoder, "dtype", "float32")).removeprefix("torch."),
        "device": str(encoder.device),
    }


def versions(also: Sequence[str] = ()) -> dict[str, str]:
    """Return the versions of the libraries behind every number, and of those in ``also``."""
    return {name: version(name) for name in (*LIBRARIES, *also)}
