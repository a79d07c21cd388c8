"""Matching networks (Vinyals et al., 2016): attention over the support, whose labels it mixes."""

import math
from collections.abc import Iterable
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.api import Backbone, Classifier, LabelledSupport, Learner, Range, Recipe, Support, hookimpl

MOST_ATTENTION = 2**25  # numbers at once


class Cell(nn.Module):
    """An LSTM cell by matrix products, since ``vmap`` refuses PyTorch's own."""

    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.linear = nn.Linear(inputs + hidden, 4 * hidden)

    def forward(self, x: Tensor, output: Tensor, memory: Tensor) -> tuple[Tensor, Tensor]:
        """Return the new output and the new memory, ``[..., hidden]``."""
        write, keep, show, content = self.linear(torch.cat([x, output], -1)).chunk(4, -1)
        memory = (keep + 1).sigmoid() * memory + write.sigmoid() * content.tanh()
        return show.sigmoid() * memory.tanh(), memory


class MatchingNet(Learner):
    """Matching networks (Vinyals et al., 2016): attention over the support, whose labels it mixes.

    p(y|q) is the attention-weighted mean of one-hot labels; attention is a softmax over *all* support examples.
    Departure from the paper: the cosine is multiplied by a learned ``scale``. With a bare cosine no 5-way probability
    exceeds e / (e + 4/e) = 0.65, which stalls training.

    ``full_context`` embeds each example in the context of the others: the support by a bidirectional LSTM over it, a
    query by ``reads`` steps of an LSTM that attends over the support, each added to the plain embedding (unit vectors
    here). Departure: the LSTMs have ``hidden`` units whatever the length of an embedding, and a linear map takes them
    back to it. That map starts at zero, so training starts at the learner without context.
    """

    name = "matchingnet"
    recipes = {
        "text": Recipe(steps=300, queries=10, patience=5),
        "image": Recipe(
            backbone="conv4",
            ways=Range(60, 60),
            shots=Range(1, 1),
            queries=5,
            tasks=1,
            rate=1e-3,
            steps=4000,
            validate_every=250,
            patience=20,
        ),
    }
    embeds_first = True
    temperature = 0.5

    def __init__(
        self,
        backbone: Backbone,
        *,
        scale: float = 10.0,
        full_context: bool = False,
        reads: int = 3,
        hidden: int = 64,
    ) -> None:
        super().__init__(backbone)
        if scale <= 0 or min(reads, hidden) < 1:
            raise ValueError(f"scale={scale} must be above 0, reads={reads} and hidden={hidden} at least 1")
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.full_context, self.reads, self.hidden = full_context, reads, hidden
        if full_context:
            self.order_matters = self.needs_training = True
            d = backbone.features
            self.forwards, self.backwards, self.reader = Cell(d, hidden), Cell(d, hidden), Cell(2 * d, hidden)
            self.of_support, self.of_query = nn.Linear(hidden, d, bias=False), nn.Linear(hidden, d, bias=False)
            nn.init.zeros_(self.of_support.weight)
            nn.init.zeros_(self.of_query.weight)

    def fit(self, support: Support) -> Classifier:
        """Keep the normalised keys ``[n, d]``; an example of weight w counts as w examples."""
        labels = replace(support, weight=torch.ones_like(support.weight))
        attention = self._attention(support.x, support.weight)
        # The output is a probability, so its log is the logit; the floor keeps an underflow finite.
        return _in_blocks(lambda x: _log(labels.sums(attention(x).T).T), len(support.y))

    def fit_labels(self, support: LabelledSupport, left_out: Tensor) -> list[Classifier]:
        """Mix the labels of all tasks by the same attention."""
        has = support.label_matrix.to(support.x.dtype)

        def without(out: Tensor) -> Classifier:
            attention = self._attention(support.x, support.weight * ~out)

            def margins(x: Tensor) -> Tensor:
                attended = attention(x)
                return _log(attended @ has) - _log(attended @ (1 - has))

            return _in_blocks(margins, len(has))

        return [without(out) for out in left_out]

    def _attention(self, x: Tensor, weight: Tensor) -> Classifier:
        """Return the function from features ``[m, *shape]`` to attention ``[m, n]``."""
        keys = normalize(self.backbone(x), dim=-1)
        if self.full_context:
            keys = normalize(self._support_in_context(keys, weight), dim=-1)

        def attend(query: Tensor) -> Tensor:
            return (self.log_scale.exp() * query @ keys.T + weight.log()).softmax(-1)

        def attention(x: Tensor) -> Tensor:
            query = normalize(self.backbone(x), dim=-1)
            if self.full_context:
                query = normalize(self._query_in_context(query, lambda h: attend(normalize(h, dim=-1)) @ keys), dim=-1)
            return attend(query)

        return attention

    def _support_in_context(self, x: Tensor, weight: Tensor) -> Tensor:
        """Return ``[n, d]``: g(x_i, S). An example of weight 0 leaves the LSTMs' states as they are."""

        def run(cell: Cell, order: Iterable[int]) -> Tensor:
            state = x.new_zeros(self.hidden), x.new_zeros(self.hidden)
            outputs = {}
            for i in order:
                output, memory = cell(x[i], *state)
                state = torch.where(weight[i] > 0, output, state[0]), torch.where(weight[i] > 0, memory, state[1])
                outputs[i] = state[0]
            return torch.stack([outputs[i] for i in range(len(x))])

        both = run(self.forwards, range(len(x))) + run(self.backwards, reversed(range(len(x))))
        embedding: Tensor = x + self.of_support(both)
        return embedding

    def _query_in_context(self, x: Tensor, read: Classifier) -> Tensor:
        """Return ``[m, d]``: f(x, S). Each query has an LSTM state of its own."""
        output = memory = x.new_zeros(len(x), self.hidden)
        embedding = x
        for _ in range(self.reads):
            output, memory = self.reader(torch.cat([x, read(embedding)], -1), output, memory)
            embedding = x + self.of_query(output)
        return embedding


def _log(probability: Tensor) -> Tensor:
    return probability.clamp_min(torch.finfo(probability.dtype).tiny).log()


def _in_blocks(classify: Classifier, examples: int) -> Classifier:
    """Return the classifier that attends from a block of queries at once, so that ``[m, n]`` fits into memory."""
    rows = max(1, MOST_ATTENTION // examples)
    return lambda x: classify(x) if len(x) <= rows else torch.cat([classify(part) for part in torch.split(x, rows)])


@hookimpl
def learners() -> Iterable[type[Learner]]:
    """Offer the learner."""
    return [MatchingNet]
