"""BERT-family models, run by transformers: texts are sorted by length and batched by tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.dense import dense_digest, load_dense, width_after
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.encoders.model_folder import Settings, find_model, fingerprint, is_bundled, read_settings, verify_bundled
from fewtext.encoders.packed_linear import pack_linears
from fewtext.encoders.tokens import UNLIMITED, Tokens
from fewtext.encoders.transformers_models import converted, load_config, load_model, load_tokenizer, positions_of
from fewtext.errors import FewtextError, InputError
from fewtext.registry.hookspecs import hookimpl

# Tokens in a batch, padding included: enough to fill the device; on a CPU, few enough to stay in its caches.
TOKEN_BUDGET = {"cpu": 1024, "mps": 16384, "cuda": 65536}
DEFAULT_LENGTH = 512  # tokens, where the model does not declare a length


class BertEncoder(Encoder):
    """BERT and other encoder-only transformers, with pooling and length as a sentence-transformers folder sets them."""

    name = "bert"

    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        self.device = choose_device(device)
        self.dtype = choose_dtype(dtype, self.device)
        folder = find_model(model, offline)
        with ThreadPoolExecutor(1) as other_core:  # hashing and importing take half a second each
            verified = other_core.submit(verify_bundled, folder) if is_bundled(folder) else None
            self._settings: Settings = read_settings(folder, model)
            tokenizer = load_tokenizer(self._settings.transformer)
            self._model = load_model(self._settings.transformer, self.dtype)
            if verified:
                verified.result()
        self._freeze()
        self.max_length = self._longest(max_length, tokenizer.model_max_length)
        self._tokenizer = Tokens(tokenizer, self.max_length, self._settings.prompt)
        padding, words = self._tokenizer.pad_token_id, len(self._model.get_input_embeddings().weight)
        self._filler = padding if padding is not None and padding < words else 0
        self.middle = self._middle(self._model.config)
        """Layers in the middle that are pooled too, with the weight of each."""
        hidden, dense = int(self._model.config.hidden_size), self._settings.dense
        self._dense = load_dense(dense, hidden).to(self.device)
        self.shape = (width_after(dense, hidden) + hidden * len(self.middle),)
        self.fingerprint = _fingerprint(self._settings, self.max_length, self.middle)
        self.token_budget = TOKEN_BUDGET.get(self.device.type, 16384)

    def _freeze(self) -> None:
        self._model.to(self.device).eval().requires_grad_(False)
        if self.device.type == "cpu":
            pack_linears(self._model, self.dtype)

    def trainable(self) -> nn.Module:
        """Return a copy whose layers can be trained; the token embeddings, half of all weights, stay frozen."""
        model = load_model(self._settings.transformer, torch.float32)
        model.get_input_embeddings().requires_grad_(False)
        copied = _Trainable(self, model)
        copied.load_state_dict(self.weights or {}, strict=False)
        return copied.to(self.device)

    def with_weights(self, weights: Mapping[str, Tensor]) -> BertEncoder:
        """Return the encoder with trained weights, whose names start with ``model.``."""
        trained = type(self).__new__(type(self))
        trained.__dict__.update(self.__dict__)
        trained._model = load_model(self._settings.transformer, torch.float32)
        own = {name.removeprefix("model."): weight for name, weight in weights.items()}
        shapes = {name: weight.shape for name, weight in trained._model.named_parameters()}
        if not own or any(shapes.get(name) != weight.shape for name, weight in own.items()):
            raise InputError("the trained weights do not fit this model", where=str(self._settings.transformer))
        trained._model.load_state_dict(own, strict=False)
        converted(trained._model, self.dtype)
        trained._freeze()
        trained.weights, trained.fingerprint = dict(weights), _trained_fingerprint(self.fingerprint, weights)
        return trained

    @classmethod
    def fingerprint_of(cls, model: str | None, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint that the model would have, from its files alone."""
        settings = read_settings(find_model(model, offline=True), model)
        pretrained = _fingerprint(settings, max_length, cls._middle(load_config(settings.transformer)))
        return _trained_fingerprint(pretrained, weights) if weights else pretrained

    @classmethod
    def _middle(cls, config: Any) -> dict[int, float]:
        return {}

    def _longest(self, asked: int | None, tokenizers: Any) -> int:
        """Return how many tokens of a text are read; ``tokenizers`` is the tokenizer's own limit, where it has one."""
        declared = [tokenizers, positions_of(self._model)]
        most = min([limit for limit in declared if isinstance(limit, int) and 0 < limit < UNLIMITED], default=UNLIMITED)
        if asked is not None and not 2 < asked <= most:
            raise FewtextError(f"a length of {asked} tokens is not possible", hint=f"this model takes 3 to {most}")
        return asked or min(self._settings.max_length or min(most, DEFAULT_LENGTH), most)

    def encode(self, items: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, hidden]`` on the CPU, in the order of the texts.

        Texts are sorted by length and then by tokens, so that features do not depend on the order of the texts.
        """
        tokens = self._tokenize(items)
        order = sorted(range(len(tokens)), key=lambda i: (-len(tokens[i]), tokens[i]))
        features = torch.empty(len(tokens), *self.shape)
        done, total = 0, sum(map(len, tokens))
        for batch in self._batches(order, tokens):
            features[torch.tensor(batch)] = self._encode_batch([tokens[i] for i in batch]).cpu()
            done += sum(len(tokens[i]) for i in batch)
            if progress:
                progress(done, total)
        return features

    def _tokenize(self, items: Sequence[str]) -> list[list[int]]:
        tokens = self._tokenizer.tokenize(items)
        self.truncated += tokens.truncated
        self.unknown += tokens.unknown
        return tokens.ids

    def _batches(self, order: list[int], tokens: list[list[int]]) -> Iterator[list[int]]:
        start = 0
        while start < len(order):
            longest = max(1, len(tokens[order[start]]))
            size = max(1, self.token_budget // longest)
            yield order[start : start + size]
            start += size

    def _encode_batch(self, batch: list[list[int]]) -> Tensor:
        """Encode a batch ``[b, l]`` of token ids, longest first; split it where it does not fit into memory."""
        try:
            return self._forward(batch)
        except IndexError as error:
            raise FewtextError(
                f"the tokenizer gives ids or positions that the model does not have ({error})",
                where=str(self._settings.transformer),
                hint="give a smaller number as parameter 'max_length'",
            ) from error
        except torch.OutOfMemoryError as error:
            if len(batch) == 1:
                raise FewtextError(
                    f"{self.device} has too little memory for one text of {len(batch[0])} tokens",
                    hint="give a smaller number as parameter 'max_length', or set parameter 'device' to cpu",
                ) from error
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        middle = len(batch) // 2
        return torch.cat([self._encode_batch(batch[:middle]), self._encode_batch(batch[middle:])])

    @torch.inference_mode()
    def _forward(self, batch: list[list[int]]) -> Tensor:
        ids, mask, padded = self._padded(batch)
        output = self._model(
            input_ids=ids, attention_mask=mask.long() if padded else None, output_hidden_states=bool(self.middle)
        )
        vectors = self._dense(self._pooled(output.last_hidden_state, mask))
        if not self.middle:
            return normalize(vectors, dim=-1) if self._settings.normalize else vectors
        parts = [normalize(vectors, dim=-1) * (1 - sum(self.middle.values())) ** 0.5]
        for layer, weight in self.middle.items():
            parts.append(normalize(self._pooled(output.hidden_states[layer], mask), dim=-1) * weight**0.5)
        return torch.cat(parts, -1)

    def _padded(self, batch: list[list[int]]) -> tuple[Tensor, Tensor, bool]:
        """Return token ids and the mask of real ones, both ``[b, longest]``, and whether there is any padding."""
        lengths = torch.tensor([len(ids) for ids in batch])
        longest = int(lengths.max())
        ids = torch.tensor([row + [self._filler] * (longest - len(row)) for row in batch]).to(self.device)
        mask = (torch.arange(longest) < lengths[:, None]).to(self.device)
        return ids, mask, bool(lengths.min() < longest)

    def _pooled(self, hidden: Tensor, mask: Tensor) -> Tensor:
        return _pool(hidden.float(), mask[..., None], self._settings.pooling)


class _Trainable(nn.Module):
    """A model with its encoder's tokenizer and pooling: texts to unit vectors ``[n, hidden]`` of the last layer."""

    def __init__(self, encoder: BertEncoder, model: nn.Module) -> None:
        super().__init__()
        self.encoder, self.model = encoder, model

    def forward(self, texts: Sequence[str]) -> Tensor:
        encoder = self.encoder
        ids, mask, _ = encoder._padded(encoder._tokenize(texts))
        output = self.model(input_ids=ids, attention_mask=mask.long())
        return normalize(encoder._dense(encoder._pooled(output.last_hidden_state, mask)), dim=-1)


class LayersEncoder(BertEncoder):
    """BERT's last layer joined with two layers in the middle, at less weight: unit vectors of three times the width.

    Middle layers represent the form of a text (a question for a place, a praise), the last layer its topic. The weights
    were chosen once, on training data of six corpora; the README has the gain.
    """

    name = "layers"
    weight = 0.2  # of each middle layer; the last one has the rest

    @classmethod
    def _middle(cls, config: Any) -> dict[int, float]:
        layers = int(config.num_hidden_layers)
        return dict.fromkeys({round(layers / 3), round(2 * layers / 3)} - {0, layers}, cls.weight)


def _fingerprint(settings: Settings, max_length: int | None, middle: Mapping[int, float]) -> str:
    facts = settings.pooling, settings.normalize, settings.prompt, max_length
    return fingerprint(settings.transformer, *facts, *sorted(middle.items()), *map(dense_digest, settings.dense))


def _trained_fingerprint(pretrained: str, weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(pretrained.encode())
    for name in sorted(weights):
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


def _pool(hidden: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """Reduce ``[b, l, hidden]`` to ``[b, hidden]`` over the tokens where ``mask`` ``[b, l, 1]`` is true."""
    if pooling == "cls":
        return hidden[:, 0]
    if pooling == "max":
        return hidden.masked_fill(~mask, -torch.inf).amax(1)
    return hidden.masked_fill(~mask, 0).sum(1) / mask.sum(1)


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoders."""
    return [BertEncoder, LayersEncoder]
