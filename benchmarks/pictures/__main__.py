"""Make the images of docs/images again, all of them or those named: ``python benchmarks/pictures reliability.svg``.

Charts are drawn from benchmarks/results, the others from a run of the command; seeds are in the files that draw them.
"""

import sys
from importlib import import_module

from svg import IMAGES

DRAWN_BY = {
    "terminal-classify.svg": "terminal",
    "terminal-check.svg": "terminal",
    "shots-beside-setfit.svg": "setfit_chart",
    "reliability.svg": "reliability",
    "architecture.svg": "architecture",
    "omniglot-episodes.png": "episodes",
    "colour-episodes.png": "colour_episodes",
    "adaptability.svg": "adaptability_chart",
    "report-page.png": "report_page",
    "regret.svg": "regret",
}


def main():
    asked = sys.argv[1:] or list(DRAWN_BY)
    if unknown := sorted(set(asked) - {*DRAWN_BY, *DRAWN_BY.values()}):
        sys.exit(f"no image is named {', '.join(unknown)}; there are {', '.join(DRAWN_BY)}")
    IMAGES.mkdir(exist_ok=True)
    for module in dict.fromkeys(DRAWN_BY.values()):
        names = [name for name, drawer in DRAWN_BY.items() if drawer == module]
        if {module, *names} & set(asked):
            import_module(module).draw()
            print(*names)


if __name__ == "__main__":
    main()
