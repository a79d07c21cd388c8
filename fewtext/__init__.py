"""fewtext: few-shot text classification by plugins. Nothing heavy is imported before it is used."""

from __future__ import annotations

from importlib import import_module

TYPE_CHECKING = False  # typing is half of the time until an interrupt is expected
if TYPE_CHECKING:
    from typing import Any

    from fewtext import api as api
    from fewtext import errors as errors
    from fewtext import testing as testing
    from fewtext.classify.description import ModelDescription as ModelDescription
    from fewtext.classify.description import describe as describe
    from fewtext.classify.not_fitted import NotFittedError as NotFittedError
    from fewtext.classify.prediction import Prediction as Prediction
    from fewtext.classify.publication import push as push
    from fewtext.errors import FewtextError as FewtextError
    from fewtext.errors import FewtextWarning as FewtextWarning
    from fewtext.estimator import FewShotClassifier as FewShotClassifier
    from fewtext.estimator import load as load
    from fewtext.export.folder import export_model as export_model
    from fewtext.files.feature_store import cached_features as cached_features
    from fewtext.registry.hookspecs import hookimpl as hookimpl

_HOMES = {
    "FewShotClassifier": "estimator",
    "FewtextError": "errors",
    "FewtextWarning": "errors",
    "ModelDescription": "classify.description",
    "NotFittedError": "classify.not_fitted",
    "Prediction": "classify.prediction",
    "cached_features": "files.feature_store",
    "describe": "classify.description",
    "export_model": "export.folder",
    "hookimpl": "registry.hookspecs",
    "load": "estimator",
    "push": "classify.publication",
}
_MODULES = ("api", "errors", "testing")

__all__ = [
    "FewShotClassifier",
    "FewtextError",
    "FewtextWarning",
    "ModelDescription",
    "NotFittedError",
    "Prediction",
    "cached_features",
    "describe",
    "export_model",
    "hookimpl",
    "load",
    "push",
]

__version__: str


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"fewtext.{_HOMES[name]}"), name)
    if name in _MODULES:
        return import_module(f"fewtext.{name}")
    if name == "__version__":
        return import_module("importlib.metadata").version("fewtext")
    raise AttributeError(f"module 'fewtext' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*_HOMES, *_MODULES, "__all__", "__doc__", "__name__", "__version__"])
