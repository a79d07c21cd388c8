"""Drawings in colour: what tells the classes of one corpus apart is what varies at random within those of the other."""

import io
from collections import Counter

import numpy as np
import pytest
import torch

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold
from fewtext.encoders.load import load_encoder
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.testing import corpus_checks
from fewtext.training.episodes import EpisodeSampler

Image = pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")
NAMES = ("colour_glyphs", "glyph_textures")


@pytest.fixture(scope="module")
def features():
    """The pixels of each corpus."""
    encoder = load_encoder("pixels:32x32x3", device="cpu")
    return {name: encode_items(encoder, discovery.corpus(name).load_all()) for name in NAMES}


@corpus_checks(discovery.corpus("colour_glyphs"))
def test_glyphs_in_colour_keep_the_contract(check):
    check()


@corpus_checks(discovery.corpus("glyph_textures"))
def test_textures_of_glyphs_keep_the_contract(check):
    check()


@pytest.mark.parametrize("name", NAMES)
def test_a_hundred_classes_of_twenty_drawings_of_which_no_two_are_equal(name):
    corpus = discovery.corpus(name)
    items = corpus.load("all")
    assert set(Counter(items.labels).values()) == {20} and len(set(items.labels)) == 100
    assert len({image.content for image in items.items}) == 2000
    assert {Image.open(io.BytesIO(image.content)).size for image in items.items} == {(32, 32)}
    fold = class_fold(corpus, "fold_01", items.labels)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (64, 16, 20)


@pytest.mark.parametrize("name", NAMES)
def test_the_drawings_are_in_colour_and_either_of_ink_and_paper_is_the_lighter(name, features):
    x = features[name].x
    assert x.shape == (2000, 3, 32, 32) and (x.amax(1) - x.amin(1)).mean() > 0.25, "far from grey"
    brightness = x.mean(1)
    middle, corners = brightness[:, 12:20, 12:20].mean((1, 2)), brightness[:, :3, :3].mean((1, 2))
    assert 0.3 < (middle > corners).double().mean() < 0.7


def raw(features, x):
    """Return the accuracy of class means of ``x`` on tasks of five classes and five examples."""
    found = type(features)(x, features.y, features.labels)
    drawn = EpisodeSampler(found, Range(5, 5), Range(5, 5), 10).draw(200, torch.Generator().manual_seed(0))
    return evaluate(build_learner(discovery.learner("protonet"), {}, tuple(x.shape[1:])), found, drawn).accuracy


def test_the_mean_colour_tells_textures_apart_and_not_shapes(features):
    """In the middle, where ink is. Over 200 tasks half a 95 % interval is near a point; chance is a fifth."""
    shape, texture = (raw(features[name], features[name].x[..., 10:22, 10:22].mean((2, 3))) for name in NAMES)
    assert shape < 0.25 and texture > 0.8


def test_where_the_ink_is_tells_shapes_apart_and_not_textures(features):
    """The ink of a pixel: how far its colour is from that of the paper at the border."""
    accuracies = []
    for name in NAMES:
        x = features[name].x
        border = torch.cat([x[:, :, 0], x[:, :, -1], x[:, :, :, 0], x[:, :, :, -1]], 2).median(2).values
        ink = (x - border[:, :, None, None]).norm(dim=1)
        ink = torch.nn.functional.avg_pool2d(ink[:, None], 4).flatten(1)
        accuracies.append(raw(features[name], torch.nn.functional.normalize(ink, dim=1)))
    assert accuracies[0] > 0.6 and accuracies[1] < 0.25


def test_raw_pixels_know_nothing_of_a_shape_in_any_colour(features):
    assert raw(features["colour_glyphs"], features["colour_glyphs"].x) < 0.25


def test_glyphs_of_ink_are_what_they_were():
    """Trained learners name them by this hash."""
    glyphs = discovery.corpus("glyphs").load_all()
    assert np.frombuffer(glyphs.items[0].pixels, np.uint8).shape == (28 * 28,)
    assert glyphs.fingerprint == "33f90c58f5ef5045"
