"""The kit of each kind of plugin: its checks, the cases that a thing is checked on, and what is noted of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner
from fewtext.encoders.load import load_encoder
from fewtext.registry.discovery import spec_of
from fewtext.registry.failures import unexplained
from fewtext.registry.mistakes import explained
from fewtext.testing.backbones import BACKBONE_CHECKS, BackboneCase
from fewtext.testing.commands import COMMAND_CHECKS, CommandCase
from fewtext.testing.corpora import CORPUS_CHECKS, CorpusCase
from fewtext.testing.encoders import ENCODER_CHECKS, EncoderCase, batch_effect
from fewtext.testing.items import items_for
from fewtext.testing.kit import Checks
from fewtext.testing.learner_cases import Case
from fewtext.testing.learner_times import declared, per_task
from fewtext.testing.learners import CHECKS
from fewtext.testing.trackers import TRACKER_CHECKS, TrackerCase
from fewtext.testing.tuners import TUNER_CHECKS, TunerCase

Named = Sequence[tuple[str, Any]]


def _nothing(cases: Named) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kit:
    """``cases`` makes the named cases of what a plugin offers, ``notes`` says what is worth knowing where all holds.

    ``said`` puts what a thing raises into words.
    """

    checks: Checks[Any]
    cases: Callable[[Any], Named]
    notes: Callable[[Named], Mapping[str, Any]] = _nothing
    said: Callable[[BaseException], str] = unexplained


def _learner_cases(kind: type[Learner]) -> Named:
    """Return the learner with the options of its recipes; one that is trained first, on vectors alone."""
    on = ("text",) if kind.needs_training else ("text", "image")
    return [(modality, Case(kind, dict(kind.recipe_for(modality).options), modality)) for modality in on]


def _learner_notes(cases: Named) -> dict[str, Any]:
    return {**declared(cases[0][1]), **per_task(cases[0][1])}


def _encoder_cases(kind: type[Encoder]) -> Named:
    spec = spec_of("encoders", kind)
    load = partial(load_encoder, spec, offline=True)
    first = load(device="cpu")  # whose model may not be here
    shorter = [partial(load, device="cpu", max_length=4)] if first.max_length else []
    items = items_for(first)
    return [("", EncoderCase(partial(load, device="cpu"), items, shorter, lambda device: load(device=device)))]


def _taught(error: BaseException) -> str:
    return explained(error) or unexplained(error)


KITS: Mapping[str, Kit] = {
    "learner": Kit(CHECKS, _learner_cases, _learner_notes, _taught),
    "encoder": Kit(ENCODER_CHECKS, _encoder_cases, lambda cases: batch_effect(cases[0][1])),
    "corpus": Kit(CORPUS_CHECKS, lambda corpus: [("", CorpusCase(corpus))]),
    "backbone": Kit(BACKBONE_CHECKS, lambda kind: [("", BackboneCase(kind))], said=_taught),
    "tuner": Kit(TUNER_CHECKS, lambda kind: [("", TunerCase(kind))]),
    "tracker": Kit(TRACKER_CHECKS, lambda kind: [("", TrackerCase(kind))]),
    "commands": Kit(COMMAND_CHECKS, lambda register: [("", CommandCase(register))], lambda cases: cases[0][1].notes()),
}
"""By the word for one such thing."""
