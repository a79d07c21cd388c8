"""Runs: the folder of a training run, which is a learner from its first validation on, and goes on where it stopped.

``learner.json`` holds the settings, written once; ``learner.safetensors`` the best weights so far;
``metrics.jsonl`` a line per step; ``checkpoint.safetensors`` is there until the run has ended.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, cast

from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from fewtext import __version__, discovery
from fewtext.encoding import Encoder
from fewtext.errors import FewtextError, InputError
from fewtext.learning import Learner
from fewtext.options import build_learner, default_options
from fewtext.training import Checkpoint

SCHEMA = 1
SETTINGS, WEIGHTS, CHECKPOINT, METRICS = (
    "learner.json",
    "learner.safetensors",
    "checkpoint.safetensors",
    "metrics.jsonl",
)
_PARTS = ("weights", "optimizer", "best")  # of a checkpoint, each a dictionary of tensors


@dataclass(frozen=True)
class RunSettings:
    """What a run was started with, and all that its learner needs to be built again."""

    learner: str
    options: dict[str, Any]
    backbone: str
    shape: list[int]
    encoder: str
    fingerprint: str
    max_length: int | None
    corpus: str
    fold: str
    train: list[str]
    valid: list[str]
    recipe: dict[str, Any]
    seed: int


@dataclass(frozen=True)
class Blueprint:
    """A learner before it is built: by name and untrained, or as a run left it."""

    learner: type[Learner]
    options: dict[str, Any]
    backbone: str = "identity"
    run: RunSettings | None = None
    weights: Mapping[str, Tensor] | None = None
    temperature: float | None = None

    def build(self, shape: Sequence[int], seed: int = 0) -> Learner:
        """Build the learner for features of this shape; raise ``FewtextError`` where it was made for others."""
        if self.run is not None and list(shape) != self.run.shape:
            raise FewtextError(
                f"learner {self.learner.name} was trained on features of shape {self.run.shape}, not {list(shape)}",
                cure=f"use its encoder: {self.run.encoder}",
            )
        learner = build_learner(self.learner, self.options, tuple(shape), self.backbone, seed)
        if self.weights is not None:
            try:
                learner.load_state_dict(dict(self.weights))
            except RuntimeError as error:
                told = "the trained weights do not fit this learner with these options"
                raise FewtextError(f"{self.learner.name}: {told}", cure="leave the options as trained") from error
        if self.temperature is not None:
            learner.temperature = self.temperature
        return learner.eval()

    def check(self) -> None:
        """Raise ``FewtextError`` where an option or a weight does not fit, before any encoder is loaded."""
        self.build(self.run.shape if self.run else (16,))

    def check_encoder(self, encoder: Encoder) -> None:
        """Raise ``FewtextError`` where this learner was trained on the features of another encoder."""
        if self.run is not None and encoder.fingerprint != self.run.fingerprint:
            raise FewtextError(
                f"learner {self.learner.name} was trained on the features of another encoder "
                f"({self.run.encoder}, {self.run.fingerprint}; here {encoder.fingerprint})",
                cure="leave out --encoder, or train again with it",
            )

    def check_trained(self) -> None:
        """Raise ``FewtextError`` for a learner that is nothing before training and has had none."""
        if self.learner.needs_training and self.weights is None:
            raise FewtextError(
                f"learner {self.learner.name} has to be trained first",
                cure=f"fewtext train --corpus … --learner {self.learner.name} --output DIR, then --learner DIR",
            )


def find_learner(spec: str, options: Mapping[str, Any] | None = None) -> Blueprint:
    """Return the learner of this name, or the one that training left in this folder."""
    options = dict(options or {})
    if not (Path(spec).is_dir() or "/" in spec or os.sep in spec):
        return Blueprint(discovery.learner(spec), options)
    settings = read_settings(Path(spec))
    learner = discovery.learner(settings.learner)
    path = Path(spec, WEIGHTS)
    if not path.is_file():
        raise InputError("training has not come to its first validation", where=spec, cure="go on with --resume")
    weights, facts = _read_tensors(path)
    temperature = facts.get("temperature")
    if not isinstance(temperature, float):
        raise _damaged(path, "no temperature")
    return Blueprint(learner, {**settings.options, **options}, settings.backbone, settings, weights, temperature)


def read_settings(folder: Path) -> RunSettings:
    """Read what a run was started with; raise ``InputError`` where the folder holds no run or a damaged one."""
    path = folder / SETTINGS
    if not path.is_file():
        raise InputError(f"no trained learner: no {SETTINGS} there", where=str(folder), cure="check the path")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        schema = content.pop("schema")
        del content["fewtext"]
        settings = RunSettings(**content)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(path, "not the JSON that was written") from error
    if schema != SCHEMA:
        raise InputError(f"schema {schema!r} is not {SCHEMA}", where=str(path), cure="use the fewtext that wrote it")
    kinds = {"str": str, "int": int, "dict[str, Any]": dict, "list[str]": list, "list[int]": list}
    for field in fields(RunSettings):
        value, kind = getattr(settings, field.name), kinds.get(str(field.type))
        element = {"list[str]": str, "list[int]": int}.get(str(field.type))
        if kind and not isinstance(value, kind) or element and not all(isinstance(item, element) for item in value):
            raise _damaged(path, f"no usable {field.name!r}")
    return settings


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


def settings_of(
    blueprint: Blueprint, encoder: tuple[str, str, int | None], shape: Sequence[int], **rest: Any
) -> RunSettings:
    """Return the settings of a run to be started: the options whole, defaults included."""
    options = {**default_options(blueprint.learner), **blueprint.options}
    spec, fingerprint, max_length = encoder
    return RunSettings(
        blueprint.learner.name, options, blueprint.backbone, list(shape), spec, fingerprint, max_length, **rest
    )


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint; raise ``InputError`` where it is damaged."""
    tensors, facts = _read_tensors(path)
    parts: dict[str, dict[str, Tensor]] = {part: {} for part in _PARTS}
    try:
        generator = tensors.pop("generator")
        for key, value in tensors.items():
            part, _, name = key.partition(".")
            parts[part][name] = value
        return Checkpoint(generator=generator, **cast("dict[str, Any]", parts), **facts)
    except (KeyError, TypeError) as error:
        raise _damaged(path, str(error)) from error


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


def _read_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    try:
        with safe_open(path, framework="pt") as file:
            facts = json.loads(file.metadata()["fewtext"])
            return {key: file.get_tensor(key) for key in file.keys()}, dict(facts)  # noqa: SIM118
    except Exception as error:  # a missing file, no metadata, or the library's own class of errors
        raise _damaged(path, str(error)) from error


def _write_whole(path: Path, content: str) -> None:
    part = path.with_suffix(".part")
    part.write_text(content, encoding="utf-8")
    os.replace(part, path)


def _damaged(path: Path, reason: str) -> InputError:
    return InputError(f"is damaged: {reason}", where=str(path), cure="train again, or take the folder from a backup")
