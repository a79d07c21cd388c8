"""What it logs, also where a run goes on."""

import pytest
from fewtext_mlflow import MLflow

mlflow = pytest.importorskip("mlflow")
pytest.importorskip("sqlalchemy", reason="needs mlflow, not mlflow-skinny alone")


def test_one_run_for_a_folder(tmp_path, monkeypatch):
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    for step in (1, 2):
        tracker = MLflow(tmp_path, {"learner": "protonet"})
        tracker.log(step, {"loss": 1 / step})
        tracker.close()
    client = mlflow.MlflowClient(f"sqlite:///{tmp_path}/mlflow/mlflow.db")
    (run,) = client.search_runs([client.get_experiment_by_name("fewtext").experiment_id])
    logged = client.get_metric_history(run.info.run_id, "loss")
    assert [(point.step, point.value) for point in logged] == [(1, 1.0), (2, 0.5)]
