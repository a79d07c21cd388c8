"""The server: what it was sent before it was told to end is answered, and connections learn that they are closed."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket

import uvicorn

from fewtext.errors import FewtextError
from fewtext.service.front import Front
from fewtext.service.logs import log, take_over
from fewtext.service.service import Service

GRACE = 1.0  # seconds in which open connections may send a last request, whose answer closes them


class Server(uvicorn.Server):
    """Ends in two steps: no new connections, then none at all."""

    def __init__(self, app: Front, service: Service, host: str, port: int) -> None:
        config = uvicorn.Config(
            app, host, port, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none"
        )
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to listen."""
        await super().startup(sockets)
        if self.started:
            port = self.servers[0].sockets[0].getsockname()[1]
            host = f"[{self.config.host}]" if ":" in self.config.host else self.config.host
            log("listening", page=f"http://{host}:{port}/", models=list(self._service.models.loaded))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no new connections, answer what comes on the others, and end when everything is answered."""
        log("ending", texts_waiting=self._service.batching.waiting)
        self._service.draining = True
        for server in self.servers:
            server.close()
        await asyncio.sleep(GRACE)
        await super().shutdown(sockets)
        log("ended")


def run(server: Server) -> None:
    """Serve until a signal ends it; raise ``FewtextError`` where the address cannot be had."""
    listening = _bound(server.config.host, server.config.port)
    take_over("uvicorn.error", "asyncio")
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, server.handle_exit)  # the server raises it again at the end, and by then it is obeyed
    server.run([listening])


def _bound(host: str, port: int) -> socket.socket:
    """Return a socket bound to an address; its protocol is named, without which answers would wait for more to send."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        taken = error.errno == errno.EADDRINUSE
        hint = "choose another port, or end what listens there" if taken else "check the address and the port"
        raise FewtextError(f"{host}, port {port}: {error.strerror or error}", hint=hint) from error
    return bound
