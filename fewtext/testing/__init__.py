"""Contract kits for plugin authors: what each kind of plugin has to keep, one named check per clause."""

from fewtext.testing.backbones import BACKBONE_CHECKS, BackboneCase, backbone_checks
from fewtext.testing.commands import COMMAND_CHECKS, CommandCase, command_checks
from fewtext.testing.corpora import CORPUS_CHECKS, CorpusCase, corpus_checks
from fewtext.testing.encoders import ENCODER_CHECKS, EncoderCase, encoder_checks
from fewtext.testing.kit import Excused
from fewtext.testing.learner_cases import Case
from fewtext.testing.learners import CHECKS, learner_checks
from fewtext.testing.trackers import TRACKER_CHECKS, TrackerCase, tracker_checks
from fewtext.testing.tuners import TUNER_CHECKS, TunerCase, tuner_checks

__all__ = [
    "BACKBONE_CHECKS",
    "CHECKS",
    "COMMAND_CHECKS",
    "CORPUS_CHECKS",
    "ENCODER_CHECKS",
    "TRACKER_CHECKS",
    "TUNER_CHECKS",
    "BackboneCase",
    "Case",
    "CommandCase",
    "CorpusCase",
    "EncoderCase",
    "Excused",
    "TrackerCase",
    "TunerCase",
    "backbone_checks",
    "command_checks",
    "corpus_checks",
    "encoder_checks",
    "learner_checks",
    "tracker_checks",
    "tuner_checks",
]
