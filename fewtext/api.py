"""Everything a plugin may import from fewtext."""

from fewtext import hookimpl
from fewtext.adaptation import GradientLearner, Update, Weights, adam, inner_loop, prototype_head, sgd
from fewtext.backbones import Backbone
from fewtext.corpus import Corpus, Items
from fewtext.encoding import Encoder, Progress
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.learning import Classifier, Episode, LabelledSupport, Learner, SequentialLearner, Support
from fewtext.pictures import Picture
from fewtext.recipe import Range, Recipe
from fewtext.tracking import Tracker
from fewtext.tuning import Tuner

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
