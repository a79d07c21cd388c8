"""Encoder runs: the folder of an encoder's meta-training, which can be resumed, and holds the adapter at its end."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import torch

from fewtext.encoders.adapter import Adapter
from fewtext.errors import InputError
from fewtext.files.json_files import read_settings_file
from fewtext.training.loop import Checkpoint
from fewtext.training.runs import CHECKPOINT, Run
from fewtext.version import __version__

SCHEMA = 2
SETTINGS, ADAPTER = "encoder.json", "adapter.safetensors"


@dataclass(frozen=True)
class EncoderRunSettings:
    """The settings that an encoder's training was started with."""

    learner: str
    options: dict[str, Any]
    encoder: str
    fingerprint: str
    max_length: int | None
    dtype: str
    corpora: list[dict[str, Any]]
    recipe: dict[str, Any]
    seed: int


class EncoderRun(Run):
    """The folder of a run that trains an encoder."""

    settings_file, result_file = SETTINGS, ADAPTER
    ends_with_checkpoint = False

    def read_settings(self, folder: Path) -> EncoderRunSettings:
        """Read what the run was started with."""
        if not (folder / SETTINGS).is_file():
            raise InputError(f"no {SETTINGS} there", where=str(folder), hint="check the path")
        return read_settings_file(folder / SETTINGS, SCHEMA, EncoderRunSettings)

    def write_result(self, checkpoint: Checkpoint, facts: Mapping[str, Any]) -> None:
        """Write nothing before the end: an adapter is made of the last weights."""

    def finish(self, adapter: Adapter, settings: EncoderRunSettings, device: torch.device) -> Path:
        """Write the adapter with its card, which replaces the last checkpoint; return its path."""
        name = torch.cuda.get_device_name(device) if device.type == "cuda" else f"CPU ({platform.machine()})"
        card = {**asdict(settings), "device": name, "versions": {"fewtext": __version__, "torch": torch.__version__}}
        path = self.folder / ADAPTER
        replace(adapter, card=card).write(path)
        (self.folder / CHECKPOINT).unlink(missing_ok=True)
        return path
