"""An encoder before it is loaded: its class, its model, and options of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from fewtext.contracts.encoder import Encoder
from fewtext.errors import FewtextError

_OPTION = re.compile(r"\s*[^\W\d]\w*\s*=[^/\\]*")


@dataclass(frozen=True)
class FoundEncoder:
    """What a spec names. ``options`` are keyword arguments that this class alone declares."""

    kind: type[Encoder]
    model: str | None
    options: Mapping[str, Any]

    def load(self, settings: Mapping[str, Any]) -> Encoder:
        """Return the encoder, with the ``settings`` that every encoder has."""
        try:
            return self.kind(self.model, **settings, **self.options)
        except ValueError as error:
            if not self.options or isinstance(error, UnicodeError):
                raise
            raise FewtextError(f"{self.kind.name}: {error}") from error  # the value of an option is rejected

    def fingerprint(self, max_length: int | None, weights: Mapping[str, Tensor]) -> str | None:
        """Return the fingerprint without loading it; None if that is impossible, as it is with options."""
        return None if self.options else self.kind.fingerprint_of(self.model, max_length, weights)


def split_options(model: str, named: bool) -> tuple[str, list[str]]:
    """Return the model of ``MODEL,key=value,…`` and the options; a folder that is called so is the model itself.

    Without a name before it, ``named``, there is no place for options.
    """
    parts = model.split(",") if named and not Path(model).exists() else []
    count = 0
    while count < len(parts) and _OPTION.fullmatch(parts[-1 - count]):
        count += 1
    if not count:
        return model, []
    return ",".join(parts[:-count]), parts[-count:]
