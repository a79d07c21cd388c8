"""Static embeddings in model2vec's format (Tulkens & van Dongen, 2024): the mean of the vectors of a text's tokens."""

import hashlib
import json
from pathlib import Path

import torch
from safetensors.torch import load_file
from tokenizers import Tokenizer
from torch.nn.functional import embedding_bag, normalize

from fewtext.api import Encoder, FewtextError, hookimpl


class Model2Vec(Encoder):
    """A folder with ``model.safetensors``, ``tokenizer.json`` and ``config.json``; without attention, so it is fast."""

    name = "model2vec"

    def __init__(self, model=None, *, device="auto", dtype="auto", max_length=None, offline=False):
        if model is None or not Path(model, "model.safetensors").is_file():
            raise FewtextError("model2vec needs a model's folder", hint="write model2vec:FOLDER")
        files = [Path(model, file) for file in ("model.safetensors", "tokenizer.json", "config.json")]
        tensors, self._tokenizer = load_file(files[0]), Tokenizer.from_file(str(files[1]))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._table = tensors["embeddings"].float()
        self._rows = tensors.get(
            "mapping", torch.arange(len(self._table))
        ).long()  # of a token, where vectors are shared
        self._weights = tensors.get("weights", torch.ones(len(self._rows))).float()
        self._unit = json.loads(files[2].read_text(encoding="utf-8")).get("normalize", True)
        unknown = json.loads(self._tokenizer.to_str())["model"].get("unk_token")
        self._unknown = self._tokenizer.token_to_id(unknown) if unknown else None
        self.device, self.max_length, self.shape = torch.device("cpu"), max_length, (self._table.shape[1],)
        digest = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:16]
        self.fingerprint = f"model2vec-{digest}-{max_length}"

    def encode(self, items, progress=None):
        sound = [item.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for item in items]
        encoded = self._tokenizer.encode_batch_fast(sound, add_special_tokens=False)
        ids = [[token for token in one.ids if token != self._unknown] for one in encoded]
        if self.max_length:
            self.truncated += sum(len(row) > self.max_length for row in ids)
            ids = [row[: self.max_length] for row in ids]
        self.unknown += sum(not row and bool(item.strip()) for row, item in zip(ids, items, strict=True))
        if not ids:
            return torch.zeros(0, *self.shape)
        tokens = torch.tensor([token for row in ids for token in row], dtype=torch.long)
        starts = torch.tensor([0, *(len(row) for row in ids[:-1])]).cumsum(0)
        summed = embedding_bag(
            self._rows[tokens], self._table, starts, mode="sum", per_sample_weights=self._weights[tokens]
        )
        mean = summed / torch.tensor([max(1, len(row)) for row in ids])[:, None]
        return normalize(mean, dim=-1) if self._unit else mean


@hookimpl
def encoders():
    return [Model2Vec]
