"""Comet: the metrics of a training run as an offline experiment in the run's own folder; ``comet upload`` sends it."""

import os
from collections.abc import Iterable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fewtext.api import Tracker, hookimpl

SILENT = {
    "COMET_ERROR_TRACKING_ENABLE": "false",  # or one import in two reports its warnings over the network
    "COMET_DISABLE_AUTO_LOGGING": "1",  # or it patches torch and whatever is imported later
    "COMET_LOGGING_CONSOLE": "ERROR",
}
"""Environment variables that the library reads when it is imported; those already set are kept.

Set here, since other libraries (transformers) import it where it is installed, and the first import decides.
"""
if find_spec("comet_ml"):
    for variable, value in SILENT.items():
        os.environ.setdefault(variable, value)


class Comet(Tracker):
    """Writes ``comet/KEY.zip`` when the run ends or is interrupted; nothing is sent over the network.

    Each start of a run, resumed ones too, is an experiment of its own, named after the run's folder: Comet can add to
    an earlier one only after that has been uploaded.
    """

    name = "comet"

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        from comet_ml import OfflineExperiment  # slow

        self._experiment = OfflineExperiment(
            offline_directory=str(folder / self.name),
            log_code=False,
            log_graph=False,
            auto_param_logging=False,
            auto_metric_logging=False,
            auto_output_logging=False,
            parse_args=False,
            log_env_details=False,
            log_git_metadata=False,
            log_git_patch=False,
            display_summary_level=0,
        )
        self._experiment.set_name(folder.resolve().name)
        self._experiment.log_parameters(dict(settings))

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Add a point to each curve."""
        self._experiment.log_metrics(dict(metrics), step=step)

    def close(self) -> None:
        """End the experiment, which writes its zip."""
        self._experiment.end()


@hookimpl
def trackers() -> Iterable[type[Tracker]]:
    """Offer the tracker where its library is installed: ``fewtext[comet]``."""
    return [Comet] if find_spec("comet_ml") else []
