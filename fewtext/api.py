"""Everything a plugin may import from fewtext."""

from fewtext import hookimpl
from fewtext.classify.fine_tuning import Tuner
from fewtext.contracts.learner import Classifier, Episode, LabelledSupport, Learner, SequentialLearner, Support
from fewtext.contracts.recipe import Range, Recipe
from fewtext.datasets.open import Corpus, Items
from fewtext.encoders.encode import Encoder, Progress
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.images import Picture
from fewtext.learners.backbones import Backbone
from fewtext.learners.gradient import GradientLearner, Update, Weights, adam, inner_loop, prototype_head, sgd
from fewtext.training.trackers import Tracker

__all__ = [
    "Backbone",
    "Classifier",
    "Corpus",
    "Encoder",
    "Episode",
    "FewtextError",
    "FewtextWarning",
    "GradientLearner",
    "Items",
    "LabelledSupport",
    "Learner",
    "Picture",
    "Progress",
    "Range",
    "Recipe",
    "SequentialLearner",
    "Support",
    "Tracker",
    "Tuner",
    "Update",
    "Weights",
    "adam",
    "hookimpl",
    "inner_loop",
    "prototype_head",
    "sgd",
]
