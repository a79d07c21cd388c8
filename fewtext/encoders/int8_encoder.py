"""A BERT encoder whose products are in 8 bits, by onnxruntime: ``dtype=int8``."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.onnx_features import IDS, INPUTS, MASK, EncoderGraph
from fewtext.encoders.onnx_graph import INSTALL, Graph
from fewtext.encoders.pipeline import in_batches
from fewtext.encoders.token_rows import padded_ids
from fewtext.encoders.wrapped import WrappedEncoder
from fewtext.errors import FewtextError
from fewtext.files.atomic import write_bytes
from fewtext.files.cache import cache_folder

TOKENS = 256  # in a batch, padding included; batches run side by side
FEATURES, KEPT_AS = "features", "int8"
SEAL = 32  # bytes before a kept graph: its sha256


class Int8Encoder(WrappedEncoder):
    """An encoder in float32 and its graph in 8 bits, whose features are near the float32 ones, and faster."""

    dtype = torch.int8

    def __init__(self, encoder: Encoder) -> None:
        if not isinstance(encoder, BertEncoder) or encoder.device.type != "cpu":
            raise FewtextError(
                "8 bits are for a BERT on the CPU", hint="set parameter 'dtype' to auto, or 'device' to cpu"
            )
        super().__init__(encoder)
        self.bert = encoder
        self.marks = encoder.marks
        self.weights = encoder.weights
        self._session = _session(_graph(encoder))

    def encode(self, items: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, hidden]`` on the CPU, in the order of the texts."""
        tokens = self.bert.tokenize(items)
        if not tokens:
            return torch.zeros(0, *self.shape)
        with ThreadPoolExecutor(torch.get_num_threads()) as pool:
            return in_batches(tokens, TOKENS, self._features, progress, pool.map)

    def _features(self, batch: list[list[int]]) -> Tensor:
        ids, mask, _ = padded_ids(batch, self.bert.filler, self.device)
        (found,) = self._session.run([FEATURES], {IDS: ids.numpy(), MASK: mask.long().numpy()})
        return torch.from_numpy(found)

    def trainable(self) -> torch.nn.Module:
        """Return a copy of the model to train, in float32."""
        return self.bert.trainable()

    def with_weights(self, weights: Mapping[str, Tensor]) -> Int8Encoder:
        """Return the encoder with trained weights, in 8 bits."""
        tuned = Int8Encoder(self.bert.with_weights(weights))
        tuned.found_by = self.found_by
        return tuned


def _graph(encoder: BertEncoder) -> bytes:
    """Return the graph in 8 bits: kept in the cache's folder, or built, and kept there where there is one."""
    try:
        made_by = "onnx", "onnxruntime", "fewtext"
        key = repr([encoder.fingerprint, encoder.max_length, *map(version, made_by)])
    except ImportError as error:
        raise FewtextError("8 bits need onnx and onnxruntime", hint=INSTALL) from error
    folder = cache_folder()
    path = folder / KEPT_AS / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.onnx" if folder else None
    if path and (kept := _read(path)):
        return kept
    graph, source = Graph(), EncoderGraph(encoder)
    features = source.add_to(graph, source.int8())
    built = graph.serialized(INPUTS, {FEATURES: (features, (np.float32, ("texts", *encoder.shape)))})
    if path:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_bytes(path, hashlib.sha256(built).digest() + built)
        except OSError:  # a full or a read-only disk: it is built again next time
            pass
    return built


def _read(path: Path) -> bytes | None:
    """Return a kept graph; None where there is none, or it is not what was written."""
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content[SEAL:] if hashlib.sha256(content[SEAL:]).digest() == content[:SEAL] else None


def _session(graph: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # batches run side by side instead
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
