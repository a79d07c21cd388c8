"""``omniglot-episodes.png``: tasks of characters never trained on, answered by examples/omniglot-protonet.

The drawings of Omniglot are read from ``FEWTEXT_DATA/omniglot``, or fetched from their public home.
"""

import subprocess
import sys
from pathlib import Path

from PIL import Image
from svg import IMAGES

ROOT = Path(__file__).parents[2]
FIGURE = IMAGES / "omniglot-episodes.png"
SHADES = 64
SEED = "4"  # of which as many answers are right as of many tasks: 99 in 100
COMMAND = [
    *("evaluate", "--corpus", "omniglot", "--learner", "examples/omniglot-protonet", "--ways", "5", "--shots", "1"),
    *("--queries", "5", "--episodes", "4", "--seed", SEED, "--figure", str(FIGURE)),
]


def draw():
    subprocess.run([sys.executable, "-m", "fewtext", *COMMAND], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    with Image.open(FIGURE) as drawn:
        small = drawn.convert("RGB").quantize(SHADES, method=Image.Quantize.FASTOCTREE)  # keeps the rare red
    small.save(FIGURE, optimize=True)
