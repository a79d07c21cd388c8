"""Glyphs in colour, drawn by code: what a class is lies in the shape, or in the colours and the texture of the ink.

In ``colour_glyphs`` the class is the character, and every drawing has its own two colours of ink, its own two of paper,
and a texture for each; either may be the lighter one. In ``glyph_textures`` it is the other way round: the class is the
ink, two colours and the texture that they make, and every drawing is of another character on another paper. So what
tells the classes of one corpus apart is what varies at random within a class of the other.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from fewtext_corpora.glyphs import drawn, grid, invented

from fewtext.api import Corpus, Items, Picture

CLASSES, DRAWINGS, SIDE = 100, 20, 32
SHAPE_SEED, TEXTURE_SEED = 4051, 4052
FINE, BROAD = 0.05, 0.11  # half the width of a stroke: broad ones show their texture
APART = 0.45  # the least distance of ink and paper, where black and white are 1.7 apart
STRONG, FAINT = 1.0, 0.4  # how far the second colour of a texture may be from the first, in red, green and blue
LICENCE, CITATION = "Apache-2.0, drawn by fewtext", "fewtext, corpora/colour.py"
PLACES = grid(SIDE)


@dataclass(frozen=True)
class Texture:
    """Two ``colours`` ``[2, 3]`` in 0..1 and how they take turns: ``kind``, ``angle`` and waves per image."""

    colours: np.ndarray
    kind: str
    angle: float
    waves: float

    def paint(self, rng: np.random.Generator) -> np.ndarray:
        """Return the colour of every pixel, ``[pixels, 3]``, with the pattern moved at random."""
        across, along = (self._wave(angle, rng.uniform()) for angle in (self.angle, self.angle + math.pi / 2))
        share = KINDS[self.kind](across, along)[:, None]
        painted: np.ndarray = self.colours[0] * (1 - share) + self.colours[1] * share
        return painted

    def _wave(self, angle: float, start: float) -> np.ndarray:
        """Return a wave that rises and falls evenly from 0 to 1 and back, in one direction."""
        steps = PLACES @ np.array([math.cos(angle), math.sin(angle)]) * self.waves + start
        wave: np.ndarray = np.abs(2 * (steps - np.floor(steps)) - 1)
        return wave


# From two waves at a right angle to the share of the second colour, all in 0..1.
KINDS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "plain": lambda across, along: np.zeros_like(across),
    "shades": lambda across, along: across,
    "stripes": lambda across, along: (across > 0.5).astype(float),
    "lines": lambda across, along: (across > 0.8).astype(float),
    "checks": lambda across, along: ((across > 0.5) != (along > 0.5)).astype(float),
    "dots": lambda across, along: (across + along > 1.3).astype(float),
    "net": lambda across, along: (np.maximum(across, along) > 0.8).astype(float),
}


def texture(rng: np.random.Generator, contrast: float) -> Texture:
    """Make up a texture."""
    kinds = list(KINDS)
    first = rng.uniform(0, 1, 3)
    second = np.clip(first + contrast * rng.uniform(-1, 1, 3), 0, 1)
    kind, angle, waves = kinds[rng.integers(len(kinds))], rng.uniform(0, math.pi), rng.uniform(4, 8)
    return Texture(np.stack([first, second]), kind, angle, waves)


def paper_for(ink: Texture, rng: np.random.Generator) -> Texture:
    """Make up a paper of which both colours can be told from both colours of the ink."""
    while True:
        paper = texture(rng, FAINT)
        if np.linalg.norm(ink.colours[:, None] - paper.colours, axis=-1).min() > APART:
            return paper


def picture(name: str, rng: np.random.Generator, strokes: np.ndarray, ink: Texture, pen: float) -> Picture:
    """Draw strokes with an ink on a paper that suits it, as the content of a PPM file: its header, then the bytes."""
    share = drawn(rng, strokes, SIDE, pen)[:, None]
    values = ink.paint(rng) * share + paper_for(ink, rng).paint(rng) * (1 - share)
    return Picture(name, content=f"P6 {SIDE} {SIDE} 255\n".encode() + (255 * values).astype(np.uint8).tobytes())


def by_shape() -> Items:
    """Draw every character twenty times, each in other colours and textures; the same images on every machine."""
    rng = np.random.default_rng(SHAPE_SEED)

    def of() -> Callable[[str], Picture]:
        strokes = invented(rng)
        return lambda name: picture(name, rng, strokes, texture(rng, FAINT), FINE)

    return _items("colour_glyphs", "shape", of)


def by_texture() -> Items:
    """Draw twenty characters with every ink, each on another paper; the same images on every machine."""
    rng = np.random.default_rng(TEXTURE_SEED)

    def of() -> Callable[[str], Picture]:
        ink = texture(rng, STRONG)
        return lambda name: picture(name, rng, invented(rng), ink, BROAD)

    return _items("glyph_textures", "texture", of)


def _items(corpus: str, kind: str, of: Callable[[], Callable[[str], Picture]]) -> Items:
    images, labels = [], []
    for number in range(CLASSES):
        label = f"{kind}{number:03}"
        draw = of()
        images += [draw(f"{corpus}/{label}/{drawing:02}") for drawing in range(DRAWINGS)]
        labels += [label] * DRAWINGS
    return Items(images, labels)


def in_colour() -> list[Corpus]:
    """Return both corpora."""
    offered = partial(Corpus, modality="image", licence=LICENCE, citation=CITATION, encoder=f"pixels:{SIDE}x{SIDE}x3")
    size = f"{CLASSES} classes of {DRAWINGS} colour drawings, {SIDE} x {SIDE}"
    return [
        offered(
            name="colour_glyphs",
            description=f"Characters drawn by code, whatever their colours and textures: {size}",
            readers={"all": by_shape},
            folds_file=Path(__file__).parent / "colour_glyphs" / "folds.json",
        ),
        offered(
            name="glyph_textures",
            description=f"Inks of two colours and a texture drawn by code, whatever the character: {size}",
            readers={"all": by_texture},
            folds_file=Path(__file__).parent / "glyph_textures" / "folds.json",
        ),
    ]
