"""Model directories: the learner and the support, never the classifier; tensors in safetensors, the rest in JSON.

Nothing in a directory is executed: its learner and encoder are names of installed plugins.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fewtext.errors import InputError, damaged
from fewtext.files.atomic import clear, new_folder, write_text
from fewtext.files.json_files import read_settings_file, write_json
from fewtext.files.json_text import to_json
from fewtext.files.locks import locked
from fewtext.files.tensors import read_tensors, write_tensors
from fewtext.version import __version__

SCHEMA = 4
CURE = "save the model again"
WRITERS = "another save, add or remove"
HELD = "held.logits", "held.rows"
OUT_OF_SCOPE = "out_of_scope.x"
OFFSETS, THRESHOLDS = "labels.offsets", "labels.thresholds"
SETTINGS, TENSORS, TEXTS, CARD = "fewtext.json", "tensors.safetensors", "support.jsonl", "README.md"

_CARD = """# A few-shot text classifier made with fewtext {version}

**This folder contains the texts it was fitted on** (`{texts}`): {examples} labelled texts,
{out_of_scope} out-of-scope examples and {names} names or descriptions of labels. Share it only where those texts may be
shared.

- learner: `{learner}` with options `{options}` over the backbone `{backbone}`
- encoder: `{encoder}`, fingerprint `{fingerprint}`, at most {max_length} tokens a text
- labels: {labels}

Use it: `fewtext classify --model THIS_FOLDER --query texts.txt`
"""


@dataclass(frozen=True)
class Settings:
    """What the JSON of a model directory holds. ``examples`` of the support's texts are no label names.

    ``prior`` is the learner's own temperature and ``name_weight`` the weight of label names from which a new fit would
    set out, ``oos_label`` what examples of no label are labelled with, ``tuner`` what trained the encoder,
    and ``label_names`` whether names count as texts.
    """

    learner: str
    options: dict[str, Any]
    backbone: str
    trained: bool
    encoder: str
    fingerprint: str
    max_length: int | None
    labels: list[Any]
    examples: int
    temperature: float
    prior: float
    oos_label: Any = None
    name_weight: float = 1.0
    tuner: str | None = None
    label_names: bool = True


@dataclass(frozen=True)
class SavedModel:
    """A model directory in memory: settings, the support ``x, y, weight`` with its texts, the learner's weights.

    ``y`` ``[n]`` are classes. Where a text may have several labels it is ``[n, labels]``, which of them it has, and
    each label has an offset and a threshold. Of a tuned encoder also what was trained, and the logits of examples that
    were held out from that with their rows. ``out_of_scope`` ``[m, *shape]`` are examples of no label, with
    their texts.
    """

    settings: Settings
    x: Tensor
    y: Tensor
    weight: Tensor
    texts: list[str]
    learner_state: dict[str, Tensor]
    encoder_weights: dict[str, Tensor] = field(default_factory=dict)
    held_out: tuple[Tensor, Tensor] | None = None
    offsets: Tensor | None = None
    thresholds: Tensor | None = None
    out_of_scope: Tensor | None = None
    out_of_scope_texts: Sequence[str] = ()

    @property
    def multi_label(self) -> bool:
        """True where a text may have several labels."""
        return self.y.dim() == 2

    def rows(self) -> list[tuple[str, Any]]:
        """Return each text with its label, or its list of labels, and at the end the out-of-scope examples."""
        labels = self.settings.labels
        if self.multi_label:
            shown: list[Any] = [
                [label for label, has in zip(labels, row, strict=True) if has] for row in self.y.tolist()
            ]
        else:
            shown = [labels[number] for number in self.y.tolist()]
        pairs = list(zip(self.texts, shown, strict=True))
        return pairs + [(text, self.settings.oos_label) for text in self.out_of_scope_texts]


def write_model(folder: Path, saved: SavedModel) -> None:
    """Write a model directory, whole or not at all; an earlier model of that name is replaced, nothing else is."""
    check_target(folder)
    with new_folder(folder, WRITERS) as made:
        _write_files(made, saved)


def locked_model(folder: Path) -> AbstractContextManager[None]:
    """Keep other processes from replacing a model, from before it is read until what comes of it is saved.

    What killed processes left beside it goes.
    """
    clear(folder.resolve().parent, folder.resolve().name)
    return locked(folder, WRITERS)


def check_target(folder: Path) -> None:
    """Raise ``InputError`` where something stands that is not a model of ours, before the work is done."""
    if folder.exists() and not folder.is_dir():
        raise InputError("exists and is not a saved model", where=str(folder), hint="choose another folder")
    foreign = {path.name for path in folder.iterdir()} - {SETTINGS, TENSORS, TEXTS, CARD} if folder.is_dir() else set()
    if foreign or folder.is_dir() and any(folder.iterdir()) and not (folder / SETTINGS).is_file():
        raise InputError("exists and is not a saved model alone", where=str(folder), hint="choose another folder")
    if folder.resolve() == Path.cwd():
        raise InputError("is the current folder", where=str(folder), hint="choose another folder")


def _write_files(folder: Path, saved: SavedModel) -> None:
    settings = asdict(saved.settings)
    labels = saved.settings.labels
    tensors = {"support.x": saved.x, "support.y": saved.y, "support.weight": saved.weight}
    tensors |= {f"learner.{key}": value for key, value in saved.learner_state.items()}
    tensors |= {f"encoder.{key}": value for key, value in saved.encoder_weights.items()}
    if saved.held_out:
        tensors |= dict(zip(HELD, saved.held_out, strict=True))
    if saved.offsets is not None and saved.thresholds is not None:
        tensors |= {OFFSETS: saved.offsets, THRESHOLDS: saved.thresholds}
    if saved.out_of_scope is not None:
        tensors[OUT_OF_SCOPE] = saved.out_of_scope
    write_json(folder / SETTINGS, {"schema": SCHEMA, "fewtext": __version__, **settings})
    rows = [to_json({"text": text, "label": label}) + "\n" for text, label in saved.rows()]
    write_text(folder / TEXTS, "".join(rows))
    # The tensors know the files that they belong to: parts of two models do not pass for one.
    write_tensors(folder / TENSORS, tensors, {name: _digest(folder / name) for name in (SETTINGS, TEXTS)})
    shown = {**settings, "labels": ", ".join(map(str, labels))}
    names = len(saved.texts) - saved.settings.examples
    shown |= {"version": __version__, "texts": TEXTS, "names": names, "out_of_scope": len(saved.out_of_scope_texts)}
    write_text(folder / CARD, _CARD.format(**shown))


def read_model(folder: Path) -> SavedModel:
    """Read a model directory and check that its parts fit together; raise ``InputError`` where they do not."""
    if not folder.exists():
        clear(folder.resolve().parent, folder.name)  # a killed process may have moved it aside
    while True:
        before = _identity(folder)
        try:
            saved = _read_model(folder)
        except InputError:
            if _identity(folder) == before:
                raise
        else:
            if _identity(folder) == before:
                return saved
        # It was replaced while it was read: again, so that no parts of two models are put together.


def _identity(folder: Path) -> tuple[int, ...]:
    try:
        status = folder.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _read_model(folder: Path) -> SavedModel:
    settings = _read_settings(folder)
    path = folder / TENSORS
    tensors, files = read_tensors(path, CURE)
    for name in (SETTINGS, TEXTS):
        if not (folder / name).is_file() or _digest(folder / name) != files.get(name):
            raise damaged(folder / name, f"its content is not what was written with {TENSORS}", CURE)
    try:
        # Not splitlines: a text may hold U+2028, which JSON leaves as it is.
        rows = [json.loads(line) for line in (folder / TEXTS).read_text(encoding="utf-8").split("\n") if line]
        texts, labels = [str(row["text"]) for row in rows], [row["label"] for row in rows]
        x, y, weight = (tensors.pop(f"support.{name}") for name in ("x", "y", "weight"))
        if 0 in (x.dim(), y.dim(), weight.dim()):
            raise ValueError("a number where there are several")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, str(error), CURE) from error
    logits, held_rows = (tensors.pop(name, None) for name in HELD)
    offsets, thresholds, out_of_scope = (tensors.pop(name, None) for name in (OFFSETS, THRESHOLDS, OUT_OF_SCOPE))
    trained = {key.removeprefix("encoder."): tensors.pop(key) for key in list(tensors) if key.startswith("encoder.")}
    state = {key.removeprefix("learner."): value for key, value in tensors.items()}
    held_out = (logits, held_rows) if logits is not None and held_rows is not None else None
    more = offsets, thresholds, out_of_scope, texts[len(y) :]
    saved = SavedModel(settings, x, y, weight, texts[: len(y)], state, trained, held_out, *more)
    _check_whole(path, saved)
    if labels != [label for _, label in saved.rows()]:
        raise damaged(folder / TEXTS, "its labels are not those of the tensors", CURE)
    return saved


def _check_whole(path: Path, saved: SavedModel) -> None:
    """Raise ``InputError`` where features, classes, weights and texts do not fit together."""
    if not (_support_is_whole(saved) and _labels_are_whole(saved) and _out_of_scope_are_whole(saved)):
        raise damaged(path, "features, classes, weights and texts do not fit together", CURE)
    if saved.held_out is not None:
        logits, rows = saved.held_out
        if logits.shape != (len(rows), len(saved.settings.labels)) or not ((0 <= rows) & (rows < len(saved.y))).all():
            raise damaged(path, "what was held out does not fit", CURE)


def _support_is_whole(saved: SavedModel) -> bool:
    x, y, weight = saved.x, saved.y, saved.weight
    as_many = len(x) == len(y) == len(weight) == len(saved.texts) >= saved.settings.examples >= 0 < len(x)
    return as_many and weight.dim() == 1 and bool((weight >= 0).all()) and _is_real(x) and _is_real(weight)


def _labels_are_whole(saved: SavedModel) -> bool:
    y, ways = saved.y, len(saved.settings.labels)
    if not saved.multi_label:
        return y.dtype == torch.int64 and y.dim() == 1 and set(y.tolist()) == set(range(ways))
    if (
        saved.offsets is None
        or saved.thresholds is None
        or not saved.offsets.shape == saved.thresholds.shape == (ways,)
    ):
        return False
    real = _is_real(saved.offsets, torch.float64) and _is_real(saved.thresholds, torch.float64)
    shares = real and bool(((saved.thresholds >= 0) & (saved.thresholds <= 1)).all())
    return shares and y.dtype == torch.bool and y.shape[1] == ways and bool(y.any(0).all())


def _out_of_scope_are_whole(saved: SavedModel) -> bool:
    oos_label, strange = saved.settings.oos_label, saved.out_of_scope
    if strange is None:
        return oos_label is None and not saved.out_of_scope_texts
    fits = strange.shape == (len(saved.out_of_scope_texts), *saved.x.shape[1:]) and _is_real(strange)
    return fits and not saved.multi_label and oos_label is not None and oos_label not in saved.settings.labels


def _is_real(part: Tensor, dtype: torch.dtype = torch.float32) -> bool:
    return part.dtype == dtype and bool(part.isfinite().all())


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_settings(folder: Path) -> Settings:
    path = folder / SETTINGS
    if not path.is_file():
        trained = (folder / "learner.json").is_file()
        hint = "it is what train wrote: use --learner and --support" if trained else "check the path"
        raise InputError(f"not a saved model: no {SETTINGS} there", where=str(folder), hint=hint)
    content = read_settings_file(path, SCHEMA, CURE)
    kinds = {"learner": str, "options": dict, "backbone": str, "trained": bool,
             "encoder": str, "fingerprint": str, "max_length": (int, type(None)),
             "labels": list, "examples": int, "temperature": float, "prior": float,
             "oos_label": (str, int, float, type(None)), "name_weight": float,
             "tuner": (str, type(None)), "label_names": bool}  # fmt: skip
    wrong = sorted(set(content) ^ set(kinds)) or [key for key in kinds if not isinstance(content[key], kinds[key])]  # type: ignore[arg-type]
    if wrong:
        raise damaged(path, f"no usable {wrong[0]!r}", CURE)
    settings = Settings(**content)
    labels = settings.labels
    plain = all(isinstance(label, (str, int, float)) for label in labels)
    plain = plain and len({isinstance(label, str) for label in labels}) == 1
    plain = plain and not any(isinstance(label, str) and not label.strip() for label in labels)
    if (
        not plain
        or len(set(labels)) != len(labels)
        or not all(0 < number < math.inf for number in (settings.temperature, settings.prior, settings.name_weight))
    ):
        raise damaged(path, "its labels or temperature make no sense", CURE)
    return settings
