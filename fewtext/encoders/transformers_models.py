"""Models and tokenizers by transformers: loaded from local files, by one thread at a time, without code of theirs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fewtext.errors import InputError, listed
from fewtext.registry.failures import reason
from fewtext.registry.process_lock import PROCESS_STATE

LOCAL = {"local_files_only": True, "trust_remote_code": False}


@contextmanager
def loading(folder: Path, library: str) -> Iterator[None]:
    """Lock the state that all threads share while a library loads a model; turn its errors into ``InputError``."""
    with PROCESS_STATE, _quiet():
        try:
            yield
        except InputError:
            raise
        except Exception as error:  # the libraries raise many kinds of errors for broken folders
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
        raise _not_an_encoder(folder)
    return tokenizer


def load_model(folder: Path, dtype: torch.dtype) -> Any:
    """Load a model whose parameters have this dtype; its buffers keep their own."""
    with loading(folder, "transformers"):
        from transformers import AutoModel

        # While loading in another dtype, transformers would change torch's default dtype for all threads.
        model, report = AutoModel.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, output_loading_info=True, **LOCAL
        )
    if model.config.is_encoder_decoder:
        raise _not_an_encoder(folder)
    missing = [key for key in report["missing_keys"] if "pooler" not in key]
    if missing:
        raise InputError(f"weights are missing: {listed(sorted(missing), 3)}", where=str(folder))
    return converted(model, dtype)


def converted(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Convert a model's parameters to this dtype in place; buffers, such as angles of rotary positions, stay exact."""
    for parameter in model.parameters():
        parameter.data = parameter.data.to(dtype)
    return model


def positions_of(model: Any) -> int | None:
    """Return how many tokens a model has positions for; None where the model does not say.

    In a table with a row for padding, positions start at the row after it.
    """
    configured = getattr(model.config, "max_position_embeddings", None)
    limits = [configured] if isinstance(configured, int) and configured > 0 else []
    for name, module in model.named_modules():
        table = getattr(module, "weight", None)
        is_positions = name.rpartition(".")[2] in ("position_embeddings", "wpe")
        if is_positions and isinstance(table, Tensor) and table.dim() == 2:
            padding = getattr(module, "padding_idx", None)
            limits.append(len(table) - (0 if padding is None else padding + 1))
    return min(limits, default=None)


def _not_an_encoder(folder: Path) -> InputError:
    return InputError("is not an encoder with a fast tokenizer", where=str(folder), hint="give a BERT-family model")
