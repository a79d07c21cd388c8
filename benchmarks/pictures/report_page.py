"""``report-page.png``: the report of benchmarks/grids/intents.toml in a browser, chromium without a window.

The corpora are read from ``FEWTEXT_DATA``, or fetched; the grid takes a minute once their texts are encoded.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from png import shrink
from svg import IMAGES

ROOT = Path(__file__).parents[2]
GRID = ROOT / "benchmarks" / "grids" / "intents.toml"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTH, HEIGHT, SCALE, SHADES = 1180, 760, 1.5, 256


def draw():
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        sys.exit(f"report-page.png needs a browser: install one of {', '.join(BROWSERS)}")
    fewtext = [sys.executable, "-m", "fewtext", "benchmark"]
    with tempfile.TemporaryDirectory() as folder:
        results, page, shot = (Path(folder, name) for name in ("intents", "report.html", "shot.png"))
        subprocess.run([*fewtext, "run", GRID, "--output", results], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        subprocess.run([*fewtext, "report", results, "--output", page], cwd=ROOT, check=True)
        options = ["--headless", "--disable-gpu", "--hide-scrollbars", "--no-sandbox"]  # the page is our own
        size = [f"--force-device-scale-factor={SCALE}", f"--window-size={WIDTH},{HEIGHT}"]
        command = [browser, *options, *size, f"--screenshot={shot}", page.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        shrink(shot, IMAGES / "report-page.png", SHADES, ["benchmark", "run", "benchmarks/grids/intents.toml"])
