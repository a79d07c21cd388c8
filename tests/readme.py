"""The README's commands with what they answer; ``python tests/readme.py`` writes the answers anew."""

import re
import shlex
from pathlib import Path

import running

README = Path(__file__).parent.parent / "README.md"
SHOWN = re.compile(r"```console\n\$ (?P<command>.+)\n(?P<answer>(?:.*\n)*?)```")


def answer(command, run):
    """Run a line of the README, ``fewtext … | head -4`` for instance, and return what it writes to standard output."""
    typed, _, head = command.partition(" | head -")
    done = run(*shlex.split(typed)[1:])
    assert done.returncode == 0, f"{command}\n{done.stderr.decode()}"
    lines = done.stdout.decode().splitlines(keepends=True)
    return "".join(lines[: int(head)] if head else lines)


def main():
    def anew(shown):
        return f"```console\n$ {shown['command']}\n{answer(shown['command'], running.in_a_process)}```"

    README.write_text(SHOWN.sub(anew, README.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
