"""Addresses such as s3://bucket/file.csv and https://host/file.csv, read by fsspec."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from fewtext.errors import InputError, first_line

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_PACKAGES = {"http": "fewtext[remote]", "https": "fewtext[remote]", "s3": "s3fs", "gs": "gcsfs", "az": "adlfs"}


def is_address(path: str) -> bool:
    """Whether a path begins with a scheme, as ``s3://`` does."""
    return _ADDRESS.match(path) is not None


def file_name(address: str) -> str:
    """Return the path in an address, without a query such as ``?version=2``."""
    return urlsplit(address).path if is_address(address) else address


def read_address(address: str, most: int) -> bytes:
    """Return what is at an address; raise ``InputError`` where it cannot be read, or holds more than ``most`` bytes."""
    scheme = urlsplit(address).scheme.lower()
    package = _PACKAGES.get(scheme, "fsspec")
    try:
        import fsspec

        with fsspec.open(address, "rb") as stream:
            content: bytes = stream.read(most + 1)
    except ImportError as error:
        hint = f'pip install "{package}", or fetch the file first'
        raise InputError(
            f"addresses of {scheme}:// need a package that is not installed", where=address, hint=hint
        ) from error
    except FileNotFoundError as error:
        raise InputError("nothing is there, or nothing answers", where=address, hint="check the address") from error
    except Exception as error:  # each kind of store has exceptions of its own
        what = f"cannot be read ({type(error).__name__}: {first_line(error)})"
        raise InputError(what, where=address, hint="check the address and that you may read it") from error
    if len(content) > most:
        raise InputError(f"holds more than {most:,} bytes", where=address, hint="split it")
    return content
