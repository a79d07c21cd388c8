"""Refusals: what a request gets that is not answered, a status and one plain sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """A request that is not answered: its status, a sentence that says why, and headers."""

    def __init__(self, status: int, sentence: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.status, self.sentence, self.headers = status, sentence, dict(headers or {})

    def as_json(self) -> dict[str, Any]:
        """Return the body of the response."""
        return {"error": self.sentence}
