"""Everything a plugin may import from fewtext."""

from fewtext.contracts.backbone import Backbone
from fewtext.contracts.bandit import BanditLearner, Move
from fewtext.contracts.corpus import Corpus, Items
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.image import Picture
from fewtext.contracts.learner import Classifier, Episode, LabelledSupport, Learner, SequentialLearner, Support
from fewtext.contracts.linear_head import LinearHead
from fewtext.contracts.progress import advance, part_of_work
from fewtext.contracts.recipe import Range, Recipe
from fewtext.contracts.tracker import Tracker
from fewtext.contracts.tuner import Tuner
from fewtext.datasets.cards import read_card
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files.digests import digest_of_file
from fewtext.learners.gradient import GradientLearner, prototype_head
from fewtext.learners.inner_loop import Update, Weights, adam, inner_loop, sgd
from fewtext.learners.lbfgs import minimised
from fewtext.registry.hookspecs import hookimpl

__all__ = [
    "Backbone",
    "BanditLearner",
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
    "LinearHead",
    "Move",
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
    "advance",
    "choose_device",
    "choose_dtype",
    "digest_of_file",
    "hookimpl",
    "inner_loop",
    "minimised",
    "part_of_work",
    "prototype_head",
    "read_card",
    "sgd",
]
