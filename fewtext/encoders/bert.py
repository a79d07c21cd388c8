"""BERT-family models, run by transformers: texts are sorted by length and batched by tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.adapter import Adapter
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.encoders.model_folder import Settings, find_model, fingerprint, is_bundled, read_settings, verify_bundled
from fewtext.encoders.packed_linear import pack_linears
from fewtext.encoders.pooling import Part, joined, pool, pooled_parts
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
        model, self.adapter = self._with_adapter(model)
        folder = find_model(model, offline)
        with ThreadPoolExecutor(1) as other_core:  # hashing and importing take half a second each
            verified = other_core.submit(verify_bundled, folder) if is_bundled(folder) else None
            self._settings: Settings = read_settings(folder)
            tokenizer = load_tokenizer(self._settings.transformer)
            self._model = self._fresh_model()
            if verified:
                verified.result()
        converted(self._model, self.dtype)
        self._freeze()
        self.languages = self._settings.languages
        self.max_length = self._longest(max_length, tokenizer.model_max_length)
        self._tokenizer = Tokens(tokenizer, self.max_length, self._settings.prompt)
        padding, words = self._tokenizer.pad_token_id, len(self._model.get_input_embeddings().weight)
        self._filler = padding if padding is not None and padding < words else 0
        self.parts = self._parts(self._settings, self._model.config, self.adapter)
        """What the features consist of; none: the last layer alone, at the length that the model's settings say."""
        self.shape = (int(self._model.config.hidden_size) * max(1, len(self.parts)),)
        self.fingerprint = _fingerprint(self._settings, self.max_length, self.parts, self.adapter)
        self.token_budget = TOKEN_BUDGET.get(self.device.type, 16384)

    def _freeze(self) -> None:
        self._model.to(self.device).eval().requires_grad_(False)
        if self.device.type == "cpu":
            pack_linears(self._model, self.dtype)

    def _fresh_model(self) -> Any:
        """Load the model in float32, with the adapter's changes."""
        model = load_model(self._settings.transformer, torch.float32)
        if self.adapter is not None:
            if self.adapter.model != self.model_fingerprint:
                message = "the adapter belongs to another model than this"
                raise FewtextError(
                    message, where=str(self._settings.transformer), hint="give the model it was made for"
                )
            self.adapter.apply(model)
        return model

    @property
    def model_fingerprint(self) -> str:
        """The fingerprint of the model alone, which an adapter belongs to."""
        return fingerprint(self._settings.transformer)

    @classmethod
    def _with_adapter(cls, model: str | None) -> tuple[str | None, Adapter | None]:
        """Return the model of ``MODEL+ADAPTER``, and the adapter that was read."""
        model, _, adapter = (model or "").partition("+")
        return model or None, Adapter.read(Path(adapter)) if adapter else None

    def trainable(self, parts: tuple[Part, ...] | None = None) -> TrainableBert:
        """Return a copy whose layers can be trained; the token embeddings, half of all weights, stay frozen.

        It gives the last layer, or these ``parts`` of the features.
        """
        model = self._fresh_model()
        model.get_input_embeddings().requires_grad_(False)
        copied = TrainableBert(self, model, parts or ())
        copied.load_state_dict(self.weights or {}, strict=False)
        return copied.to(self.device)

    def with_weights(self, weights: Mapping[str, Tensor]) -> BertEncoder:
        """Return the encoder with trained weights, whose names start with ``model.``."""
        trained = type(self).__new__(type(self))
        trained.__dict__.update(self.__dict__)
        trained._model = self._fresh_model()
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
        model, adapter = cls._with_adapter(model)
        settings = read_settings(find_model(model, offline=True))
        parts = cls._parts(settings, load_config(settings.transformer), adapter)
        pretrained = _fingerprint(settings, max_length, parts, adapter)
        return _trained_fingerprint(pretrained, weights) if weights else pretrained

    @classmethod
    def _parts(cls, settings: Settings, config: Any, adapter: Adapter | None) -> tuple[Part, ...]:
        return adapter.parts if adapter else ()

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
            input_ids=ids, attention_mask=mask.long() if padded else None, output_hidden_states=bool(self.parts)
        )
        if self.parts:
            return joined(pooled_parts(output.hidden_states, mask, self.parts), self.parts)
        vectors = pool(output.last_hidden_state.float(), mask[..., None], self._settings.pooling)
        return normalize(vectors, dim=-1) if self._settings.normalize else vectors

    def _padded(self, batch: list[list[int]]) -> tuple[Tensor, Tensor, bool]:
        """Return token ids and the mask of real ones, both ``[b, longest]``, and whether there is any padding."""
        lengths = torch.tensor([len(ids) for ids in batch])
        longest = int(lengths.max())
        ids = torch.tensor([row + [self._filler] * (longest - len(row)) for row in batch]).to(self.device)
        mask = (torch.arange(longest) < lengths[:, None]).to(self.device)
        return ids, mask, bool(lengths.min() < longest)


class TrainableBert(nn.Module):
    """A model with its encoder's tokenizer: texts to unit vectors ``[n, hidden]`` of the last layer, or to parts."""

    def __init__(self, encoder: BertEncoder, model: nn.Module, parts: tuple[Part, ...]) -> None:
        super().__init__()
        self.encoder, self.model, self.parts = encoder, model, parts

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of texts."""
        return self.encoder._tokenize(texts)

    def forward(self, texts: Sequence[str]) -> Tensor:
        """Return unit vectors of texts: ``[n, hidden]``."""
        return self.of_tokens(self.tokenize(texts))[:, 0]

    def of_tokens(self, tokens: list[list[int]]) -> Tensor:
        """Return unit vectors of every part: ``[n, parts, hidden]``."""
        encoder = self.encoder
        ids, mask, _ = encoder._padded(tokens)
        output = self.model(input_ids=ids, attention_mask=mask.long(), output_hidden_states=bool(self.parts))
        if self.parts:
            return pooled_parts(output.hidden_states, mask, self.parts)
        last = output.last_hidden_state.float()
        return normalize(pool(last, mask[..., None], encoder._settings.pooling), dim=-1)[:, None]


class LayersEncoder(BertEncoder):
    """BERT's last layer joined with two layers in the middle, at less weight: unit vectors of three times the width.

    Middle layers represent the form of a text (a question for a place, a praise), the last layer its topic. The weights
    were chosen once, on training data of six corpora; the README has the gain.
    """

    name = "layers"
    share = 0.2  # of each middle layer; the last one has the rest

    @classmethod
    def _parts(cls, settings: Settings, config: Any, adapter: Adapter | None) -> tuple[Part, ...]:
        if adapter:
            return adapter.parts
        layers = int(config.num_hidden_layers)
        middle = sorted({round(layers / 3), round(2 * layers / 3)} - {0, layers})
        last = Part(layers, settings.pooling, 1 - cls.share * len(middle))
        return (last, *(Part(layer, settings.pooling, cls.share) for layer in middle))


def _fingerprint(settings: Settings, max_length: int | None, parts: Sequence[Part], adapter: Adapter | None) -> str:
    facts: list[Any] = [settings.pooling, settings.normalize, settings.prompt, max_length]
    facts += [(part.layer, part.pooling, part.share) for part in parts]
    return fingerprint(settings.transformer, *facts, adapter.fingerprint if adapter else None)


def _trained_fingerprint(pretrained: str, weights: Mapping[str, Tensor]) -> str:
    digest = hashlib.sha256(pretrained.encode())
    for name in sorted(weights):
        digest.update(weights[name].contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoders."""
    return [BertEncoder, LayersEncoder]
