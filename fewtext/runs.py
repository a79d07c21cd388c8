"""Runs: the folder of a training run, which is a learner from its first validation on, and goes on where it stopped.

Beside the learner (``fewtext.blueprints``) it holds ``metrics.jsonl``, a line per step, and ``checkpoint.safetensors``
until the run has ended.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, cast

from safetensors.torch import save_file
from torch import Tensor

from fewtext import __version__
from fewtext.blueprints import SCHEMA, SETTINGS, WEIGHTS, RunSettings, damaged, read_settings, read_tensors
from fewtext.errors import InputError
from fewtext.training import Checkpoint

METRICS, CHECKPOINT = "metrics.jsonl", "checkpoint.safetensors"
_PARTS = ("weights", "optimizer", "best")  # of a checkpoint, each a dictionary of tensors


class Run:
    """The folder that a run writes to. Whatever it writes comes into being whole."""

    def __init__(self, folder: Path, settings: RunSettings, resume: bool) -> None:
        self.folder = folder
        self.checkpoint: Checkpoint | None = None
        """Where the run stood when it was stopped; None where it begins."""
        self.finished = False
        """Whether there is nothing left to do."""
        if folder.exists() and not folder.is_dir():
            raise InputError("exists and is no folder", where=str(folder), cure="choose another name")
        found = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
        ours = {SETTINGS, METRICS}
        if SETTINGS in found:  # killed before its first validation: a tracker's folder may be there already
            ours |= {name for name in found if (folder / name).is_dir()}
        if WEIGHTS in found or CHECKPOINT in found:
            self._take_up(settings, resume)
        elif found - ours:
            raise InputError("exists and is no training run", where=str(folder), cure="choose another folder")
        else:
            folder.mkdir(parents=True, exist_ok=True)
            content = {"schema": SCHEMA, "fewtext": __version__, **asdict(settings)}
            _write_whole(folder / SETTINGS, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
            _write_whole(folder / METRICS, "")

    def _take_up(self, settings: RunSettings, resume: bool) -> None:
        if not resume:
            cure = "--resume goes on with it, or choose another folder"
            raise InputError("a learner was trained there already", where=str(self.folder), cure=cure)
        before = read_settings(self.folder)
        now = RunSettings(**json.loads(json.dumps(asdict(settings))))  # tuples become lists, as in the file
        if changed := [f.name for f in fields(RunSettings) if getattr(before, f.name) != getattr(now, f.name)]:
            raise InputError(
                f"the run there was started with another {', '.join(changed)}",
                where=str(self.folder),
                cure="repeat its options, or choose another folder",
            )
        path = self.folder / CHECKPOINT
        self.finished = not path.is_file()
        if not self.finished:
            self.checkpoint = read_checkpoint(path)
            self._forget_after(self.checkpoint.step)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Append a line to the metrics."""
        with (self.folder / METRICS).open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **metrics}) + "\n")

    def keep(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, then the learner as it is best; at the end the checkpoint goes."""
        tensors = {f"{part}.{key}": value for part in _PARTS for key, value in getattr(checkpoint, part).items()}
        tensors["generator"] = checkpoint.generator
        facts = {key: value for key, value in vars(checkpoint).items() if key not in (*_PARTS, "generator")}
        _write_tensors(self.folder / CHECKPOINT, tensors, facts)
        _write_tensors(self.folder / WEIGHTS, checkpoint.best, facts)
        if checkpoint.finished:
            (self.folder / CHECKPOINT).unlink()

    def _forget_after(self, step: int) -> None:
        """Cut the metrics back to the checkpoint, a half-written line included."""
        path = self.folder / METRICS
        kept = []
        for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else []:
            try:
                if json.loads(line)["step"] > step:
                    break
            except (ValueError, KeyError, TypeError):
                break
            kept.append(line + "\n")
        _write_whole(path, "".join(kept))


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
        raise damaged(path, str(error)) from error


def _write_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    handle, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    os.close(handle)
    try:
        save_file({k: v.cpu().contiguous() for k, v in tensors.items()}, part, {"fewtext": json.dumps(facts)})
        os.chmod(part, 0o644)
        os.replace(part, path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def _write_whole(path: Path, content: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(content, encoding="utf-8")
    os.replace(part, path)
