"""Whether the libraries of the extra ``serve`` are installed."""

from __future__ import annotations

from importlib.util import find_spec

from fewtext.errors import FewtextError

NEEDED = ("fastapi", "uvicorn", "prometheus_client")


def check_extra() -> None:
    """Raise ``FewtextError`` where one of them is not."""
    if missing := [name for name in NEEDED if find_spec(name) is None]:
        raise FewtextError(f"the service needs {' and '.join(missing)}", hint='pip install "fewtext[serve]"')
