"""``architecture.svg``: the folders of fewtext, read from its imports: each imports from those below it alone."""

import ast
from functools import cache
from pathlib import Path

from svg import Card

ROOT = Path(__file__).parents[2]
WORDS = {
    "cli": "one file per command; the only folder that prints",
    "benchmark": "grids, paired comparisons, report pages",
    "evaluation": "how right a learner is, on which tasks",
    "testing": "contract kits for plugins",
    "training": "episodes, the outer loop, runs that resume",
    "quality": "expected accuracy, suspected label errors",
    "cluster": "classify on many machines",
    "hub": "models pushed and fetched",
    "classify": "fit, calibrate, abstain, explain, update",
    "datasets": "corpora, class folds, stored features",
    "learners": "backbones, the inner loop",
    "encoders": "BERT and others: text to vectors",
    "metrics": "accuracy, calibration, intervals",
    "registry": "which plugins there are",
    "files": "tables, images, tensors",
    "contracts": "what a plugin subclasses",
}
LEFT, CORE, SIDE, TALL, STEP, TOP, GAP = 24, 608, 704, 46, 68, 88, 14


@cache
def imports():
    """Return the folders of fewtext and, for each, the other folders that its files import."""
    folders = [path.name for path in (ROOT / "fewtext").iterdir() if (path / "__init__.py").exists()]
    found = {}
    for folder in sorted(folders):
        trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (ROOT / "fewtext" / folder).rglob("*.py")]
        nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        names = {f"{node.module}.".split(".")[1] for node in nodes if f"{node.module}.".startswith("fewtext.")}
        found[folder] = (names & set(folders)) - {folder}
    return found


def floors():
    """Return the folders by how long a chain of imports stands below them, the lowest first."""
    below, left = [], dict(imports())
    while left:
        done = {folder for row in below for folder in row}
        free = sorted(folder for folder, needs in left.items() if needs <= done)
        if not free:
            raise SystemExit(f"imports in a circle: {', '.join(left)}")
        below.append(free)
        left = {folder: needs for folder, needs in left.items() if folder not in free}
    return below


def draw():
    rows = floors()[::-1]
    card = Card(
        *(960, TOP + STEP * len(rows) + TALL + 24, "How fewtext is built: imports run one way, downwards"),
        "Read from every import there is. Lines go to the row below; what lies further down is open, too.",
        "Each folder imports from those below it; plugins import fewtext.api alone and are found by entry points.",
    )
    places = {}
    for number, row in enumerate(rows):
        wide = (CORE - GAP * (len(row) - 1)) / len(row)
        for place, folder in enumerate(row):
            places[folder] = (LEFT + place * (wide + GAP), TOP + STEP * number, wide)
    arrows(card, rows, places)
    for folder, (x, y, wide) in places.items():
        box(card, x, y, wide, folder, WORDS.get(folder, ""))
    foot = TOP + STEP * len(rows)
    card.line(LEFT + CORE / 2, foot - STEP + TALL, LEFT + CORE / 2, foot, "soft", 1.5)
    box(card, LEFT, foot, CORE, "errors", "what happened, where, what to do", "panel", "edge")
    beside(card, places, foot)
    card.save("architecture.svg")


def box(card, x, y, wide, name, words, fill="pale", stroke="blue", **more):
    card.rect(x, y, wide, TALL, fill, stroke, 6, **more)
    card.text(x + wide / 2, y + 20, name, 14, anchor="middle", weight=600)
    card.text(x + wide / 2, y + 37, words, 11, "soft", "middle")


def arrows(card, rows, places):
    """Draw a line from each folder to those in the row below that it imports."""
    for upper, lower in zip(rows, rows[1:], strict=False):
        for folder in upper:
            needs = [other for other in lower if other in imports()[folder]]
            for other in needs:
                (x1, y1, wide1), (x2, y2, wide2) = places[folder], places[other]
                start, end = middle(x1, wide1, x2, wide2), middle(x2, wide2, x1, wide1)
                half = (y1 + TALL + y2) / 2
                curve = f"M{start:.0f} {y1 + TALL}C{start:.0f} {half:.0f} {end:.0f} {half:.0f} {end:.0f} {y2 - 2}"
                card.path(f"{curve}m-3.5 -5l3.5 5l3.5 -5", "soft", 1.5)


def middle(left, wide, other_left, other_wide):
    """Return where on a box a line to another one starts: its middle, moved towards the other."""
    apart = (other_left + other_wide / 2) - (left + wide / 2)
    return left + wide / 2 + max(-wide / 4, min(wide / 4, apart / 4))


def beside(card, places, foot):
    """Draw what comes in from outside: plugins, corpora, and the one module that they import."""
    wide, low = 232, places["contracts"][1]
    known = places["registry"][1]
    cards = len(list((ROOT / "corpora").glob("*/card.toml")))
    outside = {
        "third-party plugins": "a file, an entry point, a test",
        "plugins/": "learners, fine-tuning, trackers",
        "corpora/": f"{cards} cards: source, revision, licence",
    }
    top = known - 2.4 * STEP
    for number, (name, words) in enumerate(outside.items()):
        more = {"dash": "5 4"} if number == 0 else {}
        box(card, SIDE, top + number * (TALL + 10), wide, name, words, "panel", "green", **more)
    last, edge, centre = top + 2 * (TALL + 10) + TALL, LEFT + CORE, SIDE + wide / 2
    box(card, SIDE, low, wide, "fewtext.api", "all that a plugin may import", "pale", "green")
    box(card, SIDE, TOP, wide, "$ fewtext", "classify, check, train, benchmark …", "panel", "edge")
    card.path(f"M{SIDE} {TOP + TALL / 2}H{edge + 3}m5 -3.5l-5 3.5l5 3.5", "soft", 1.5)
    card.path(f"M{centre} {last}V{low - 2}m-3.5 -5l3.5 5l3.5 -5", "green", 1.5)
    card.path(f"M{SIDE} {low + TALL / 2}H{edge + 3}m5 -3.5l-5 3.5l5 3.5", "green", 1.5)
    level = known + TALL / 2
    card.path(f"M{edge} {level}H{SIDE + 40}V{last + 3}", "green", 1.5, dash="5 4")
    card.path(f"M{SIDE + 36.5} {last + 8}l3.5 -5l3.5 5", "green", 1.5)
    card.text(SIDE + 36, level + 18, "finds them by entry points", 11, "soft", "middle")
