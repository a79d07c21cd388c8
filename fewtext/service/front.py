"""The front of the service: every request is checked before the routes see it, counted, timed and logged."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fewtext.service.keys import Keys
from fewtext.service.logs import log, log_error
from fewtext.service.origins import Origins
from fewtext.service.refusals import Refusal
from fewtext.service.service import Service

OTHER = "other"
FACTS = "fewtext"  # where in the scope routes leave facts for the log
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
]
CLOSE = (b"connection", b"close")
QUIET = ("/healthz", "/readyz", "/metrics")  # asked every few seconds: not logged where all is well


class Front:
    """An ASGI application around another one."""

    def __init__(self, app: ASGIApp, service: Service, keys: Keys, origins: Origins, routes: set[str]) -> None:
        self._app, self._service, self._keys, self._origins, self._routes = app, service, keys, origins, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; other kinds of messages are passed on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start, path = perf_counter(), scope["path"]
        facts: dict[str, Any] = scope.setdefault(FACTS, {})
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *HEADERS, *[CLOSE] * self._service.draining]
            await send(message)

        metrics = self._service.metrics
        with metrics.in_flight.track_inprogress():
            try:
                headers = dict(scope["headers"])
                self._origins.check(headers)
                self._keys.check(path, headers)
                await self._app(scope, receive, with_headers)
            except Refusal as refusal:
                await refused(refusal)(scope, receive, with_headers)
            except Exception as error:
                log_error("failed", error)
                if not status:
                    sentence = "the service failed to answer; its log says where"
                    await refused(Refusal(500, sentence))(scope, receive, with_headers)
        seconds = perf_counter() - start
        route = path if path in self._routes else OTHER
        metrics.requests.labels(route, str(status)).inc()
        metrics.seconds.labels(route).observe(seconds)
        if route not in QUIET or status >= 400:
            method = scope["method"]
            log("request", method=method, route=route, status=status, seconds=round(seconds, 4), **facts)


def refused(refusal: Refusal) -> JSONResponse:
    """Return the response to what is refused."""
    return JSONResponse(refusal.as_json(), refusal.status, refusal.headers)
