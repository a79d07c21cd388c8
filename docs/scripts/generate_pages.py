"""Write what the pages take in while they are built: the commands, the learners' options and the measured tables.

    python docs/scripts/generate_pages.py build/docs

Nothing of this is kept: it comes from the installed code and from ``benchmarks/results``. A page asks for a file by a
line of two dashes, the number eight and two dashes, and its name.
"""

import sys
from pathlib import Path

import adaptability_tables
import bandit_tables
import command_reference
import encoder_tables
import feedback_tables
import leaderboard_tables
import learner_options
import omniglot_tables
import plugin_directory
import result_tables


def files() -> dict[str, str]:
    """Return the content of every file under its name."""
    return {
        "commands.md": command_reference.page(),
        **learner_options.files(),
        **result_tables.files(),
        **omniglot_tables.files(),
        **adaptability_tables.files(),
        **encoder_tables.files(),
        **bandit_tables.files(),
        **feedback_tables.files(),
        **plugin_directory.files(),
        **leaderboard_tables.files(),
    }


def main(folder: Path) -> None:
    """Write every file anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.md"):
        old.unlink()
    for name, content in files().items():
        (folder / name).write_text(content.rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
