"""The hooks that a plugin may implement. A hook returns values; it registers nothing by side effect."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import typer

    from fewtext.contracts.backbone import Backbone
    from fewtext.contracts.corpus import Corpus
    from fewtext.contracts.encoder import Encoder
    from fewtext.contracts.learner import Learner
    from fewtext.contracts.tracker import Tracker
    from fewtext.contracts.tuner import Tuner

hookspec = pluggy.HookspecMarker("fewtext")
hookimpl = pluggy.HookimplMarker("fewtext")
"""Decorator for the functions of a plugin that implement one of the hooks below."""


# Entry points of group "fewtext": loaded when a learner, an encoder or a corpus is needed; may import torch.


@hookspec
def learners() -> Iterable[type[Learner]]:  # type: ignore[empty-body]
    """Return learner classes, each with a unique ``name``."""


@hookspec
def encoders() -> Iterable[type[Encoder]]:  # type: ignore[empty-body]
    """Return encoder classes, each with a unique ``name``."""


@hookspec
def corpora() -> Iterable[Corpus]:  # type: ignore[empty-body]
    """Return corpora, each with a unique ``name``."""


@hookspec
def backbones() -> Iterable[type[Backbone]]:  # type: ignore[empty-body]
    """Return backbone classes, each with a unique ``name``: networks from features to embeddings."""


@hookspec
def tuners() -> Iterable[type[Tuner]]:  # type: ignore[empty-body]
    """Return tuner classes, each with a unique ``name``: ways to fine-tune an encoder on the support."""


@hookspec
def trackers() -> Iterable[type[Tracker]]:  # type: ignore[empty-body]
    """Return tracker classes, each with a unique ``name``: loggers of training metrics whose library is installed."""


# Entry points of group "fewtext.cli": loaded at every start of the command; must import nothing heavy.


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add subcommands to the ``fewtext`` command line."""
