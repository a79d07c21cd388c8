"""A time without network: whoever asks for an address or a connection gets an ``OSError`` that says so."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def no_network() -> Iterator[list[Any]]:
    """Refuse connections for the time of the block; yield the list of the addresses that were asked for."""
    asked: list[Any] = []

    def refuse(*address: Any, **_: Any) -> Any:
        asked.append(address)
        raise OSError("no network during a check: read files that are here, and say where to get them")

    with mock.patch.object(socket, "getaddrinfo", refuse), mock.patch.object(socket.socket, "connect", refuse):
        yield asked
