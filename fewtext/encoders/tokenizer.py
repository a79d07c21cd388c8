"""Texts to token ids: a fast tokenizer that is set up once, so that threads may share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tokens:
    """The token ids of each text; how many texts were cut, and how many hold no token that the model knows."""

    ids: list[list[int]]
    truncated: int
    unknown: int


class Tokenizer:
    """A transformers tokenizer that cuts at ``max_length`` tokens and puts a prompt before each text.

    ``pad_token_id`` is what fills up shorter texts, to which no token attends: one of the ``known`` that a model has.
    """

    def __init__(self, tokenizer: Any, known: int, max_length: int, prompt: str) -> None:
        pad = tokenizer.pad_token_id
        self.pad_token_id: int = pad if pad is not None and pad < known else 0
        self._unknown, self._special = tokenizer.unk_token_id, set(tokenizer.all_special_ids)
        self._prompt = prompt
        self._fast = tokenizer.backend_tokenizer
        self._fast.no_padding()
        self._fast.enable_truncation(max_length, direction=tokenizer.truncation_side)

    def __call__(self, texts: Sequence[str]) -> Tokens:
        """Tokenize texts."""
        encoded = self._fast.encode_batch([self._prompt + text for text in texts])
        ids = [encoding.ids for encoding in encoded]
        truncated = sum(bool(encoding.overflowing) for encoding in encoded)
        return Tokens(ids, truncated, sum(map(self._says_nothing, ids)))

    def _says_nothing(self, ids: list[int]) -> bool:
        """Whether there are words, and none of them is known; a blank text has none."""
        return self._unknown in ids and self._special.issuperset(ids)
