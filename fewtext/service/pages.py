"""The pages: files of this package, from which nothing is fetched elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

_FOLDER = Path(__file__).parent / "page"
_KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {
    "/": "index.html",
    "/docs": "docs.html",
    **{f"/static/{name}": name for name in ("style.css", "client.js", "try.js", "label.js", "texts.js", "docs.js")},
}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def page_response(path: str) -> Callable[[Request], Awaitable[Response]]:
    """Return the route of a file, which is read once."""
    name = FILES[path]
    content, kind = (_FOLDER / name).read_bytes(), _KINDS[Path(name).suffix]

    async def answer(request: Request) -> Response:
        return Response(content, headers={"content-security-policy": POLICY}, media_type=f"{kind}; charset=utf-8")

    return answer
