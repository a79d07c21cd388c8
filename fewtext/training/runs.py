"""Runs: the folder of a training run, which is a trained learner from its first validation on, and can be resumed.

Beside the learner (``fewtext.learners.spec``) it holds ``metrics.jsonl``, a line per step, and
``checkpoint.safetensors`` until the run has ended; then ``last.safetensors``, the weights after the last step, which
are not always the best.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from torch import Tensor

from fewtext.errors import InputError, damaged
from fewtext.files.atomic import clear, is_part, write_text
from fewtext.files.json_files import TRAIN_AGAIN, read_lines, sealed_line, write_json
from fewtext.files.locks import lock
from fewtext.files.tensors import read_tensors, write_tensors
from fewtext.learners.spec import SCHEMA, SETTINGS, WEIGHTS, read_settings
from fewtext.training.loop import Checkpoint
from fewtext.version import __version__

METRICS, CHECKPOINT, LAST = "metrics.jsonl", "checkpoint.safetensors", "last.safetensors"
_PARTS = ("weights", "optimizer", "best", "average")  # of a checkpoint, each a dictionary of tensors


class Run:
    """The folder that a run writes to, locked while it is open; every file is written atomically."""

    settings_file, result_file = SETTINGS, WEIGHTS
    ends_with_checkpoint = True
    """Whether the last checkpoint is all that a result is made of."""

    def __init__(self, folder: Path, settings: Any, resume: bool) -> None:
        self.folder = folder
        self.checkpoint: Checkpoint | None = None
        """The state in which the run was stopped; None for a new run."""
        self.finished = False
        """Whether the run has ended."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"cannot be created: {error.strerror}", where=str(folder), hint="choose another"
            ) from error
        self._lock = lock(folder, "another training")
        try:
            self._begin(settings, resume)
        except BaseException:
            self.close()
            raise

    def _begin(self, settings: Any, resume: bool) -> None:
        clear(self.folder)
        if names := {path.name for path in self.folder.iterdir() if not is_part(path.name)}:
            if self.settings_file not in names:
                raise InputError(
                    "exists and is not a training run", where=str(self.folder), hint="choose another folder"
                )
            before = self.read_settings(self.folder)  # which refuses another program's learner.json
            if self.result_file in names or CHECKPOINT in names:
                self._take_up(before, settings, resume)
                return
        write_json(self.folder / self.settings_file, {"schema": SCHEMA, "fewtext": __version__, **asdict(settings)})
        write_text(self.folder / METRICS, "")

    def _take_up(self, before: Any, settings: Any, resume: bool) -> None:
        if not resume:
            hint = "resume that run, or choose another folder"
            raise InputError("holds a training run already", where=str(self.folder), hint=hint)
        now = type(settings)(**json.loads(json.dumps(asdict(settings))))  # tuples become lists, as in the file
        if changed := _differences(asdict(before), asdict(now)):
            raise InputError(
                f"holds a run with other settings: {', '.join(changed)}",
                where=str(self.folder),
                hint="repeat its settings, or choose another folder",
            )
        path = self.folder / CHECKPOINT
        if path.is_file():
            self.checkpoint = read_checkpoint(path)
            self._cut_metrics(self.checkpoint.step)
        self.finished = self.checkpoint is None or self.checkpoint.finished
        if self.checkpoint is not None and self.finished:
            self.keep(self.checkpoint)  # it was stopped between writing its last checkpoint and the learner

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the folder."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append the metrics of a step."""
        with (self.folder / METRICS).open("a", encoding="utf-8", newline="\n") as file:
            file.write(sealed_line({"step": step, **metrics}))

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, then the learner with its best weights; at the end of the run delete the checkpoint."""
        tensors = {f"{part}.{key}": value for part in _PARTS for key, value in getattr(checkpoint, part).items()}
        tensors["generator"] = checkpoint.generator
        facts = {key: value for key, value in vars(checkpoint).items() if key not in (*_PARTS, "generator")}
        write_tensors(self.folder / CHECKPOINT, tensors, facts)
        self.write_result(checkpoint, facts)
        if checkpoint.finished and self.ends_with_checkpoint:
            write_tensors(self.folder / LAST, checkpoint.weights, {"step": checkpoint.step})
            (self.folder / CHECKPOINT).unlink()

    def read_settings(self, folder: Path) -> Any:
        """Read what the run was started with."""
        return read_settings(folder)

    def write_result(self, checkpoint: Checkpoint, facts: Mapping[str, Any]) -> None:
        """Write what has been learned so far."""
        write_tensors(self.folder / self.result_file, checkpoint.best, facts)

    def _cut_metrics(self, step: int) -> None:
        """Cut the metrics off after the step of the checkpoint."""
        path = self.folder / METRICS
        lines = list(read_lines(path)) if path.is_file() else []
        write_text(path, "".join(sealed_line(line) for line in lines if line["step"] <= step))


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Describe every setting that differs, by its old and new value; those with long values only by name."""
    differences = []
    for name, old in before.items():
        new = now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            differences += _differences({**dict.fromkeys(new), **old}, new)
        elif old != new:
            differences.append(f"{name} {old} (now {new})" if len(f"{old}{new}") < 60 else name)
    return list(dict.fromkeys(differences))  # the backbone is the run's and the recipe's


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; raise ``InputError`` where it is damaged."""
    tensors, facts = read_tensors(path)
    parts: dict[str, dict[str, Tensor]] = {part: {} for part in _PARTS}
    try:
        generator = tensors.pop("generator")
        for key, value in tensors.items():
            part, _, name = key.partition(".")
            parts[part][name] = value
        return Checkpoint(generator=generator, **cast("dict[str, Any]", parts), **facts)
    except (KeyError, TypeError) as error:
        raise damaged(path, str(error), TRAIN_AGAIN) from error
