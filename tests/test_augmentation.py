"""Augmentation: the same images, moved; the same generator, the same moves."""

import torch

from fewtext.training.augmentation import jittered
from fewtext.training.batching import Batch


def batch():
    x = torch.zeros(2, 3, 1, 28, 28)
    x[..., 10:18, 12:14] = 1
    y = torch.arange(3).expand(2, -1)
    return Batch(x, y, torch.ones(2, 3), x.clone(), y, 3)


def moved(jitter, seed=0):
    return jittered(batch(), jitter, torch.Generator().manual_seed(seed))


def test_every_image_moves_by_itself_and_keeps_its_class():
    found = moved(0.2)
    assert found.x.shape == batch().x.shape and torch.equal(found.y, batch().y)
    images = torch.cat([found.x.flatten(0, 1), found.query.flatten(0, 1)])
    assert len({tuple(p.flatten().tolist()) for p in images}) == len(images)
    ink = images.sum((1, 2, 3))
    assert (ink > 6).all() and (ink < 32).all()  # 16 pixels of ink, scaled by 0.8 to 1.2 each way


def test_no_jitter_is_no_move_and_one_seed_one_move():
    torch.testing.assert_close(moved(0.0).x, batch().x, rtol=0, atol=1e-5)
    assert torch.equal(moved(0.1).query, moved(0.1).query) and not torch.equal(moved(0.1).x, moved(0.1, seed=1).x)
