"""Everything a plugin may import from fewtext."""

from fewtext import hookimpl
from fewtext.corpus import Corpus, Items
from fewtext.encoding import Encoder
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.learning import Classifier, Episode, Learner, Support

__all__ = [
    "Classifier",
    "Corpus",
    "Encoder",
    "Episode",
    "FewtextError",
    "FewtextWarning",
    "Items",
    "Learner",
    "Support",
    "hookimpl",
]
