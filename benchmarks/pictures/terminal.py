"""``terminal-classify.svg`` and ``terminal-check.svg``: a command and its answer, from a real run."""

import csv
import os
import random
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from svg import IMAGES

from fewtext.datasets.open import open_corpus

ROOT = Path(__file__).parents[2]
SEED, EACH = 3, 8
LABELS = ("book_travel", "network_problem", "parcel_delivery", "payslip_question", "reset_password", "submit_expense")
COLOURS = [
    *((139, 148, 158), (255, 123, 114), (86, 211, 100), (227, 179, 65)),
    *((121, 192, 255), (210, 168, 255), (86, 212, 221), (230, 237, 243)),
]
THEME = TerminalTheme((13, 17, 23), (230, 237, 243), COLOURS)
# Rich's own template fetches a font; this one has the window alone, in whatever monospace font the reader has.
WINDOW = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">
<title>DESCRIPTION</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace;
  font-size: {char_height}px; line-height: {line_height}px; }}
.{unique_id}-title {{ font-family: system-ui, 'Segoe UI', Arial, 'DejaVu Sans', sans-serif; font-size: 16px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/>
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def draw():
    classify = "fewtext classify --support examples/support.csv --query examples/q.txt"
    said = "Ten texts, each with its label and probability"
    picture("terminal-classify", f"{classify} --format table", ROOT, classify, said)  # a terminal needs no --format
    check, said = "fewtext check support.csv", "What a file of examples is worth, and which labels look wrong"
    with tempfile.TemporaryDirectory() as folder:
        mistaken(Path(folder, "support.csv"))
        picture("terminal-check", check, Path(folder), check, said)


def mistaken(path):
    """Write a few examples of some labels of the office corpus, of which two have the label of another."""
    rows = open_corpus("office").load("train")
    chance = random.Random(SEED)
    chosen = []
    for label in LABELS:
        own = [text for text, given in zip(rows.items, rows.labels, strict=True) if given == label]
        own = [text for text in own if text.isascii() and len(text) < 70]  # each on a line of the picture
        chosen += [[text, label] for text in chance.sample(own, EACH)]
    for row in chance.sample(chosen, 2):
        row[1] = chance.choice([label for label in LABELS if label != row[1]])
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([["text", "label"], *chosen])


def picture(name, command, folder, shown, description):
    """Run a command in a folder and draw the command and its answer."""
    settings = os.environ | {"COLUMNS": "92", "HF_HUB_OFFLINE": "1"}
    words = [sys.executable, "-m", *command.split()]
    done = subprocess.run(words, cwd=folder, env=settings, check=True, capture_output=True, text=True)
    console = Console(record=True, width=92, file=open(os.devnull, "w", encoding="utf-8"), highlight=False)
    console.print(Text.assemble(("$ ", "green"), (shown, "bold")), "\n")
    for line in done.stdout.splitlines():
        console.print(Text(line, "black" if line.startswith("text ") else ""))
    console.print()
    title = f"fewtext {version('fewtext')}"
    drawing = console.export_svg(title=title, theme=THEME, code_format=WINDOW, unique_id=name)
    (IMAGES / f"{name}.svg").write_text(drawing.replace("DESCRIPTION", description), encoding="utf-8")
