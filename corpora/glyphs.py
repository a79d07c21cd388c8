"""Glyphs: handwritten characters of invented alphabets, drawn by code, to try images offline."""

from collections.abc import Iterable

import numpy as np

from fewtext.api import Corpus, Items, Picture, hookimpl

CHARACTERS, DRAWINGS, SIDE = 120, 20, 28
SEED = 1623
POINTS = 24  # along a stroke
PEN = 0.035  # half the width of a stroke, where the image's side is 1


def grid(side: int) -> np.ndarray:
    """Return where the pixels of a square image are, ``[side * side, 2]``: x and y in the unit square, row by row."""
    places: np.ndarray = (np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2) + 0.5) / side
    return places


def invented(rng: np.random.Generator) -> np.ndarray:
    """Return a character: two to four strokes ``[n, 4, 2]``, Bezier curves in the unit square."""
    return rng.uniform(0.12, 0.88, (rng.integers(2, 5), 4, 2))


def drawn(rng: np.random.Generator, strokes: np.ndarray, side: int, pen: float) -> np.ndarray:
    """Draw strokes as a hand would, deformed at random: how much of each pixel is ink, ``[side * side]``."""
    angle, scale = rng.normal(0, 0.25), rng.normal(1, 0.12, 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    points = strokes + rng.normal(0, 0.025, strokes.shape)
    points = (points - 0.5) @ turn * scale + 0.5 + rng.normal(0, 0.06, 2)
    t = np.linspace(0, 1, POINTS)[:, None]
    weights = np.stack([(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t**2 * (1 - t), t**3])  # [4, points, 1]
    path = np.einsum("kpo,nkd->npd", weights, points).reshape(-1, 2)
    places = grid(side)
    square = (places**2).sum(1)[:, None] - 2 * places @ path.T + (path**2).sum(1)  # [pixels, points of the path]
    ink: np.ndarray = np.clip((pen - np.sqrt(square.min(1).clip(0))) * side + 0.5, 0, 1)
    return ink


def glyphs() -> Items:
    """Draw every character some twenty times; the same images on every machine."""
    rng = np.random.default_rng(SEED)
    images, labels = [], []
    for character in range(CHARACTERS):
        strokes = invented(rng)
        for drawing in range(DRAWINGS):
            label = f"character{character:03}"
            pixels = (255 * drawn(rng, strokes, SIDE, PEN)).astype(np.uint8).tobytes()  # ink is 255
            images.append(Picture(f"glyphs/{label}/{drawing:02}", pixels=pixels))
            labels.append(label)
    return Items(images, labels)


@hookimpl
def corpora() -> Iterable[Corpus]:
    """Offer the corpus."""
    return [
        Corpus(
            name="glyphs",
            modality="image",
            description=f"Handwriting drawn by code: {CHARACTERS} characters, {DRAWINGS} drawings each, 28 x 28",
            licence="Apache-2.0, drawn by fewtext",
            citation="fewtext, corpora/glyphs.py",
            readers={"all": glyphs},
            encoder="pixels:28x28x1",
        )
    ]
