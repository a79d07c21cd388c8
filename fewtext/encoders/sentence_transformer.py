"""Models of the library sentence-transformers, for texts, images (ViT) or both (CLIP)."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.image import Picture
from fewtext.encoders.catalogue import prompt_for
from fewtext.encoders.devices import choose_device, choose_dtype
from fewtext.encoders.model_folder import find_model, fingerprint, is_bundled, verify_bundled
from fewtext.encoders.tokens import UNLIMITED, Tokens, encodable
from fewtext.encoders.transformers_models import converted, loading
from fewtext.errors import FewtextError
from fewtext.files.images import decode, need_pillow, read_bytes
from fewtext.registry.hookspecs import hookimpl

CHUNK = 1024  # texts between two updates of progress
IMAGES = 128  # decoded images in memory at once


class SentenceTransformerEncoder(Encoder):
    """Any model that the library loads; fewtext sets order, device and dtype, and refuses code in its folder."""

    name = "sentence-transformers"

    def __init__(
        self,
        model: str | None = None,
        *,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        offline: bool = False,
    ) -> None:
        try:
            from sentence_transformers import SentenceTransformer
        except ImportError as error:
            raise FewtextError(
                "the library sentence-transformers is not installed",
                hint='pip install "fewtext[sentence-transformers]"',
            ) from error
        self.device = choose_device(device)
        folder, prompt = find_model(model, offline), prompt_for(model)
        if is_bundled(folder):
            verify_bundled(folder)
        with loading(folder, "sentence-transformers"):
            self._model = SentenceTransformer(
                str(folder),
                device=str(self.device),
                trust_remote_code=False,
                local_files_only=True,
                model_kwargs={"dtype": torch.float32, "use_safetensors": True},
            )
        if prompt and not self._model.default_prompt_name:
            self._model.prompts, self._model.default_prompt_name = {"catalogue": prompt}, "catalogue"
        self.dtype = choose_dtype(dtype, self.device)
        converted(self._model, self.dtype)
        self._one_at_a_time = Lock()  # the library configures its tokenizer for every batch
        if max_length is not None:
            self._model.max_seq_length = max_length
        longest = self._model.max_seq_length
        self.max_length = longest if longest and longest < UNLIMITED else None
        self._tokens = self._counting_tokens()
        self.marks = self._tokens.marks if self._tokens else None
        self.modalities = tuple(kind for kind in ("text", "image") if kind in self._model.modalities)
        self.shape = tuple(self._encode(["a" if "text" in self.modalities else _blank()]).shape[1:])
        self.fingerprint = _fingerprint(folder, self.max_length, prompt)

    @classmethod
    def fingerprint_of(cls, model: str | None, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint that the model would have, from its files alone."""
        return _fingerprint(find_model(model, offline=True), max_length, prompt_for(model))

    def encode(self, items: Sequence[Any], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, d]`` on the CPU; an image that cannot be decoded becomes NaN.

        The longest texts come first, as the library would sort them; texts and images are encoded separately.
        """
        texts = [i for i, item in enumerate(items) if isinstance(item, str)]
        images = [i for i, item in enumerate(items) if not isinstance(item, str)]
        features = torch.empty(len(items), *self.shape)
        texts.sort(key=lambda i: (-len(items[i]), items[i]))  # features do not depend on the order of the texts
        chunks = [texts[s : s + CHUNK] for s in range(0, len(texts), CHUNK)]
        chunks += [images[s : s + IMAGES] for s in range(0, len(images), IMAGES)]
        done = 0
        for chunk in chunks:
            chosen = [items[i] for i in chunk]
            with self._one_at_a_time:
                of_texts = isinstance(chosen[0], str)
                encoded = self._encode(list(map(encodable, chosen))) if of_texts else self._encode_images(chosen)
            features[torch.tensor(chunk)] = encoded
            done += len(chunk)
            if progress:
                progress(done, len(items))
        if texts and self._tokens:
            tokens = self._tokens.tokenize([items[i] for i in texts])
            self.truncated += tokens.truncated
            self.unknown += tokens.unknown
        return features

    def _encode_images(self, images: list[Picture]) -> Tensor:
        decoded = [decode(p, content, "RGB") for p, content in zip(images, read_bytes(images), strict=True)]
        rotated = [image and image.rotate(90 * p.turns) for p, image in zip(images, decoded, strict=True)]
        features = torch.full((len(images), *self.shape), torch.nan)
        if decodable := [i for i, image in enumerate(rotated) if image is not None]:
            features[torch.tensor(decodable)] = self._encode([rotated[i] for i in decodable])
        return features

    def _counting_tokens(self) -> Tokens | None:
        """Return a copy of a fast tokenizer to count texts that are cut or unknown; None where there is none."""
        tokenizer = getattr(self._model, "tokenizer", None)
        if not self.max_length or not getattr(tokenizer, "is_fast", False):
            return None
        prompt = self._model.prompts.get(self._model.default_prompt_name) or ""
        return Tokens(copy.deepcopy(tokenizer), self.max_length, prompt)

    def _encode(self, items: list[Any]) -> Tensor:
        # The library returns inference tensors, which autograd cannot use: clone to an ordinary tensor.
        encoded = self._model.encode(items, convert_to_tensor=True, show_progress_bar=False)
        return torch.as_tensor(encoded).float().cpu().clone()


def _fingerprint(folder: Path, max_length: int | None, prompt: str) -> str:
    parts = [
        path.read_bytes() for path in sorted(folder.rglob("*config.json")) + [folder / "modules.json"] if path.is_file()
    ]
    prompts = (prompt,) if prompt else ()
    return fingerprint(folder, SentenceTransformerEncoder.name, max_length, parts, *prompts)


def _blank() -> Any:
    need_pillow()
    from PIL import Image

    return Image.new("RGB", (64, 64))


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [SentenceTransformerEncoder]
