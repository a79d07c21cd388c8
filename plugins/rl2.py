"""RL² (Duan et al., 2016; Wang et al., 2016): a memory that learns from being told right or wrong."""

import math
from collections.abc import Iterable

import torch
from fewtext_plugins.memory import Look, MemoryLearner, State
from torch import Tensor, nn

from fewtext.api import Backbone, BanditLearner, Learner, Move, Range, Recipe, hookimpl

HIDDEN = 32  # of the small network


class Rl2(MemoryLearner, BanditLearner):
    """RL² (Duan et al., 2016; Wang et al., 2016): learning to learn by trial and error.

    At each step it sees an example, its own last answer and whether that was right, and never a label. It is trained by
    advantage actor-critic over whole sequences, in which it finds out how to try and what to remember. Departures:

    - The memory and its controller are ``mann``'s (``fewtext_plugins.memory``), not a bare recurrent network. The marks
      of an example are the answer that was given to it where it was right ``[ways]``, and where it was wrong.
    - An answer weighs what is read: the logarithm of (right + floor) / (wrong + floor) for each class, where rows that
      are not near count less. A small network, the same for every class, adds what it learns from that, from how often
      an answer was right or wrong for anything, and from the controller. So class numbers mean nothing, and there may
      be any number of them. It starts at zero.
    - Labelled examples are taken as ones that it answered rightly, so that it classifies, too.
    """

    name = "rl2"
    embeds_first = True
    recipes = {
        "text": Recipe(shots=Range(10, 10), queries=1, tasks=32, rate=1e-3, steps=300, validate_every=50, patience=6),
        "image": Recipe(
            backbone="conv4:precision=bfloat16",
            shots=Range(10, 10),
            queries=1,
            tasks=32,
            rate=1e-3,
            steps=400,
            validate_every=50,
            patience=8,
        ),
    }

    def __init__(
        self,
        backbone: Backbone,
        *,
        controller: int = 100,
        slots: int = 64,
        width: int = 96,
        heads: int = 1,
        discount: float = 0.5,
        entropy: float = 0.02,
    ) -> None:
        super().__init__(backbone, controller, slots, width, heads)
        if not (0 <= discount <= 1 and entropy >= 0):
            raise ValueError(f"discount={discount} must be from 0 to 1, entropy={entropy} at least 0")
        self.discount, self.entropy = discount, entropy
        self.distant = nn.Parameter(torch.tensor(0.5))  # the cosine at which a row alone counts half
        self.log_floor = nn.Parameter(torch.tensor(math.log(0.05)))
        self.of_class = nn.Linear(3 * heads + 2, HIDDEN)  # what is known of one class
        self.of_all = nn.Linear(heads + controller, HIDDEN, bias=False)  # and of the example
        self.correction = nn.Linear(HIDDEN, 1)
        self.expected = nn.Linear(2 * HIDDEN, 1)  # the value, from the mean and the most of all classes
        with torch.no_grad():
            self.correction.weight.zero_()
            self.correction.bias.zero_()

    def start(self, like: Tensor, ways: int) -> State:
        """Return an empty memory."""
        return self._empty(2 * ways, like)

    def embed(self, x: Tensor) -> Tensor:
        """Return what each example contributes to gates, keys and contents."""
        return self._project(x)

    def step(self, state: State, x: Tensor, action: Tensor, reward: Tensor) -> Move:
        """Mark the last example with its outcome, answer this one, and write it."""
        state = self._mark(state._replace(late=torch.cat([action * reward, action * (1 - reward)])))
        look = self._look(state, x)
        logits, value = self._decide(state, look)
        return Move(logits, value, self._write(state, look, torch.zeros_like(state.late)))

    def _decide(self, state: State, look: Look) -> tuple[Tensor, Tensor]:
        """Return logits ``[ways]`` and the value, from what was read."""
        known = (look.near - self.log_sharpness.exp() * self.distant).sigmoid()  # [heads]
        right, wrong = (known[:, None] * look.marks).chunk(2, -1)  # [heads, ways]
        floor = self.log_floor.exp()
        evidence = ((right + floor) / (wrong + floor)).log()
        overall = torch.stack(state.memory[:, self.width :].sum(0).log1p().chunk(2))  # [2, ways]
        of_class = self.of_class(torch.cat([right, wrong, evidence, overall]).T)  # [ways, hidden]
        hidden = (of_class + self.of_all(torch.cat([known, look.output]))).tanh()
        logits = evidence.mean(0) + self.correction(hidden)[:, 0]
        value = self.expected(torch.cat([hidden.mean(0), hidden.amax(0)]))[0]
        return logits, value


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Rl2]
