"""Pages: one HTML file each, with tables and charts inside, which asks nothing of any network."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

from fewtext.errors import FewtextError
from fewtext.version import __version__


@dataclass(frozen=True)
class Cell:
    """A table's cell: the text shown, the value sorted by, and whether it is the best of its column."""

    text: str
    value: Any
    best: bool = False


def check_pages() -> None:
    """Raise ``FewtextError`` where the library that fills in templates is missing."""
    if find_spec("jinja2") is None:
        raise FewtextError("a page needs jinja2", hint='pip install "fewtext[benchmarks]"')


def render(template: str, **content: Any) -> str:
    """Return the page of a template in ``fewtext/pages``, every text in it escaped."""
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("fewtext", "pages"), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    page: str = environment.get_template(f"{template}.html.jinja").render(version=__version__, **content)
    return page
