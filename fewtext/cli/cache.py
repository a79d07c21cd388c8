"""``fewtext cache``: what is kept of encoded texts, and away with it."""

from __future__ import annotations

import time

from fewtext.cli import options
from fewtext.cli.closing import counted
from fewtext.cli.listing import print_columns
from fewtext.cli.options import Format
from fewtext.cli.terminal import show
from fewtext.files.json_text import to_json


def stats(format: options.ReportFormat = Format.text) -> None:
    """Say where encoded texts are kept, how many there are, and how much room they take.

    \b
    fewtext cache stats
    fewtext cache stats --format json
    """  # noqa: D301
    from fewtext.files.feature_upkeep import cache_facts

    facts = cache_facts()
    if format is Format.json:
        print(to_json(facts.as_json()))
        return
    rows = [("folder", facts.folder), ("items", f"{facts.items:,}")]
    rows.append(("size", f"{_megabytes(facts.bytes)} of at most {_megabytes(facts.most_bytes)}"))
    if facts.oldest is not None:
        rows.append(("oldest use", time.strftime("%Y-%m-%d", time.localtime(facts.oldest))))
    print_columns(rows)


def clear() -> None:
    """Remove all encoded texts that are kept; commands that run meanwhile go on.

    \b
    fewtext cache clear
    """  # noqa: D301
    from fewtext.files.feature_upkeep import clear_cache

    held = clear_cache()
    show([f"{counted(held.items, 'item')} removed from {held.folder}, {_megabytes(held.bytes)}"])


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"


GROUP_HELP = "See or clear the cache of encoded texts."
COMMANDS = (stats, clear)
