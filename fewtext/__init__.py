"""fewtext: few-shot text classification by plugins. Nothing heavy is imported before it is used."""

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from fewtext.classifier import FewShotClassifier as FewShotClassifier
    from fewtext.multi_label import MultiLabelClassifier as MultiLabelClassifier

__all__ = ["FewShotClassifier", "FewtextError", "FewtextWarning", "MultiLabelClassifier", "__version__", "hookimpl"]

__version__ = version("fewtext")

hookimpl = pluggy.HookimplMarker("fewtext")
"""Marks a function of a plugin as the implementation of one of the hooks in ``fewtext.hookspecs``."""

_HOMES = {
    "FewShotClassifier": "classifier",
    "FewtextError": "errors",
    "FewtextWarning": "errors",
    "MultiLabelClassifier": "multi_label",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"fewtext.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'fewtext' has no attribute {name!r}")
