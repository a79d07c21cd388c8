"""fewtext: few-shot text classification by plugins. Nothing heavy is imported before it is used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing is half of the time until an interrupt is expected
if TYPE_CHECKING:
    from typing import Any

    from fewtext.classify.multi_label import MultiLabelClassifier as MultiLabelClassifier
    from fewtext.classify.single_label import FewShotClassifier as FewShotClassifier
    from fewtext.errors import FewtextError as FewtextError
    from fewtext.errors import FewtextWarning as FewtextWarning
    from fewtext.registry.hookspecs import hookimpl as hookimpl

__all__ = ["FewShotClassifier", "FewtextError", "FewtextWarning", "MultiLabelClassifier", "__version__", "hookimpl"]

__version__: str

_HOMES = {
    "FewShotClassifier": "classify.single_label",
    "FewtextError": "errors",
    "FewtextWarning": "errors",
    "MultiLabelClassifier": "classify.multi_label",
    "hookimpl": "registry.hookspecs",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"fewtext.{_HOMES[name]}"), name)
    if name == "__version__":
        return import_module("importlib.metadata").version("fewtext")
    raise AttributeError(f"module 'fewtext' has no attribute {name!r}")
