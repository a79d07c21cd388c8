"""Proto-MAML (Triantafillou et al., 2020): a linear head that starts at the prototypes, then adapts."""

from collections.abc import Iterable

from torch import Tensor

from fewtext.api import GradientLearner, Learner, Recipe, Support, Weights, hookimpl


class ProtoMaml(GradientLearner):
    """MAML whose head starts as a prototypical network: W = 2c and b = -||c||^2, through which gradients flow."""

    name = "proto-maml"
    needs_training = False  # before its first step it is a prototypical network
    recipe = Recipe(backbone="linear:gain=3.5", tasks=16)
    temperature = 0.08

    def head(self, embedding: Tensor, support: Support) -> Weights:
        """Start at the weighted class means."""
        share = support.membership / support.membership.sum(0)
        prototypes = share.T @ embedding
        return {"head.weight": 2 * prototypes, "head.bias": -prototypes.square().sum(-1)}


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [ProtoMaml]
