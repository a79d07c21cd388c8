"""MAML++ (Antoniou et al., 2019): MAML stabilised by learned rates, a loss after every step, and order annealing."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fewtext.api import Backbone, Episode, GradientLearner, Learner, Recipe, Update, hookimpl, sgd


class MamlPlusPlus(GradientLearner):
    """MAML++ (Antoniou et al., 2019): MAML with a learned rate for each layer and step, and two annealed schedules.

    ``multi_step``: the query loss counts after every inner step, equally at first, and after the last alone from the
    middle of training on. ``first_order``: for this share of training the steps' gradient is treated as a constant. The
    cosine schedule of the outer rate is in the recipe. There is no batch normalisation per step, since no backbone here
    keeps running statistics.
    """

    name = "maml++"
    recipes = {"text": Recipe(backbone="linear:gain=5.5", tasks=8, steps=400, rate=5e-4, patience=6)}

    def __init__(
        self,
        backbone: Backbone,
        *,
        steps: int = 5,
        rate: float = 0.4,
        multi_step: bool = True,
        learned_rates: bool = True,
        first_order: float = 0.3,
        gram: bool = True,
    ) -> None:
        super().__init__(backbone, steps=steps, rate=rate, gram=gram)
        if not 0 <= first_order <= 1:
            raise ValueError(f"first_order={first_order} must be a share of training, from 0 to 1")
        self.multi_step, self.first_order_share = multi_step, first_order
        layers = [f"backbone.{name}" for name, _ in backbone.named_parameters()]
        self.layers = {name: i for i, name in enumerate([*layers, "head.weight", "head.bias"])}
        self.rates = nn.Parameter(torch.full((steps, len(self.layers)), rate), requires_grad=learned_rates)

    def step_size(self, step: int, name: str) -> Tensor | float:
        """Return the learned rate of a layer at a step; steps beyond those learned take the last one's."""
        return self.rates[min(step, len(self.rates) - 1), self.layers[name]]

    def loss(self, episode: Episode) -> Tensor:
        """Return the weighted sum of the query losses after each step."""
        first_order = episode.progress < self.first_order_share
        update: Update = sgd(self.step_size, first_order)
        late = min(1.0, 2 * episode.progress) if self.multi_step else 1.0
        terms = []
        for step, (_, classify) in enumerate(self.trajectory(episode.support, update=update)):
            weight = (1 - late) / self.steps + late * (step == self.steps)
            if step and weight:
                terms.append(weight * cross_entropy(classify(episode.query), episode.target))
        return torch.stack(terms).sum()


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [MamlPlusPlus]
