"""Texts to token ids by a fast tokenizer that is configured once, so that threads may share it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

# Characters of a text kept for each token of the length: the rest would cost memory and be cut anyway.
CHARACTERS = 1000
UNLIMITED = 2**20  # tokens: libraries write such numbers, or far larger ones, where a model has no limit


class Tokenized(NamedTuple):
    """Token ids of texts, the number of texts that were cut, and of those without any known token."""

    ids: list[list[int]]
    truncated: int
    unknown: int


class Tokens:
    """A tokenizer with a maximal length and a prompt, which goes before each text."""

    def __init__(self, tokenizer: Any, max_length: int, prompt: str) -> None:
        self._backend = tokenizer.backend_tokenizer
        self._backend.enable_truncation(max_length, direction=tokenizer.truncation_side)
        self._backend.no_padding()
        self.pad_token_id: int | None = tokenizer.pad_token_id
        self._prompt, self._longest = prompt, CHARACTERS * max_length
        # Including the one for unknown tokens, and the space alone, which some vocabularies put before them.
        self._special = {*tokenizer.all_special_ids, self._backend.token_to_id("▁")}
        self._known_of_prompt = sum(1 for _ in self._known(self._backend.encode(prompt).ids)) if prompt else 0

    @property
    def elsewhere(self) -> tuple[str, str, int]:
        """What a program without fewtext tokenizes by: a tokenizers file, the prompt, and the characters to keep."""
        return self._backend.to_str(), self._prompt, self._longest

    def tokenize(self, texts: Sequence[str]) -> Tokenized:
        """Tokenize texts, each cut to the maximal length."""
        ids, cut, unknown = self._tokenized(texts)
        return Tokenized(ids, sum(cut), sum(unknown))

    def marks(self, texts: Sequence[str]) -> list[int]:
        """Return of each text 1 where it is cut, 2 where it has no known token, 3 for both, else 0."""
        _, cut, unknown = self._tokenized(texts)
        return [one + 2 * other for one, other in zip(cut, unknown, strict=True)]

    def _tokenized(self, texts: Sequence[str]) -> tuple[list[list[int]], list[bool], list[bool]]:
        encodings = self._backend.encode_batch_fast([self._prompt + encodable(text[: self._longest]) for text in texts])
        ids: list[list[int]] = [encoding.ids for encoding in encodings]
        cut = [
            bool(encoding.overflowing) or len(text) > self._longest
            for encoding, text in zip(encodings, texts, strict=True)
        ]
        unknown = [
            next(islice(self._known(row), self._known_of_prompt, None), None) is None and bool(text.strip())
            for row, text in zip(ids, texts, strict=True)
        ]
        return ids, cut, unknown

    def _known(self, ids: list[int]) -> Iterator[int]:
        return (token for token in ids if token not in self._special)


def encodable(text: str) -> str:
    """Replace lone surrogates, halves of a character that no tokenizer takes."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def batches(ids: Sequence[list[int]], budget: int) -> Iterator[list[int]]:
    """Yield places of texts that are encoded together, longest first: at most ``budget`` tokens, padding included."""
    order = sorted(range(len(ids)), key=ids.__getitem__)
    order.sort(
        key=lambda i: len(ids[i]), reverse=True
    )  # stable; a tuple of both for each text would take ten times as long
    start = 0
    while start < len(order):
        longest = max(1, len(ids[order[start]]))
        size = max(1, budget // longest)
        yield order[start : start + size]
        start += size
