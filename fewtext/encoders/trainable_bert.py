"""A BERT whose layers are to be trained: from texts, or tokens, to unit vectors, with gradients."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from torch import Tensor, nn

Tokens = list[list[int]]


class TrainableBert(nn.Module):
    """A model with its encoder's tokenizer and pooling, ``vectors``: from a model and tokens to one tensor a part."""

    def __init__(
        self,
        model: nn.Module,
        tokenize: Callable[[Sequence[str]], Tokens],
        vectors: Callable[[nn.Module, Tokens], list[Tensor]],
    ) -> None:
        super().__init__()
        self.model, self.tokenize, self._vectors = model, tokenize, vectors

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors of texts: ``[n, d]``, of the first part."""
        return self.of_tokens(self.tokenize(texts))[0]

    def of_tokens(self, tokens: Tokens) -> list[Tensor]:
        """Return unit vectors of every part, ``[n, d]`` each."""
        return self._vectors(self.model, tokens)
