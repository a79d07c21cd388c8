"""Limits: how large a body may be, how many texts may wait, and how long an answer may take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.requests import ClientDisconnect, Request

from fewtext.service.refusals import Refusal


@dataclass(frozen=True)
class Limits:
    """Bounds of what the service takes: ``body`` in bytes, ``texts`` of one request, ``waiting`` texts, seconds."""

    body: int = 2_000_000
    texts: int = 1000
    waiting: int = 5000
    seconds: float = 60.0

    def check_count(self, texts: int, field: str = "texts") -> None:
        """Raise ``Refusal`` for more texts than one request may have."""
        if texts > self.texts:
            sentence = f"field '{field}' has {texts:,} texts, and a request may have {self.texts:,}: send several"
            raise Refusal(413, sentence)


async def read_body(request: Request, limits: Limits) -> bytes:
    """Return the body of a request; raise ``Refusal`` where it is too long, or does not come in time."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limits.body:
        raise _too_long(limits)
    parts, size = [], 0
    try:
        async with asyncio.timeout(limits.seconds):
            async for part in request.stream():
                parts.append(part)
                size += len(part)
                if size > limits.body:
                    raise _too_long(limits)
    except TimeoutError:
        raise Refusal(408, f"the body was not there after {limits.seconds:g} seconds") from None
    except ClientDisconnect:
        raise Refusal(400, "the connection was closed before the whole body was there") from None
    return b"".join(parts)


def _too_long(limits: Limits) -> Refusal:
    return Refusal(413, f"the body is longer than {limits.body:,} bytes: send fewer texts at once")
