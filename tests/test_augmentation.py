"""Augmentation: the same images, moved, bent and mirrored; the same generator, the same changes."""

import torch

from fewtext.contracts.recipe import Recipe
from fewtext.training.augmentation import augmented
from fewtext.training.batching import Batch


def batch():
    x = torch.zeros(2, 3, 1, 28, 28)
    x[..., 10:18, 12:14] = 1
    y = torch.arange(3).expand(2, -1)
    return Batch(x, y, torch.ones(2, 3), x.clone(), y, 3)


def changed(seed=0, **changes):
    return augmented(batch(), Recipe(**changes), torch.Generator().manual_seed(seed))


def test_every_image_moves_by_itself_and_keeps_its_class():
    for changes in ({"jitter": 0.2}, {"distort": 0.1}):
        found = changed(**changes)
        assert found.x.shape == batch().x.shape and torch.equal(found.y, batch().y)
        images = torch.cat([found.x.flatten(0, 1), found.query.flatten(0, 1)])
        assert len({tuple(p.flatten().tolist()) for p in images}) == len(images)
        ink = images.sum((1, 2, 3))
        assert (ink > 6).all() and (ink < 32).all()  # 16 pixels of ink, scaled by 0.8 to 1.2 each way


def test_no_change_is_none_and_one_seed_one_change():
    assert torch.equal(changed().x, batch().x)
    torch.testing.assert_close(changed(jitter=1e-9, distort=1e-9).x, batch().x, rtol=0, atol=1e-5)
    assert torch.equal(changed(jitter=0.1).query, changed(jitter=0.1).query)
    assert not torch.equal(changed(distort=0.1).x, changed(distort=0.1, seed=1).x)


def test_a_distortion_is_smooth_and_an_affine_map_is_straight():
    """A straight line stays straight under an affine map and bends under a distortion."""

    def bend(**changes):
        lines = torch.zeros(1, 64, 1, 28, 28)
        lines[..., 13:15, :] = 1
        many = Batch(lines, torch.zeros(1, 64, dtype=torch.int64), torch.ones(1, 64), lines, torch.zeros(1, 64), 1)
        image = augmented(many, Recipe(**changes), torch.Generator().manual_seed(0)).x[0, :, 0].double()
        height = (image * torch.arange(28.0)[:, None]).sum(1) / image.sum(1)  # of the line, column by column
        return (height[:, 6:22].diff(n=2).abs()).mean().item()

    assert 5 * bend(jitter=0.1) < bend(distort=0.1) < 1


def test_a_class_is_mirrored_whole_support_and_queries_alike():
    x = torch.zeros(50, 6, 1, 16, 16)
    x[..., :4] = 1  # ink on the left
    y = torch.arange(3).repeat(2).expand(50, -1)
    found = augmented(Batch(x, y, torch.ones(50, 6), x.clone(), y, 3), Recipe(mirror=True), torch.Generator())
    right = found.x[..., -1].mean((2, 3)) == 1
    assert torch.equal(right[:, :3], right[:, 3:]), "two examples of a class are mirrored together"
    assert torch.equal(found.query, found.x), "queries as their support"
    assert 0.3 < right.double().mean().item() < 0.7 and not torch.equal(right[:, 0], right[:, 1])
