"""Contract kits for plugin authors: what each kind of plugin has to keep, one named check per clause."""

from fewtext.testing.encoders import ENCODER_CHECKS, encoder_checks
from fewtext.testing.learner_cases import Case
from fewtext.testing.learners import CHECKS, learner_checks

__all__ = ["CHECKS", "ENCODER_CHECKS", "Case", "encoder_checks", "learner_checks"]
