"""``omniglot-episodes.png``: tasks of characters never trained on, answered by examples/omniglot-protonet.

The drawings of Omniglot are read from ``FEWTEXT_DATA/omniglot``, or fetched from their public home.
"""

import subprocess
import sys
from pathlib import Path

from png import shrink
from svg import IMAGES

ROOT = Path(__file__).parents[2]
FIGURE = IMAGES / "omniglot-episodes.png"
SHADES = 64  # strokes and frames need few
SEED = "4"  # of which as many answers are right as of many tasks: 99 in 100
COMMAND = [
    *("evaluate", "--corpus", "omniglot", "--learner", "examples/omniglot-protonet", "--ways", "5", "--shots", "1"),
    *("--queries", "5", "--episodes", "4", "--seed", SEED, "--figure", str(FIGURE)),
]


def draw():
    subprocess.run([sys.executable, "-m", "fewtext", *COMMAND], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    shrink(FIGURE, FIGURE, SHADES, COMMAND[:-2])
