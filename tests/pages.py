"""The pages of the documentation, read: their blocks, and the commands in them."""

import re
import shlex
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)```", re.S
)
PROCESSES, OUTPUT = "starts processes", "output"
SNIPPET = re.compile(r"^--8<-- \"(examples/[^\":]+)(?::1:(\d+))?\"$", re.M)


def blocks(page):
    """Return the mark, the language, the title and the code of each block of a page, with the files it takes in."""
    return [match.groups() for match in BLOCK.finditer(SNIPPET.sub(_file, page.read_text(encoding="utf-8")))]


def _file(found):
    lines = (ROOT / found[1]).read_text(encoding="utf-8").splitlines()
    return "\n".join(lines[: int(found[2]) if found[2] else None])


def commands(code):
    """Return the words of each fewtext command of a block, with redirections last."""
    lines = code.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.split()[:1] == ["fewtext"]]


def name(page):
    """Return what a page is called: its path without the ending."""
    return page.relative_to(DOCS).with_suffix("").as_posix()


def redirected(words, sign):
    """Return the file that a command is redirected to or from, and its other words."""
    if sign not in words:
        return None, words
    at = words.index(sign)
    return words[at + 1], words[:at] + words[at + 2 :]
