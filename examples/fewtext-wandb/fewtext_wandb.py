"""Weights & Biases: the metrics of a training run; WANDB_MODE=offline keeps them in the run's folder."""

import hashlib
from pathlib import Path

from fewtext.api import Tracker, hookimpl


class WandB(Tracker):
    """One run for each folder: a resumed training goes on with it."""

    name = "wandb"

    def __init__(self, folder, settings):
        import wandb  # slow

        own = Path(folder, self.name)
        own.mkdir(parents=True, exist_ok=True)
        identity = hashlib.sha256(str(own.resolve()).encode()).hexdigest()[:16]
        self._run = wandb.init(project="fewtext", dir=own, id=identity, resume="allow", config=dict(settings))

    def log(self, step, metrics):
        self._run.log(dict(metrics), step=step)

    def close(self):
        self._run.finish()


@hookimpl
def trackers():
    return [WandB]
