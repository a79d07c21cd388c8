"""Model folders: a saved model is written atomically and read back whole.

Tensors are in safetensors, everything else in JSON. Nothing in a folder is executed: its learner and encoder are names
of installed plugins, and the classifier is the fitted head that was kept, or is fitted again from the support.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from torch import Tensor

from fewtext.classify.migrations import MIGRATIONS, SCHEMA, SETTINGS
from fewtext.classify.saved_model import Marked, SavedHead, SavedModel, Settings
from fewtext.errors import FewtextError, InputError, damaged
from fewtext.files.answer_log import Answer
from fewtext.files.atomic import clear, new_folder, write_text
from fewtext.files.json_files import read_settings_file, write_json
from fewtext.files.json_text import to_json
from fewtext.files.locks import locked
from fewtext.files.tensors import digest_of, read_tensors, write_tensors
from fewtext.version import __version__

SAVE_AGAIN = "save the model again"
WRITERS = "another save, add or remove"  # what else may be writing the folder
HELD = "held.logits", "held.rows"
_OPTIONAL = "additions", "left_out"  # settings that a file need not have
OUT_OF_SCOPE = "out_of_scope.x"
OFFSETS, THRESHOLDS = "labels.offsets", "labels.thresholds"
MARKED = "marked.x", "marked.weight"
TENSORS, TEXTS, CARD = "tensors.safetensors", "support.jsonl", "README.md"
HEAD = "head.safetensors"
ANSWER = "answer"  # a marked answer's label in a row: nobody takes the row for an example, which has a label

_CARD = """# A few-shot text classifier made with fewtext {version}

{privacy}

- learner: `{learner}` with options `{options}` over the backbone `{backbone}`
- encoder: `{encoder}`, fingerprint `{fingerprint}`, at most {max_length} tokens a text
- labels: {labels}
- made: {date}

Use it: `fewtext classify --model THIS_FOLDER --query texts.txt`
"""


_WITH_TEXTS = """**This folder contains the texts it was fitted on** (`{texts}`): {examples} labelled texts,
{out_of_scope} out-of-scope examples, {answers} marked answers and {names} names or descriptions of labels. Share it
only where those texts may be shared."""
_WITHOUT_TEXTS = """The texts of its {examples} examples, {out_of_scope} out-of-scope examples and {answers} marked
answers were left out, and {names} names or descriptions of labels are in `{texts}`. A text can be guessed from its
features in part."""


def write_model(folder: Path, saved: SavedModel) -> None:
    """Write a model folder atomically; it may replace a model folder, and nothing else."""
    check_target(folder)
    with new_folder(folder, WRITERS) as part:
        _write_files(part, saved)


def locked_model(folder: Path) -> AbstractContextManager[None]:
    """Keep other processes from replacing a model, from before it is read until its successor is saved.

    Removes what killed processes have left beside it.
    """
    clear(folder.resolve().parent, folder.resolve().name)
    return locked(folder, WRITERS)


def check_target(folder: Path) -> None:
    """Raise ``InputError``, before any work, where a model must not be written: over anything but a model folder."""
    if folder.exists() and not folder.is_dir():
        raise InputError("exists and is not a saved model", where=str(folder), hint="choose another folder")
    foreign = (
        {path.name for path in folder.iterdir()} - {SETTINGS, TENSORS, TEXTS, CARD, HEAD} if folder.is_dir() else set()
    )
    if foreign or folder.is_dir() and any(folder.iterdir()) and not (folder / SETTINGS).is_file():
        raise InputError("holds other files than a saved model", where=str(folder), hint="choose another folder")
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
    if saved.marked:
        tensors |= dict(zip(MARKED, (saved.marked.x, saved.marked.weight), strict=True))
    own = {name: value for name, value in settings.items() if value or name not in _OPTIONAL}
    write_json(folder / SETTINGS, {"schema": SCHEMA, "fewtext": __version__, **own})
    rows: list[dict[str, Any]] = [{"text": text, "label": label} for text, label in saved.rows()]
    answers = saved.marked.answers if saved.marked else []
    rows += [{"text": own.text, ANSWER: own.label, "right": own.right} for own in answers]
    write_text(folder / TEXTS, "".join(to_json(row) + "\n" for row in rows))
    # The tensor file holds digests of the others, so that parts of two models are not taken for one.
    write_tensors(folder / TENSORS, tensors, {name: _digest(folder / name) for name in (SETTINGS, TEXTS)})
    if saved.head:
        facts = {"tensors": digest_of(folder / TENSORS), "code": saved.head.code}
        write_tensors(folder / HEAD, saved.head.tensors, facts)
    shown = {**settings, "labels": ", ".join(map(str, labels))}
    names = len(saved.texts) - saved.settings.examples
    shown["answers"] = len(answers)
    shown |= {"version": __version__, "texts": TEXTS, "names": names, "out_of_scope": len(saved.out_of_scope_texts)}
    shown["privacy"] = (_WITH_TEXTS if saved.settings.left_out is None else _WITHOUT_TEXTS).format(**shown)
    shown["date"] = saved.settings.made.date or "on an unknown day"
    write_text(folder / CARD, _CARD.format(**shown))


def read_model(folder: Path) -> SavedModel:
    """Read a model folder and check that its parts fit together; raise ``InputError`` where they do not."""
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
        # The folder was replaced meanwhile: read again, so as not to mix parts of two models.


def _identity(folder: Path) -> tuple[int, ...]:
    try:
        status = folder.stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_mtime_ns


def _read_model(folder: Path) -> SavedModel:
    settings = _read_settings(folder)
    path = folder / TENSORS
    tensors, files = read_tensors(path, SAVE_AGAIN)
    for name in (SETTINGS, TEXTS):
        if not (folder / name).is_file() or _digest(folder / name) != files.get(name):
            raise damaged(folder / name, f"its content is not what was written with {TENSORS}", SAVE_AGAIN)
    try:
        # Not splitlines: a text may hold U+2028, which JSON leaves as it is.
        rows = [json.loads(line) for line in (folder / TEXTS).read_text(encoding="utf-8").split("\n") if line]
        texts, labels = (
            [str(row["text"]) for row in rows if ANSWER not in row], [row["label"] for row in rows if ANSWER not in row]
        )  # fmt: skip
        marked = _marked(rows, *(tensors.pop(name, None) for name in MARKED))
        x, y, weight = (tensors.pop(f"support.{name}") for name in ("x", "y", "weight"))
        if 0 in (x.dim(), y.dim(), weight.dim()):
            raise ValueError("a tensor of the support has no dimensions")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(path, str(error), SAVE_AGAIN) from error
    logits, held_rows = (tensors.pop(name, None) for name in HELD)
    offsets, thresholds, out_of_scope = (tensors.pop(name, None) for name in (OFFSETS, THRESHOLDS, OUT_OF_SCOPE))
    trained = {key.removeprefix("encoder."): tensors.pop(key) for key in list(tensors) if key.startswith("encoder.")}
    state = {key.removeprefix("learner."): value for key, value in tensors.items()}
    held_out = (logits, held_rows) if logits is not None and held_rows is not None else None
    more = offsets, thresholds, out_of_scope, texts[len(y) :], _read_head(folder), marked
    saved = SavedModel(settings, x, y, weight, texts[: len(y)], state, trained, held_out, *more)
    if fault := saved.fault():
        raise damaged(path, fault, SAVE_AGAIN)
    if labels != [label for _, label in saved.rows()]:
        raise damaged(folder / TEXTS, "its labels are not those of the tensors", SAVE_AGAIN)
    return saved


def _marked(rows: list[dict[str, Any]], x: Tensor | None, weight: Tensor | None) -> Marked | None:
    """Return the marked answers that are among the rows; raise ``ValueError`` where their tensors are missing."""
    answers = [Answer("", str(row["text"]), row[ANSWER], bool(row["right"])) for row in rows if ANSWER in row]
    if x is None or weight is None or x.dim() == 0:
        if answers or x is not None or weight is not None:
            raise ValueError("marked answers and their tensors do not fit together")
        return None
    return Marked(answers, x, weight)


def _read_head(folder: Path) -> SavedHead | None:
    """Return the head that was kept. Damage to it is a fault, not an error: it can be fitted again from the rest."""
    path = folder / HEAD
    if not path.exists():
        return None
    try:
        tensors, facts = read_tensors(path, SAVE_AGAIN)
    except InputError as error:
        return SavedHead({}, "", f"{error.where}: {error.what}")
    fault = "" if facts.get("tensors") == digest_of(folder / TENSORS) else f"{path}: is of another model"
    return SavedHead(tensors, str(facts.get("code")), fault)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_settings(folder: Path) -> Settings:
    path = folder / SETTINGS
    if not path.is_file():
        trained = (folder / "learner.json").is_file()
        hint = "it is a trained learner: give it as the learner, with a support" if trained else "check the path"
        what = f"not a saved model: it has no {SETTINGS}" if folder.exists() else "no such folder"
        raise InputError(what, where=str(folder), hint=hint)
    settings = read_settings_file(path, SCHEMA, Settings, SAVE_AGAIN, MIGRATIONS)
    if fault := settings.fault():
        raise damaged(path, fault, SAVE_AGAIN)
    return settings


def another_encoder(folder: Path, settings: Settings, fingerprint: str | None) -> FewtextError:
    """Return the error of a model whose encoder has this fingerprint, and not that of its settings."""
    return FewtextError(
        f"was fitted with another encoder ({settings.fingerprint}, here {fingerprint})",
        where=str(folder),
        hint=f"put back the model of {settings.encoder}, or fit again from its support.jsonl",
    )
