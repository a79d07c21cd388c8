"""The whole extension surface on one screen. A hook returns values; it registers nothing by side effect."""

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
"""Marks a function of a plugin as the implementation of one of the hooks below."""


# Group "fewtext": loaded when a learner, an encoder, a corpus is asked for; may import torch at the top.


@hookspec
def learners() -> Iterable[type[Learner]]:  # type: ignore[empty-body]
    """Return learner classes, each with a unique ``name``."""


@hookspec
def encoders() -> Iterable[type[Encoder]]:  # type: ignore[empty-body]
    """Return encoder classes, each with a unique ``name``."""


@hookspec
def corpora() -> Iterable[Corpus]:  # type: ignore[empty-body]
    """Return labelled collections, each with a unique ``name``."""


@hookspec
def backbones() -> Iterable[type[Backbone]]:  # type: ignore[empty-body]
    """Return backbone classes, each with a unique ``name``: what learners train between the features and themselves."""


@hookspec
def tuners() -> Iterable[type[Tuner]]:  # type: ignore[empty-body]
    """Return tuner classes, each with a unique ``name``: what trains an encoder on the support."""


@hookspec
def trackers() -> Iterable[type[Tracker]]:  # type: ignore[empty-body]
    """Return tracker classes, each with a unique ``name``: where training metrics go. Only those that can run here."""


# Group "fewtext.cli": loaded whenever the command starts; must stay light.


@hookspec
def register_commands(app: typer.Typer) -> None:
    """Add subcommands to the ``fewtext`` command line."""
