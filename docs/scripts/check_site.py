"""Read the built pages as a browser would, and say what is wrong: dead links, images without a description, strangers.

    python docs/scripts/check_site.py site

A link to a page, a file or a heading leads somewhere; an image exists and says what it shows; and nothing that a page
loads by itself (script, style, font, image) comes from another host.
"""

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
LINKED_ONLY = {"canonical", "next", "prev", "alternate"}


class Page(HTMLParser):
    """The links, the ids and the images of one page."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.undescribed: list[str] = []
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        given = {name: value or "" for name, value in attrs}
        self.ids.update(value for name in ("id", "name") if (value := given.get(name)))
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if tag in LOADED and given.get(LOADED[tag]) and given.get("rel") not in LINKED_ONLY:
            self.loads.append(given[LOADED[tag]])
        if tag == "img" and not given.get("alt", "").strip():
            self.undescribed.append(given.get("src", ""))


@cache
def read(path: Path) -> Page:
    """Read a page once."""
    return Page(path.read_text(encoding="utf-8"))


def problems(site: Path) -> list[str]:
    """Return a line for each thing that is wrong."""
    found = []
    for path in sorted(site.rglob("*.html")):
        page, name = read(path), path.relative_to(site)
        if path.name == "404.html":  # whose links begin at the server's root
            continue
        found += [f"{name}: {link} leads nowhere" for link in page.links + page.loads if not leads(link, path, site)]
        found += [
            f"{name}: {address} is loaded from another host" for address in page.loads if urlsplit(address).netloc
        ]
        found += [f"{name}: the image {source} has no description" for source in page.undescribed]
    for path in sorted([*site.rglob("*.css"), *site.rglob("*.svg")]):
        foreign = re.findall(r"(?:url\(|@import )['\"]?(https?://[^'\")]+)", path.read_text(encoding="utf-8"))
        found += [f"{path.relative_to(site)}: {address} is loaded from another host" for address in foreign]
    return found


def leads(link: str, page: Path, site: Path) -> bool:
    """Return whether a link of a page leads somewhere; other hosts are not asked."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc:
        return True
    target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if target.is_dir():
        target /= "index.html"
    if not target.is_file() or not target.is_relative_to(site.resolve()):
        return False
    fragment = unquote(parts.fragment)
    return not fragment or target.suffix != ".html" or fragment in read(target).ids or fragment == "__skip"


if __name__ == "__main__":
    wrong = problems(Path(sys.argv[1]).resolve())
    print("\n".join(wrong) or f"{sys.argv[1]}: every link leads somewhere")
    sys.exit(bool(wrong))
