"""Loading by transformers: one thread at a time, from local files, executing nothing that they bring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fewtext.errors import InputError
from fewtext.registry.failures import reason
from fewtext.registry.process_lock import PROCESS_STATE

LOCAL = {"local_files_only": True, "trust_remote_code": False}


@contextmanager
def loading(folder: Path, library: str) -> Iterator[None]:
    """Hold what a library changes of the whole process while it loads; its errors become one line."""
    with PROCESS_STATE, _quiet():
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # the libraries raise many kinds for what a folder may hold
            raise InputError(f"cannot be loaded by {library} ({reason(error)})", where=str(folder)) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Switch off the library's log and progress bars in the block, and set both back after it."""
    from transformers.utils import logging

    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()


def load_config(folder: Path) -> Any:
    """Read a model's configuration."""
    with loading(folder, "transformers"):
        from transformers import AutoConfig

        return AutoConfig.from_pretrained(folder, **LOCAL)


def load_tokenizer(folder: Path) -> Any:
    """Load a fast tokenizer."""
    with loading(folder, "transformers"):
        from transformers import AutoTokenizer

        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, **LOCAL)
    if not tokenizer.is_fast:
        raise _no_encoder(folder)
    return tokenizer


def load_model(folder: Path, dtype: torch.dtype) -> Any:
    """Load a model whose parameters have this dtype; its buffers keep their own."""
    with loading(folder, "transformers"):
        from transformers import AutoModel

        # Of another dtype transformers would make torch's default one, for all threads, as long as it loads.
        model, report = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **LOCAL
        )
    if model.config.is_encoder_decoder:
        raise _no_encoder(folder)
    missing = [key for key in report["missing_keys"] if "pooler" not in key]
    if missing:
        raise InputError(f"weights are missing: {', '.join(sorted(missing)[:3])}, …", where=str(folder))
    return converted(model, dtype)


def converted(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Give a model's parameters this dtype, in place. Buffers, such as the angles of rotary positions, stay exact."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model


def positions_of(model: Any) -> int | None:
    """Return how many tokens a model has positions for; None where nothing says.

    Tables with a row for padding count from the row after it on, whatever its number.
    """
    said = getattr(model.config, "max_position_embeddings", None)
    limits = [said] if isinstance(said, int) and said > 0 else []
    for name, module in model.named_modules():
        table = getattr(module, "weight", None)
        is_positions = name.rpartition(".")[2] in ("position_embeddings", "wpe")
        if is_positions and isinstance(table, Tensor) and table.dim() == 2:
            padding = getattr(module, "padding_idx", None)
            limits.append(len(table) - (0 if padding is None else padding + 1))
    return min(limits, default=None)


def _no_encoder(folder: Path) -> InputError:
    return InputError("not an encoder with a fast tokenizer", where=str(folder), hint="give a BERT-family model")
