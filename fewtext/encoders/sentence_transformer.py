"""Any model that the sentence-transformers library loads: its own pooling, layers and prompts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from fewtext import hookimpl
from fewtext.encoders.model_folder import find_model, fingerprint, is_bundled, refuse_code, verify_bundled
from fewtext.encoders.quiet import quiet_transformers
from fewtext.encoding import Encoder, Progress, choose_device, choose_dtype
from fewtext.errors import FewtextError, InputError

CHUNK = 1024  # texts between two reports of progress


class SentenceTransformerEncoder(Encoder):
    """A thin adapter: the library does the work, fewtext the order, the devices and the safety."""

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
                cure='pip install "fewtext[sentence-transformers]"',
            ) from error
        self.device = choose_device(device)
        folder = find_model(model, offline)
        refuse_code(folder)
        if is_bundled(folder):
            verify_bundled(folder)
        try:
            with quiet_transformers():
                self._model = SentenceTransformer(
                    str(folder),
                    device=str(self.device),
                    trust_remote_code=False,
                    local_files_only=True,
                    model_kwargs={"dtype": choose_dtype(dtype, self.device), "use_safetensors": True},
                )
        except Exception as error:  # the library raises many kinds for what a folder may hold
            reason = (str(error).strip().splitlines() or [""])[0]
            raise InputError(
                f"cannot be loaded by sentence-transformers ({type(error).__name__}: {reason:.200})", where=str(folder)
            ) from error
        if max_length is not None:
            self._model.max_seq_length = max_length
        self.max_length = self._model.max_seq_length
        self.shape = tuple(self._encode(["a"]).shape[1:])
        self.fingerprint = fingerprint(folder, self.name, self.max_length)

    def encode(self, items: Sequence[str], progress: Progress | None = None) -> Tensor:
        """Return float32 features ``[n, d]`` on the CPU; longest first, as the library itself would sort them."""
        order = sorted(range(len(items)), key=lambda i: len(items[i]), reverse=True)
        features = torch.empty(len(items), *self.shape)
        for start in range(0, len(order), CHUNK):
            chunk = order[start : start + CHUNK]
            features[torch.tensor(chunk)] = self._encode([items[i] for i in chunk])
            if progress:
                progress(start + len(chunk), len(order))
        self.truncated += self._count_truncated(items)
        return features

    def _encode(self, texts: list[str]) -> Tensor:
        # The library returns inference tensors, which no gradient may touch later: the copy is an ordinary one.
        encoded = self._model.encode(texts, convert_to_tensor=True, show_progress_bar=False)
        return torch.as_tensor(encoded).float().cpu().clone()

    def _count_truncated(self, items: Sequence[str]) -> int:
        tokenizer = getattr(self._model, "tokenizer", None)
        if not self.max_length or not callable(tokenizer):
            return 0
        long = [item for item in items if len(item) > self.max_length]  # a token is one character at least
        if not long:
            return 0
        with quiet_transformers():
            return sum(len(ids) > self.max_length for ids in tokenizer(long, truncation=False)["input_ids"])


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [SentenceTransformerEncoder]
