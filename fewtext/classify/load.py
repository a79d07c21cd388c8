"""Load a saved classifier of either kind, without network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fewtext.classify.model_folder import read_model
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier


def load_classifier(folder: str | Path, **options: Any) -> SingleLabelClassifier | MultiLabelClassifier:
    """Read a saved classifier; options are ``encoder`` (an instance of one's own), ``device`` and ``dtype``."""
    saved = read_model(Path(folder))
    kind = MultiLabelClassifier if saved.multi_label else SingleLabelClassifier
    return kind.restored(Path(folder), saved, **options)
