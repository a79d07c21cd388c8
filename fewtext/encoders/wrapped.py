"""Wrapped encoders: what they say of themselves and count is what the encoder beneath does."""

from __future__ import annotations

from fewtext.contracts.encoder import Encoder


class WrappedEncoder(Encoder):
    """An encoder over another one, with the same facts and counts."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.name, self.modalities, self.shape = encoder.name, encoder.modalities, encoder.shape  # type: ignore[misc]
        self.fingerprint, self.device, self.max_length = encoder.fingerprint, encoder.device, encoder.max_length
        self.languages, self.shares = encoder.languages, encoder.shares

    @property
    def truncated(self) -> int:
        """How many of the items encoded so far were cut."""
        return self.encoder.truncated

    @truncated.setter
    def truncated(self, count: int) -> None:
        self.encoder.truncated = count

    @property
    def unknown(self) -> int:
        """How many of the items encoded so far have nothing that the encoder knows."""
        return self.encoder.unknown

    @unknown.setter
    def unknown(self, count: int) -> None:
        self.encoder.unknown = count

    @property
    def longest(self) -> str:
        """The longest text that is read, in words for a message."""
        return self.encoder.longest
