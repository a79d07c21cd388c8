"""What a saved model is: its labels, what it was made with, what to expect of it, and what it needs here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fewtext.classify.migrations import SETTINGS
from fewtext.classify.model_folder import read_model
from fewtext.classify.provenance import installed_versions
from fewtext.classify.saved_model import Expected, SavedModel, Settings
from fewtext.encoders.load import find_encoder, spec_within
from fewtext.errors import FewtextError
from fewtext.files.json_files import read_json
from fewtext.hub.fetch import local_model
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors


@dataclass(frozen=True)
class LabelCount:
    """A label, and how many examples have it."""

    label: Any
    examples: int


@dataclass(frozen=True)
class ModelDescription:
    """A saved model. ``size`` is in bytes, ``date`` empty where it is not known.

    ``versions`` are those that it was made with, and ``versions_here`` those installed now. ``missing`` says what it
    needs and does not find here, empty where it can be used.
    """

    folder: str
    multi_label: bool
    labels: list[LabelCount]
    examples: int
    out_of_scope: LabelCount | None
    label_descriptions: int
    right_answers: int
    wrong_answers: int
    learner: str
    options: Mapping[str, Any]
    backbone: str
    trained: bool
    encoder: str
    fingerprint: str
    max_length: int | None
    tuner: str | None
    text_column: str | None
    label_column: str | list[str] | None
    matrix_columns: list[Any] | None
    expected: Expected | None
    date: str
    schema: int
    versions: dict[str, str]
    versions_here: dict[str, str]
    size: int
    texts_left_out: bool
    missing: list[str]

    def as_json(self) -> dict[str, Any]:
        """Return the description as plain values."""
        return asdict(self)


def describe(folder: str | Path) -> ModelDescription:
    """Return what a saved model is, without loading its encoder; raise ``FewtextError`` for a folder that is none.

    ``hub:owner/name`` is one on the Hub.
    """
    folder = Path(local_model(folder))
    saved = read_model(folder)
    settings, head = saved.settings, read_json(folder / SETTINGS)
    counts, outside = _counts(saved), len(saved.out_of_scope_texts)
    versions = {**settings.made.versions}
    if not versions and isinstance(head.get("fewtext"), str):
        versions = {"fewtext": head["fewtext"]}  # before provenance was recorded
    return ModelDescription(
        folder=str(folder),
        multi_label=saved.multi_label,
        labels=[LabelCount(label, counts[label]) for label in settings.labels],
        examples=settings.examples,
        out_of_scope=LabelCount(settings.oos_label, outside) if outside else None,
        label_descriptions=len(saved.texts) - settings.examples,
        right_answers=saved.marked.right if saved.marked else 0,
        wrong_answers=len(saved.marked.answers) - saved.marked.right if saved.marked else 0,
        learner=settings.learner,
        options=settings.options,
        backbone=settings.backbone,
        trained=settings.trained,
        encoder=settings.encoder,
        fingerprint=settings.fingerprint,
        max_length=settings.max_length,
        tuner=settings.tuner,
        text_column=settings.text_column,
        label_column=settings.label_column,
        matrix_columns=settings.matrix_columns,
        expected=settings.made.expected,
        date=settings.made.date,
        schema=head["schema"],
        versions=versions,
        versions_here=installed_versions(),
        size=sum(path.stat().st_size for path in folder.iterdir() if path.is_file()),
        texts_left_out=settings.left_out is not None,
        missing=_missing(folder, settings, saved),
    )


def _counts(saved: SavedModel) -> Counter[Any]:
    n, labels = saved.settings.examples, saved.settings.labels
    if saved.multi_label:
        return Counter(dict(zip(labels, saved.y[:n].sum(0).tolist(), strict=True)))
    return Counter(labels[way] for way in saved.y[:n].tolist())


def _missing(folder: Path, settings: Settings, saved: SavedModel) -> list[str]:
    """Return what the model needs and does not find: its learner, its encoder, or the files that this had."""
    missing = []
    try:
        discovery.learner(settings.learner)
    except FewtextError as error:
        missing.append(str(error))
    try:
        found = find_encoder(spec_within(folder, settings.encoder))
        with plugin_errors("encoder", found.kind.name):
            here = found.fingerprint(settings.max_length, saved.encoder_weights)
    except FewtextError as error:
        return [*missing, str(error)]
    if here not in (None, settings.fingerprint):
        missing.append(f"the encoder {settings.encoder} is another here: {here}, not {settings.fingerprint}")
    return missing
