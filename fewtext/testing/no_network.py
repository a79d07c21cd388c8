"""A time without network: whoever asks for an address or a connection gets an ``OSError`` that says so."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def no_network() -> Iterator[list[Any]]:
    """Refuse connections for the time of the block; yield the list of the addresses that were asked for.

    Processes of this machine may talk to one another: a socket that is a file is no network.
    """
    asked: list[Any] = []

    def refuse(*address: Any, **_: Any) -> Any:
        asked.append(address)
        raise OSError("no network during a check: read files that are here, and say where to get them")

    def connect(own: socket.socket, address: Any) -> Any:
        if isinstance(address, (str, bytes)):  # of a file
            return connected(own, address)
        return refuse(address)

    connected = socket.socket.connect
    with mock.patch.object(socket, "getaddrinfo", refuse), mock.patch.object(socket.socket, "connect", connect):
        yield asked
