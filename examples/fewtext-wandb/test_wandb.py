"""What it leaves in the run's folder, without network."""

import pytest
from fewtext_wandb import WandB

pytest.importorskip("wandb")


def test_it_logs_offline(tmp_path, monkeypatch):
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    tracker = WandB(tmp_path, {"learner": "protonet"})
    tracker.log(1, {"loss": 0.5})
    tracker.close()
    assert list((tmp_path / "wandb").rglob("*.wandb"))
