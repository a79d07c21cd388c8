"""Memory-augmented network (Santoro et al., 2016): writes examples to its least used rows, and reads by content."""

import math
from collections.abc import Iterable
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, normalize, one_hot, pad

from fewtext.api import Backbone, Classifier, Episode, Learner, Range, Recipe, SequentialLearner, Support, hookimpl

DECAY = 0.99  # of usage, at every step
FAINT = 0.1  # the length of a row that counts half; keys start at a length of about 1


class State(NamedTuple):
    """The state of controller and memory within an episode.

    The controller's ``output`` and ``cell`` ``[controller]``; what it ``read`` last ``[heads * width]``; the ``memory``
    ``[slots, width + ways]``; the ``usage`` of each row ``[slots]``; the heads' last weights in ``reading`` and
    ``writing`` ``[heads, slots]``; and the ``late`` label of the last example, one-hot times its weight ``[ways]``.
    """

    output: Tensor
    cell: Tensor
    read: Tensor
    memory: Tensor
    usage: Tensor
    reading: Tensor
    writing: Tensor
    late: Tensor


class Mann(SequentialLearner):
    """Memory-augmented network (Santoro et al., 2016): a recurrent controller with an external memory.

    It reads rows by content, and writes examples to the least used rows or those last read. A label arrives one step
    late. There is room for ``slots / heads`` examples. Departures, and why:

    - The label does not enter the controller, whose weights for it would give class numbers a meaning and fix how many
      there are. Beside its content a row has a part for labels ``[ways]``; a late label is added to it with the write
      weights of the example that it belongs to. Logits are the logarithms of the labels read, averaged over the heads,
      above a learned floor: what is unlike all that was written counts as a class not yet seen.
    - Head i writes to the i-th least used row, so that rows differ: in the paper all heads write to all of them.
    - A step reads before it writes, or an example would find itself, at cosine 1, before others like it.
    - Rows are 96 wide, not 40: with four heads, as long as the default encoder's embedding, so nothing is lost.
    - Keys and contents have a linear term in the embedding, and contents start as keys: similar examples are found from
      the first step on. The cosine is sharpened by a learned factor before its softmax, and small for rows that were
      hardly written to.
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
    needs_training = True

    def __init__(
        self, backbone: Backbone, *, controller: int = 200, slots: int = 128, width: int = 96, heads: int = 4
    ) -> None:
        super().__init__(backbone)
        if min(controller, slots, width, heads) < 1 or heads > slots:
            raise ValueError("controller, slots, width and heads must be at least 1, and heads at most slots")
        self.controller, self.slots, self.width, self.heads = controller, slots, width, heads
        d, wide = backbone.features, heads * width
        self.of_input = nn.Linear(d, 4 * controller + 2 * wide)  # the controller's gates, keys and contents
        self.of_state = nn.Linear(wide + controller, 4 * controller, bias=False)  # the controller's gates
        self.of_output = nn.Linear(controller, 2 * wide + heads)  # keys and contents, and the write gates
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(20.0)))
        self.log_floor = nn.Parameter(torch.tensor(math.log(1e-3)))
        with torch.no_grad():
            directions = nn.init.orthogonal_(torch.empty(wide, d), gain=math.sqrt(max(wide, d) / width))
            self.of_input.weight[-2 * wide :] = directions.repeat(2, 1)
            self.of_input.bias[-2 * wide :] = 0
            self.of_output.weight.mul_(0.1)
            self.of_output.bias.zero_()[-heads:].fill_(-3.0)

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
        state, logits = self._start(support), []
        for x_t, label, weight in zip(x, support.membership, support.weight, strict=True):
            answer, after = self._step(state, x_t, label)
            state = State(*(torch.where(weight > 0, new, old) for new, old in zip(after, state, strict=True)))
            logits.append(answer)
        state = self._label(state)
        return torch.stack(logits), lambda query: self._look(state, self._project(query))[0]

    def _project(self, x: Tensor) -> Tensor:
        """Return what each example contributes to gates, keys and contents, ``[n, p]``, which no step changes."""
        projected: Tensor = self.of_input(normalize(self.backbone(x), dim=-1))
        return projected

    def _start(self, support: Support) -> State:
        def zeros(*shape: int) -> Tensor:
            return support.x.new_zeros(shape)

        nothing = zeros(self.heads, self.slots)
        memory = zeros(self.slots, self.width + support.ways)
        read, usage, label = zeros(self.heads * self.width), zeros(self.slots), zeros(support.ways)
        return State(zeros(self.controller), zeros(self.controller), read, memory, usage, nothing, nothing, label)

    def _step(self, state: State, x: Tensor, label: Tensor) -> tuple[Tensor, State]:
        """Answer one projected example ``[p]``, then write it; its label waits for the next step."""
        state = self._label(state)
        logits, output, cell, reading, read, contents, gate = self._look(state, x)
        least_used = one_hot(state.usage.topk(self.heads, largest=False).indices, self.slots).to(x.dtype)
        writing = gate * state.reading + (1 - gate) * least_used
        kept = state.memory * (1 - least_used.sum(0))[:, None]
        memory = kept + writing.T @ pad(contents, (0, len(label)))
        usage = DECAY * state.usage + (reading + writing).sum(0)
        return logits, State(output, cell, read, memory, usage, reading, writing, label)

    def _label(self, state: State) -> State:
        """Add the late label to the rows that its example was written to."""
        memory = state.memory + state.writing.sum(0)[:, None] * pad(state.late, (self.width, 0))
        return state._replace(memory=memory, late=torch.zeros_like(state.late))

    def _look(self, state: State, x: Tensor) -> tuple[Tensor, ...]:
        """Run the controller on one example ``[..., p]`` and read: the logits, and what the step needs to go on."""
        gates, vectors = x[..., : 4 * self.controller], x[..., 4 * self.controller :]
        gates = gates + self.of_state(torch.cat([state.read, state.output]))
        write, keep, show, content = gates.chunk(4, -1)
        cell = (keep + 1).sigmoid() * state.cell + write.sigmoid() * content.tanh()
        output = show.sigmoid() * cell.tanh()
        shifts, gate = self.of_output(output).split([2 * self.heads * self.width, self.heads], -1)
        keys, contents = (vectors + shifts).tanh().unflatten(-1, (2, self.heads, self.width)).unbind(-3)
        rows = state.memory[:, : self.width]
        cosine = normalize(keys, dim=-1) @ (rows / (rows.norm(dim=-1, keepdim=True) + FAINT)).T
        reading = (self.log_sharpness.exp() * cosine).softmax(-1)  # [..., heads, slots]
        content_read = reading @ state.memory
        read, labels = content_read[..., : self.width].flatten(-2), content_read[..., self.width :]
        logits = (labels + self.log_floor.exp()).log().mean(-2)
        return logits, output, cell, reading, read, contents, gate.sigmoid()[..., None]


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [Mann]
