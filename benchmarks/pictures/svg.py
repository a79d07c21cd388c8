"""A card to draw on: one SVG file without fonts or scripts, which follows the reader's light or dark theme."""

from pathlib import Path
from xml.sax.saxutils import escape

IMAGES = Path(__file__).parents[2] / "docs" / "images"
FONT = "system-ui,-apple-system,'Segoe UI','Helvetica Neue',Arial,'DejaVu Sans',sans-serif"
# Light and dark: ink, and colours that the colour-blind tell apart (after Okabe and Ito), 3:1 or more on either ground.
THEMES = {
    "light": {
        "ground": "#ffffff", "edge": "#d0d7de", "panel": "#f6f8fa", "ink": "#1f2328", "soft": "#57606a",
        "grid": "#e4e8ec", "blue": "#0072b2", "orange": "#c65300", "green": "#007a58", "pale": "#dcecf7",
    },
    "dark": {
        "ground": "#0d1117", "edge": "#30363d", "panel": "#161b22", "ink": "#e6edf3", "soft": "#9aa4af",
        "grid": "#252b33", "blue": "#58b6f0", "orange": "#f0924b", "green": "#3fcf9f", "pale": "#17324a",
    },
}  # fmt: skip


class Card:
    """Shapes on a card with a title, a note below it, and at its foot another and what it was ``made`` with.

    ``description`` is for those who cannot see it.
    """

    def __init__(self, width, height, title, note, description, foot="", made=""):
        self.width, self.height, self.title, self.description = width, height, title, description
        self.shapes = []
        self.text(24, 34, title, 18, weight=600)
        self.text(24, 54, note, 12, "soft")
        self.text(24, height - 16, foot, 11, "soft")
        self.text(width - 24, height - 16, made, 11, "soft", "end")

    def text(self, x, y, words, size=13, fill="ink", anchor="start", weight=400, **more):
        """Write words from a place, centred on it (``middle``), or up to it (``end``)."""
        self._add("text", words, x=x, y=y, size=size, fill=fill, anchor=anchor, weight=weight, **more)

    def line(self, x1, y1, x2, y2, stroke="grid", width=1.0, **more):
        """Draw a straight line."""
        self._add("line", x1=x1, y1=y1, x2=x2, y2=y2, stroke=stroke, width_=width, **more)

    def path(self, commands, stroke="ink", width=2.0, fill="none", **more):
        """Draw a path, in the commands of SVG."""
        self._add("path", d=commands, stroke=stroke, width_=width, fill=fill, linejoin="round", linecap="round", **more)

    def rect(self, x, y, width, height, fill="panel", stroke="none", radius=0, **more):
        """Draw a rectangle."""
        self._add("rect", x=x, y=y, width=width, height=height, fill=fill, stroke=stroke, rx=radius, **more)

    def circle(self, x, y, radius, fill="blue", stroke="ground", width=1.5, **more):
        """Draw a disc."""
        self._add("circle", cx=x, cy=y, r=radius, fill=fill, stroke=stroke, width_=width, **more)

    def mark(self, x, y, colour, shape, radius=4.5):
        """Draw a mark whose shape tells it apart as well as its colour does."""
        if shape == "circle":
            self.circle(x, y, radius, colour)
            return
        r = radius * (0.9 if shape == "square" else 1.3)
        corners = {
            "square": [(-r, -r), (r, -r), (r, r), (-r, r)],
            "diamond": [(0, -r), (r, 0), (0, r), (-r, 0)],
        }[shape]
        path = "M" + "L".join(f"{x + dx:.1f} {y + dy:.1f}" for dx, dy in corners) + "Z"
        self.path(path, "ground", 1.5, colour)

    def interval(self, x, low, high, colour):
        """Draw an interval as a bar with ends."""
        for y in (low, high):
            self.line(x - 3.5, y, x + 3.5, y, colour, 1.5)
        self.line(x, low, x, high, colour, 1.5)

    def _add(self, tag, words=None, **attributes):
        names = {"width_": "stroke-width", "size": "font-size", "anchor": "text-anchor", "weight": "font-weight"}
        names |= {"linejoin": "stroke-linejoin", "linecap": "stroke-linecap", "dash": "stroke-dasharray"}
        colours = {"fill", "stroke"}
        shown = []
        for key, value in attributes.items():
            if isinstance(value, float):
                value = f"{value:.1f}"
            if key in colours and value in THEMES["light"]:
                value = f"var(--{value})"
            shown.append(f'{names.get(key, key)}="{escape(str(value))}"')
        inside = f">{escape(words)}</{tag}>" if words is not None else "/>"
        self.shapes.append(f"<{tag} {' '.join(shown)}{inside}")

    def save(self, name):
        """Write the card to docs/images."""
        light, dark = (";".join(f"--{k}:{v}" for k, v in THEMES[theme].items()) for theme in ("light", "dark"))
        style = f":root{{{light}}}@media (prefers-color-scheme:dark){{:root{{{dark}}}}}text{{font-family:{FONT}}}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width} {self.height}" role="img"'
        ground = f'<rect x=".5" y=".5" width="{self.width - 1}" height="{self.height - 1}" rx="10"'
        lines = [
            f'{head} width="{self.width}">',
            f"<title>{escape(self.title)}</title>",
            f"<desc>{escape(self.description)}</desc>",
            f"<style>{style}</style>",
            f'{ground} fill="var(--ground)" stroke="var(--edge)"/>',
            *self.shapes,
            "</svg>\n",
        ]
        (IMAGES / name).write_text("\n".join(lines), encoding="utf-8")
