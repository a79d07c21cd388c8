"""``colour-episodes.png``: tasks of shapes never trained on, in any colours, answered by a network trained on others.

The learner is the one that ``python benchmarks/colour.py train colour_glyphs protonet`` leaves.
"""

import subprocess
import sys
from pathlib import Path

from png import shrink
from svg import IMAGES

ROOT = Path(__file__).parents[2]
FIGURE = IMAGES / "colour-episodes.png"
SHADES = 128
SEED = "0"
COMMAND = [
    *("evaluate", "--corpus", "colour_glyphs", "--learner", "benchmarks/runs/colour_glyphs-protonet", "--shots", "1"),
    *("--queries", "5", "--episodes", "4", "--seed", SEED, "--figure", str(FIGURE)),
]


def draw():
    subprocess.run([sys.executable, "-m", "fewtext", *COMMAND], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shrink(FIGURE, FIGURE, SHADES, COMMAND[:-2])
