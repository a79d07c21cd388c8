"""API keys: given in the environment, and compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Mapping

from fewtext.errors import InputError
from fewtext.service.refusals import Refusal

VARIABLE = "FEWTEXT_API_KEYS"
LEAST = 16  # characters: shorter ones can be guessed
OPEN = ("/", "/healthz", "/readyz", "/docs", "/openapi.json")  # what tells nothing of a classifier
STATIC = "/static/"


class Keys:
    """The keys that are valid; without any every request is let through. Only their hashes are kept."""

    def __init__(self, keys: list[str]) -> None:
        self._hashes = [_hash(key) for key in keys]

    @classmethod
    def of_environment(cls) -> Keys:
        """Return the keys in ``FEWTEXT_API_KEYS``, between commas; raise ``InputError`` for one that is too short."""
        keys = [key.strip() for key in os.environ.get(VARIABLE, "").split(",") if key.strip()]
        if any(len(key) < LEAST or not key.isascii() or not key.isprintable() for key in keys):
            what = f"a key is shorter than {LEAST} characters, or has others than those of ASCII"
            raise InputError(what, where=VARIABLE, hint="write long random keys, separated by commas")
        return cls(keys)

    def __bool__(self) -> bool:
        return bool(self._hashes)

    def check(self, path: str, headers: Mapping[bytes, bytes]) -> None:
        """Raise ``Refusal`` where a request needs a key and has none that is valid."""
        if not self._hashes or path in OPEN or path.startswith(STATIC):
            return
        kind, _, key = headers.get(b"authorization", b"").partition(b" ")
        given = _hash(key.strip() if kind.lower() == b"bearer" else headers.get(b"x-api-key", b""))
        # All are compared, so that the time does not tell which.
        if not any([hmac.compare_digest(given, known) for known in self._hashes]):
            sentence = "this needs an API key: send the header Authorization: Bearer KEY, or X-API-Key: KEY"
            raise Refusal(401, sentence, {"www-authenticate": "Bearer"})


def _hash(key: str | bytes) -> bytes:
    return hashlib.sha256(key if isinstance(key, bytes) else key.encode()).digest()
