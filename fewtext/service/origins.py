"""Host and Origin: a page from elsewhere, in the browser of somebody who can reach the service, cannot use it.

DNS rebinding gives a foreign page's own name an address of ours, so a ``Host`` that is a name must be known; one that
is an address cannot be rebound. A page of another origin says so in ``Origin``.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping

from fewtext.service.refusals import Refusal

OWN_NAME = "localhost"


class Origins:
    """The names that the service is called by, beside ``localhost`` and addresses."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = {OWN_NAME, *(name.lower().rstrip(".") for name in names)}

    def check(self, headers: Mapping[bytes, bytes]) -> None:
        """Raise ``Refusal`` for a request whose ``Host`` is unknown, or whose ``Origin`` is another than it."""
        host = headers.get(b"host", b"").decode("latin-1").lower()
        name = name_in(host)
        if name not in self._names and not is_address(name):
            raise Refusal(403, f"the service does not go by the name {name[:100]!r}: whoever runs it can allow it")
        origin = headers.get(b"origin")
        if origin is not None and origin.decode("latin-1").lower() not in (f"http://{host}", f"https://{host}"):
            raise Refusal(403, "a page of another origin may not use the service")


def name_in(host: str) -> str:
    """Return the name or address in a ``Host``, without its port and brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".")


def is_address(name: str) -> bool:
    """Return whether a name is an IP address."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches a host."""
    return host == OWN_NAME or is_address(host) and ipaddress.ip_address(host).is_loopback
