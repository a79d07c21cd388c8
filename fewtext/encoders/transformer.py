"""Models and tokenizers of transformers, from local files; nothing that they bring is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from fewtext.encoders.quiet import quiet_transformers
from fewtext.errors import InputError


def load_transformer(folder: Path, dtype: torch.dtype) -> tuple[Any, Any]:
    """Return the tokenizer and the model of a folder, in evaluation mode on the CPU."""
    with quiet_transformers():
        from transformers import AutoModel, AutoTokenizer

        local = {"local_files_only": True, "trust_remote_code": False}
        try:
            tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, **local)
            # In torch's default dtype, which the library would else change for every thread while it loads.
            model, report = AutoModel.from_pretrained(
                folder, dtype=torch.get_default_dtype(), use_safetensors=True, output_loading_info=True, **local
            )
        except Exception as error:  # transformers raises many kinds for what a folder may hold
            reason = (str(error).strip().splitlines() or [""])[0]
            raise InputError(
                f"cannot be loaded by transformers ({type(error).__name__}: {reason:.200})", where=str(folder)
            ) from error
    if not tokenizer.is_fast or model.config.is_encoder_decoder:
        raise InputError("not an encoder with a fast tokenizer", where=str(folder), cure="give a BERT-family model")
    missing = [key for key in report["missing_keys"] if "pooler" not in key]
    if missing:
        raise InputError(f"weights are missing: {', '.join(sorted(missing)[:3])}, …", where=str(folder))
    return tokenizer, in_dtype(model, dtype).eval()


def in_dtype(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """Convert what a model's file holds; what it computes for itself, frequencies of positions say, stays exact."""
    held = model.state_dict(keep_vars=True).values()
    for tensor in (tensor for tensor in held if tensor.is_floating_point()):
        tensor.data = tensor.data.to(dtype)
    return model


def positions_of(model: nn.Module) -> int | None:
    """Return how many tokens a model has positions for; None where it counts them without an end.

    RoBERTa and its kin count positions from behind that of the padding, which their table of positions names.
    """
    positions = getattr(model.config, "max_position_embeddings", None)
    if not isinstance(positions, int) or positions <= 0:
        return None
    tables = (module for name, module in model.named_modules() if "position" in name.rpartition(".")[2])
    padding = [table.padding_idx for table in tables if isinstance(table, nn.Embedding)]
    return positions - max((index + 1 for index in padding if index is not None), default=0)
