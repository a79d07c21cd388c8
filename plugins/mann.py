"""Memory-augmented network (Santoro et al., 2016): writes examples to its least used rows, and reads by content."""

import math
from collections.abc import Iterable

import torch
from fewtext_plugins.memory import Look, MemoryLearner, State
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fewtext.api import Backbone, Classifier, Episode, Learner, Range, Recipe, SequentialLearner, Support, hookimpl


class Mann(MemoryLearner, SequentialLearner):
    """Memory-augmented network (Santoro et al., 2016): a recurrent controller with an external memory.

    A label arrives one step late and is the mark of its example (``fewtext_plugins.memory`` says what departs from the
    paper). Logits are the logarithms of the labels read, averaged over the heads, above a learned floor: what is unlike
    all that was written counts as a class not yet seen. Rows are 96 wide, not 40: with four heads, as long as the
    default encoder's embedding, so nothing is lost.
    """

    name = "mann"
    recipes = {
        "text": Recipe(rate=1e-4, steps=100, queries=5, validate_every=20, patience=3),
        "image": Recipe(
            backbone="conv4",
            shots=Range(10, 10),
            queries=1,
            tasks=8,
            rate=1e-3,
            steps=800,
            validate_every=100,
            patience=8,
        ),
    }

    def __init__(
        self, backbone: Backbone, *, controller: int = 200, slots: int = 128, width: int = 96, heads: int = 4
    ) -> None:
        super().__init__(backbone, controller, slots, width, heads)
        self.log_floor = nn.Parameter(torch.tensor(math.log(1e-3)))

    def sequence(self, support: Support) -> Tensor:
        """Return logits ``[n, ways]``: for each example in order, from what was written before it came."""
        return self._follow(support)[0]

    def loss(self, episode: Episode) -> Tensor:
        """Return the cross-entropy of the queries, plus that of the support as a sequence: both modes are trained."""
        support = episode.support
        logits, classify = self._follow(support)
        losses = support.weight * cross_entropy(logits, support.y, reduction="none")
        return losses.sum() / support.weight.sum() + cross_entropy(classify(episode.query), episode.target)

    def fit(self, support: Support) -> Classifier:
        """Write the support in its order; each query reads the resulting memory by itself."""
        return self._follow(support)[1]

    def _follow(self, support: Support) -> tuple[Tensor, Classifier]:
        x = self._project(support.x)
        state, logits = self._empty(support.ways, support.x), []
        for x_t, label, weight in zip(x, support.membership, support.weight, strict=True):
            answer, after = self._step(state, x_t, label)
            state = State(*(torch.where(weight > 0, new, old) for new, old in zip(after, state, strict=True)))
            logits.append(answer)
        state = self._mark(state)
        return torch.stack(logits), lambda query: self._answer(self._look(state, self._project(query)))

    def _step(self, state: State, x: Tensor, label: Tensor) -> tuple[Tensor, State]:
        """Answer one projected example ``[p]``, then write it; its label waits for the next step."""
        state = self._mark(state)
        look = self._look(state, x)
        return self._answer(look), self._write(state, look, label)

    def _answer(self, look: Look) -> Tensor:
        """Return logits ``[..., ways]`` from the labels read."""
        return (look.marks + self.log_floor.exp()).log().mean(-2)


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Mann]
