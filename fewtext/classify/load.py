"""Load a saved classifier of either kind: from a folder, without network, or from the Hub."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fewtext.classify.model_folder import read_model
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.hub.fetch import local_model


def load_classifier(folder: str | Path, **options: Any) -> SingleLabelClassifier | MultiLabelClassifier:
    """Read a saved classifier; options are ``encoder`` (an instance of one's own), ``device`` and ``dtype``.

    ``hub:owner/name`` or ``hub:owner/name@revision`` is one on the Hub.
    """
    found = Path(local_model(folder))
    saved = read_model(found)
    kind = MultiLabelClassifier if saved.multi_label else SingleLabelClassifier
    return kind.restored(found, saved, **options)
