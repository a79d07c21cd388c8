"""Write what the pages take in while they are built: the commands, the learners' options and the measured tables.

    python docs/scripts/generate.py build/docs

Nothing of this is kept: it comes from the installed code and from ``benchmarks/results``. A page asks for a file by a
line of two dashes, the number eight and two dashes, and its name.
"""

import sys
from pathlib import Path

import commands
import learners
import tables


def main(folder: Path) -> None:
    """Write every file anew."""
    files = {"commands.md": commands.page(), **learners.files(), **tables.files()}
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    for name, content in files.items():
        (folder / name).write_text(content.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
