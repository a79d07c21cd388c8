"""MLflow: the metrics of a training run, where MLFLOW_TRACKING_URI says, else in the run's folder."""

import os
from pathlib import Path

from fewtext.api import Tracker, hookimpl


class MLflow(Tracker):
    """One MLflow run for each folder: a resumed training goes on with it."""

    name = "mlflow"

    def __init__(self, folder, settings):
        import mlflow  # slow

        own = Path(folder, self.name)
        own.mkdir(parents=True, exist_ok=True)
        address = os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{own.resolve()}/mlflow.db"
        self._client = mlflow.MlflowClient(address)
        mark = own / "run"
        if mark.is_file():
            self._run = mark.read_text()
        else:
            found = self._client.get_experiment_by_name("fewtext")
            experiment = found.experiment_id if found else self._client.create_experiment("fewtext")
            self._run = self._client.create_run(experiment).info.run_id
            self._client.log_dict(self._run, dict(settings), "settings.json")
            mark.write_text(self._run)

    def log(self, step, metrics):
        for name, value in metrics.items():
            self._client.log_metric(self._run, name, value, step=step)

    def close(self):
        self._client.set_terminated(self._run)


@hookimpl
def trackers():
    return [MLflow]
