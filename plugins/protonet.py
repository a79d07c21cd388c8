"""Prototypical networks (Snell et al., 2017): the nearest class mean wins."""

from collections.abc import Iterable

from torch import Tensor

from fewtext.api import Classifier, Learner, Support, hookimpl


class ProtoNet(Learner):
    """Logits are minus the squared Euclidean distance of a query to the weighted mean of each class.

    The distance is written 2qc' - ||c||^2: the query's own norm is the same for all classes, and this form, unlike
    ``cdist``, has a second derivative.
    """

    name = "protonet"
    temperature = 0.08

    def fit(self, support: Support) -> Classifier:
        """Average each class into its prototype ``[ways, d]``."""
        share = support.membership / support.membership.sum(0)
        prototypes: Tensor = share.T @ self.backbone(support.x)

        def classify(x: Tensor) -> Tensor:
            logits: Tensor = 2 * self.backbone(x) @ prototypes.T - prototypes.square().sum(-1)
            return logits

        return classify


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [ProtoNet]
