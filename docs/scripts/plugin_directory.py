"""The directory of plugins by others: a table from ``docs/plugins.toml`` and what was measured of each."""

import tomllib
from pathlib import Path

from result_tables import RESULTS, percent, read, table

LIST = Path(__file__).parents[1] / "plugins.toml"


def files() -> dict[str, str]:
    """Return the table under its file's name."""
    listed = tomllib.loads(LIST.read_text(encoding="utf-8"))
    there = (RESULTS / "plugin_directory.jsonl").is_file()
    measured = {line["distribution"]: line for line in read("plugin_directory.jsonl")} if there else {}
    rows = []
    for distribution, entry in listed.items():
        found = measured.get(distribution, {})
        accuracy = [percent(*found["accuracy"][shots]) if "accuracy" in found else "" for shots in ("1", "5")]
        about = entry["about"] + (f" ({entry['paper']})" if "paper" in entry else "")
        rows.append((f"`{distribution}`", entry["kind"], about, found.get("contract", ""), *accuracy, entry["licence"]))
    head = "distribution", "kind", "what it is", "contract", "1 shot", "5 shots", "licence"
    return {"plugins.md": table(head, rows)}
