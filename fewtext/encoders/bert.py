"""BERT-family models: from texts to token ids, the vectors of layers, and features."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.adapter import NO_ADAPTER, Adapter, split_adapter
from fewtext.encoders.bert_fingerprint import encoder_fingerprint, trained_fingerprint
from fewtext.encoders.dense import load_dense, width_after
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.encoders.model_folder import Settings, find_model, fingerprint, is_bundled, read_settings, verify_bundled
from fewtext.encoders.packed_bert import PackedBert, packed
from fewtext.encoders.pipeline import encode_texts, in_batches, in_order
from fewtext.encoders.pooling import Part, check_layers, joined, pool, pooled_parts
from fewtext.encoders.pretrained import load_config, load_model, load_tokenizer
from fewtext.encoders.token_rows import TokenRow, padded_ids
from fewtext.encoders.tokens import UNLIMITED, Tokenized, Tokens, batches
from fewtext.encoders.trainable_bert import TrainableBert
from fewtext.encoders.transformers_models import converted, positions_of
from fewtext.errors import FewtextError, InputError
from fewtext.registry.hookspecs import hookimpl

# Tokens in a batch, padding included: enough to fill the device; on a CPU, few enough to stay in its caches. Without
# padding there may be more there, so that more texts are of one length.
TOKEN_BUDGET = {"cpu": 1024, "mps": 16384, "cuda": 65536}
UNPADDED_BUDGET = TOKEN_BUDGET | {"cpu": 4096}
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
            self._settings: Settings = read_settings(folder, model)
            tokenizer = load_tokenizer(self._settings.transformer)
            self._model = self._fresh_model()
            if verified:
                verified.result()
        self.languages = self._settings.languages
        self.max_length = self._longest(max_length, tokenizer.model_max_length)
        self.config = self._model.config
        self._tokenizer = Tokens(tokenizer, self.max_length, self._settings.prompt)
        self.marks = self._tokenizer.marks
        padding, words = self._tokenizer.pad_token_id, len(self._model.get_input_embeddings().weight)
        self.filler = padding if padding is not None and padding < words else 0
        self.parts = self._parts(self._settings, self.config, self.adapter)
        """What the features consist of; none: the last layer alone, at the length that the model's settings say."""
        hidden, dense = int(self.config.hidden_size), self._settings.dense
        self._dense = load_dense(dense, hidden).to(self.device)
        self._last_layer = int(self.config.num_hidden_layers)
        check_layers(self.parts, self._last_layer)
        self.shares = tuple(part.share for part in self.parts) if self.adapter and not dense else ()
        self.shape = (width_after(dense, hidden) + hidden * (max(1, len(self.parts)) - 1),)
        self.fingerprint = encoder_fingerprint(self._settings, self.max_length, self.parts, self.adapter)
        self._freeze()
        budgets = UNPADDED_BUDGET if isinstance(self._model, PackedBert) else TOKEN_BUDGET
        self.token_budget = budgets.get(self.device.type, 16384)

    def _freeze(self) -> None:
        converted(self._model, self.dtype).to(self.device).eval().requires_grad_(False)
        self._model = packed(self._model, self.dtype, self.device)

    def _fresh_model(self) -> Any:
        """Load the model in float32, with the adapter's changes."""
        model = load_model(self._settings.transformer)
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
        """Return the model of ``MODEL+ADAPTER``, and the adapter that was read; ``MODEL+none`` has none."""
        name, path = split_adapter(model or "")
        path = path or cls._own_adapter(name or None)
        return name or None, None if path == NO_ADAPTER else Adapter.read(Path(path))

    @classmethod
    def _own_adapter(cls, model: str | None) -> str:
        return NO_ADAPTER

    def trainable(self, parts: tuple[Part, ...] | None = None) -> TrainableBert:
        """Return a copy whose layers can be trained; the token embeddings, half of all weights, stay frozen.

        It gives the last layer, or these ``parts`` of the features.
        """
        model = self._fresh_model()
        check_layers(parts or (), self._last_layer)
        model.get_input_embeddings().requires_grad_(False)
        copied = TrainableBert(model, self.tokenize, partial(self._vectors_of_all, parts=parts or ()))
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
        trained._freeze()
        trained.weights, trained.fingerprint = dict(weights), trained_fingerprint(self.fingerprint, weights)
        return trained

    @classmethod
    def fingerprint_of(cls, model: str | None, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint that the model would have, from its files alone."""
        model, adapter = cls._with_adapter(model)
        settings = read_settings(find_model(model, offline=True), model)
        parts = cls._parts(settings, load_config(settings.transformer), adapter)
        pretrained = encoder_fingerprint(settings, max_length, parts, adapter)
        return trained_fingerprint(pretrained, weights) if weights else pretrained

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
        """Return float32 features ``[n, hidden]`` on the CPU, in the order of the texts."""
        features = torch.empty(len(items), *self.shape)
        encode_texts(items, features, self.device, self._tokenizer.tokenize, self._encode_tokens, progress)
        return features

    def _encode_tokens(self, tokens: Tokenized, progress: Progress | None) -> Tensor:
        return in_batches(self._counted(tokens), self.token_budget, self._encode_batch, progress)

    def lengths(self, items: Sequence[str]) -> list[int]:
        """Return how many tokens of each text are read."""
        return list(map(len, self._tokenizer.tokenize(items).ids))

    def tokenize(self, items: Sequence[str]) -> list[list[int]]:
        """Return token ids, and count what was cut or is not known."""
        return self._counted(self._tokenizer.tokenize(items))

    def _counted(self, tokens: Tokenized) -> list[list[int]]:
        self.truncated += tokens.truncated
        self.unknown += tokens.unknown
        return tokens.ids

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
        if self.parts:
            return joined(self._unit_vectors(self._model, batch, self.parts), self.parts)
        return self._last(self._model, batch, self._settings.normalize)

    def _last(self, model: nn.Module, batch: list[list[int]], unit: bool) -> Tensor:
        """Return the last layer's vectors ``[b, d]`` of token ids."""
        layers, mask = self._layers(model, batch, {self._last_layer})
        vectors = self._dense(pool(layers[self._last_layer].float(), mask[..., None], self._settings.pooling))
        return normalize(vectors, dim=-1) if unit else vectors

    def _vectors_of_all(self, model: nn.Module, tokens: list[list[int]], parts: Sequence[Part]) -> list[Tensor]:
        """Return the unit vectors ``[n, d]`` of each part, in the order of the texts, with little padding."""
        places = list(batches(tokens, self.token_budget))
        vectors = [self._unit_vectors(model, [tokens[i] for i in batch], parts) for batch in places]
        return [in_order(part, places) for part in zip(*vectors, strict=True)]

    def _unit_vectors(self, model: nn.Module, batch: list[list[int]], parts: Sequence[Part]) -> list[Tensor]:
        """Return the unit vectors ``[b, d]`` of each part for token ids, or of the last layer where there are none."""
        if not parts:
            return [self._last(model, batch, unit=True)]
        layers, mask = self._layers(model, batch, {part.layer for part in parts})
        return pooled_parts(layers, mask, parts, self._dense, self._last_layer)

    def _layers(
        self, model: nn.Module, batch: list[list[int]], wanted: Collection[int]
    ) -> tuple[Mapping[int, Tensor], Tensor]:
        """Return the vectors ``[b, l, hidden]`` of each ``wanted`` layer, and which tokens are real ``[b, l]``."""
        if isinstance(model, PackedBert):
            row = TokenRow(batch, self.device)
            return {layer: row.padded(x) for layer, x in model(row, wanted).items()}, row.mask
        ids, mask, padded = padded_ids(batch, self.filler, self.device)
        every = set(wanted) != {self._last_layer}
        output = model(input_ids=ids, attention_mask=mask.long() if padded else None, output_hidden_states=every)
        layers = dict(enumerate(output.hidden_states)) if every else {}
        return layers | {self._last_layer: output.last_hidden_state}, mask


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [BertEncoder]
