"""External memory: a recurrent controller that writes to the least used rows and reads by content."""

import math
from abc import ABC
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, one_hot, pad

from fewtext.api import Backbone, Learner

DECAY = 0.99  # of usage, at every step
FAINT = 0.1  # the length of a row that counts half; keys start at a length of about 1


class State(NamedTuple):
    """The state of controller and memory within an episode.

    The controller's ``output`` and ``cell`` ``[controller]``; what it ``read`` last ``[heads * width]``; the ``memory``
    ``[slots, width + marks]``; the ``usage`` of each row ``[slots]``; the heads' last weights in ``reading`` and
    ``writing`` ``[heads, slots]``; and the ``late`` marks of the last example ``[marks]``, which are not written yet.
    """

    output: Tensor
    cell: Tensor
    read: Tensor
    memory: Tensor
    usage: Tensor
    reading: Tensor
    writing: Tensor
    late: Tensor


class Look(NamedTuple):
    """What the controller makes of one example, or of several: ``...`` stands for their dimension.

    The ``marks`` that its heads read ``[..., heads, marks]``, and how ``near`` the rows are to each head, the logarithm
    of what its softmax divides by ``[..., heads]``; the rest is what writing takes.
    """

    marks: Tensor
    near: Tensor
    output: Tensor
    cell: Tensor
    reading: Tensor
    read: Tensor
    contents: Tensor
    gate: Tensor


class MemoryLearner(Learner, ABC):
    """A learner whose controller (an LSTM) has an external memory: Santoro et al. (2016), with the changes below.

    It reads rows by content, and writes examples to the least used rows or those last read. What is known of an
    example only after it was answered, its marks, arrives one step late. There is room for ``slots / heads`` examples.
    Departures, and why:

    - Marks, such as labels, do not enter the controller, whose weights for them would give class numbers a meaning and
      fix how many there are. Beside its content a row has a part for marks; late ones are added to it with the write
      weights of the example that they belong to.
    - Head i writes to the i-th least used row, so that rows differ: in the paper all heads write to all of them.
    - A step reads before it writes, or an example would find itself, at cosine 1, before others like it.
    - Keys and contents have a linear term in the embedding, and contents start as keys: similar examples are found from
      the first step on. The cosine is sharpened by a learned factor before its softmax, and small for rows that were
      hardly written to.
    """

    order_matters = True
    needs_training = True

    def __init__(self, backbone: Backbone, controller: int, slots: int, width: int, heads: int) -> None:
        super().__init__(backbone)
        if min(controller, slots, width, heads) < 1 or heads > slots:
            raise ValueError("controller, slots, width and heads must be at least 1, and heads at most slots")
        self.controller, self.slots, self.width, self.heads = controller, slots, width, heads
        d, wide = backbone.features, heads * width
        self.of_input = nn.Linear(d, 4 * controller + 2 * wide)  # the controller's gates, keys and contents
        self.of_state = nn.Linear(wide + controller, 4 * controller, bias=False)  # the controller's gates
        self.of_output = nn.Linear(controller, 2 * wide + heads)  # keys and contents, and the write gates
        self.log_sharpness = nn.Parameter(torch.tensor(math.log(20.0)))
        with torch.no_grad():
            directions = nn.init.orthogonal_(torch.empty(wide, d), gain=math.sqrt(max(wide, d) / width))
            self.of_input.weight[-2 * wide :] = directions.repeat(2, 1)
            self.of_input.bias[-2 * wide :] = 0
            self.of_output.weight.mul_(0.1)
            self.of_output.bias.zero_()[-heads:].fill_(-3.0)

    def _project(self, x: Tensor) -> Tensor:
        """Return what each example contributes to gates, keys and contents, ``[n, p]``, which no step changes."""
        projected: Tensor = self.of_input(normalize(self.backbone(x), dim=-1))
        return projected

    def _empty(self, marks: int, like: Tensor) -> State:
        """Return the state in which an episode starts, for so many marks an example."""

        def zeros(*shape: int) -> Tensor:
            return like.new_zeros(shape)

        nothing = zeros(self.heads, self.slots)
        memory = zeros(self.slots, self.width + marks)
        read, usage, late = zeros(self.heads * self.width), zeros(self.slots), zeros(marks)
        return State(zeros(self.controller), zeros(self.controller), read, memory, usage, nothing, nothing, late)

    def _look(self, state: State, x: Tensor) -> Look:
        """Run the controller on one projected example ``[..., p]`` and read."""
        gates, vectors = x[..., : 4 * self.controller], x[..., 4 * self.controller :]
        gates = gates + self.of_state(torch.cat([state.read, state.output]))
        write, keep, show, content = gates.chunk(4, -1)
        cell = (keep + 1).sigmoid() * state.cell + write.sigmoid() * content.tanh()
        output = show.sigmoid() * cell.tanh()
        shifts, gate = self.of_output(output).split([2 * self.heads * self.width, self.heads], -1)
        keys, contents = (vectors + shifts).tanh().unflatten(-1, (2, self.heads, self.width)).unbind(-3)
        rows = state.memory[:, : self.width]
        cosine = normalize(keys, dim=-1) @ (rows / (rows.norm(dim=-1, keepdim=True) + FAINT)).T
        scores = self.log_sharpness.exp() * cosine
        reading = scores.softmax(-1)  # [..., heads, slots]
        content_read = reading @ state.memory
        read, marks = content_read[..., : self.width].flatten(-2), content_read[..., self.width :]
        return Look(marks, scores.logsumexp(-1), output, cell, reading, read, contents, gate.sigmoid()[..., None])

    def _write(self, state: State, look: Look, late: Tensor) -> State:
        """Write the one example that was looked at; its marks wait for the next step."""
        least_used = one_hot(state.usage.topk(self.heads, largest=False).indices, self.slots).to(state.memory.dtype)
        writing = look.gate * state.reading + (1 - look.gate) * least_used
        kept = state.memory * (1 - least_used.sum(0))[:, None]
        memory = kept + writing.T @ pad(look.contents, (0, len(late)))
        usage = DECAY * state.usage + (look.reading + writing).sum(0)
        return State(look.output, look.cell, look.read, memory, usage, look.reading, writing, late)

    def _mark(self, state: State) -> State:
        """Add the late marks to the rows that their example was written to."""
        memory = state.memory + state.writing.sum(0)[:, None] * pad(state.late, (self.width, 0))
        return state._replace(memory=memory, late=torch.zeros_like(state.late))
