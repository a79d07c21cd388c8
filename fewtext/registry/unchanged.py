"""Whether a learner stays as it is: what stands on it, before and after its code runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Attributes = Mapping[tuple[str, str], tuple[Any, int]]
_OWN = {"training", "_parameters", "_buffers", "_modules"}


def attributes_of(learner: Any) -> Attributes | None:
    """Return what stands under each name, and how often a weight was written; None where state is declared.

    While it is trained its weights may change, as statistics of batches do.
    """
    if getattr(learner, "keeps_state", False) or not hasattr(learner, "named_modules"):
        return None
    found: dict[tuple[str, str], tuple[Any, int]] = {}
    for path, module in learner.named_modules():
        if not type(module).__module__.startswith("torch."):
            found |= {(path, name): (value, 0) for name, value in vars(module).items() if name not in _OWN}
        if not learner.training:
            for name, tensor in (*module._parameters.items(), *module._buffers.items()):
                found[path, name] = tensor, getattr(tensor, "_version", 0)
    return found


def changed_attribute(before: Attributes, after: Attributes | None) -> str:
    """Return the name of something that is new or another one than before; empty where all is as it was."""
    for place, (value, version) in (after or before).items():
        earlier, earlier_version = before.get(place, (before, 0))
        if earlier is not value or earlier_version != version:
            return ".".join(filter(None, place))
    return ""
