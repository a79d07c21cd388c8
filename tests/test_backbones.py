"""Conv4 embeds each image by itself unless asked otherwise, and its faster forms give the same results."""

import pytest
import torch

from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.errors import FewtextError
from fewtext.learners.backbones import BatchStatistics, Conv4, GroupNorm
from fewtext.learners.spec import LearnerSpec
from fewtext.learners.views import read_at, view_grids
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training import batching
from fewtext.training.batching import Batch, over_tasks

IMAGES = torch.rand(6, 1, 28, 28, generator=torch.Generator().manual_seed(0))
BATCH = Batch(
    IMAGES.view(2, 3, 1, 28, 28),
    torch.arange(3).expand(2, -1),
    torch.ones(2, 3),
    torch.rand(2, 6, 1, 28, 28, generator=torch.Generator().manual_seed(1)),
    torch.arange(3).repeat(2).expand(2, -1),
    3,
)


def conv4(**options):
    torch.manual_seed(0)
    return Conv4((1, 28, 28), width=16, **options)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_group_normalisation_is_pytorchs(layout):
    torch.manual_seed(0)
    x = torch.randn(6, 16, 7, 7).contiguous(memory_format=layout)
    ours, theirs = GroupNorm(8, 16), torch.nn.GroupNorm(8, 16)
    with torch.no_grad():
        ours.weight.normal_(), ours.bias.normal_()
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)
    by_vmap = torch.func.vmap(ours)(x.unflatten(0, (2, 3))).flatten(0, 1)
    torch.testing.assert_close(by_vmap, theirs(x), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("down", ["pool", "ceil", "stride"])
@pytest.mark.parametrize("side", [16, 28, 33])
def test_the_embedding_is_as_long_as_it_says(down, side):
    backbone = Conv4((3, side, side), width=8, down=down)
    assert backbone(torch.rand(2, 3, side, side)).shape == (2, backbone.features)


def test_a_narrow_network_still_distinguishes_images():
    """Where a group was one channel of one pixel, normalising would leave nothing but the bias."""
    embedding = Conv4((1, 16, 16), width=8)(torch.rand(5, 1, 16, 16))
    assert embedding.std(0).max() > 0.01


def test_batch_statistics_are_pytorchs():
    torch.manual_seed(0)
    x = torch.randn(6, 16, 7, 7)
    ours, theirs = BatchStatistics(16), torch.nn.BatchNorm2d(16, track_running_stats=False)
    with torch.no_grad():
        ours.weight.normal_(), ours.bias.normal_()
    theirs.load_state_dict(ours.state_dict())
    torch.testing.assert_close(ours(x), theirs(x), rtol=1e-4, atol=1e-5)


def test_images_are_normalised_each_by_itself_or_all_together():
    alone, among = conv4()(IMAGES[:2]), conv4()(IMAGES)[:2]
    torch.testing.assert_close(alone, among, rtol=1e-4, atol=1e-5)
    assert not conv4().transductive and conv4(norm="batch").transductive
    alone, among = conv4(norm="batch")(IMAGES[:2]), conv4(norm="batch")(IMAGES)[:2]
    assert (alone - among).abs().max() > 0.01


def test_ceil_pools_what_floor_leaves_out():
    """The last row of an odd side: without it, 28 pixels end as one place, with it as two by two."""
    assert conv4(down="ceil").features == 4 * conv4().features
    assert sum(p.numel() for p in conv4(down="ceil").parameters()) == sum(p.numel() for p in conv4().parameters())
    even = torch.rand(2, 1, 32, 32, generator=torch.Generator().manual_seed(0))
    one, other = (Conv4((1, 32, 32), width=8, down=down) for down in ("pool", "ceil"))
    other.load_state_dict(one.state_dict())
    torch.testing.assert_close(one(even), other(even))


def test_views_average_an_images_embedding_by_itself_outside_training():
    many = conv4(views=5, length=2.0).eval()
    torch.testing.assert_close(many(IMAGES)[:2], many(IMAGES[:2]), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(many(IMAGES).norm(dim=-1), torch.full((6,), 2.0))
    one, plain = conv4(views=5), conv4()
    torch.testing.assert_close(one.train()(IMAGES), plain(IMAGES))
    moved = [read_at(IMAGES, grid.expand(6, 28, 28, 2)) for grid in view_grids(5, (28, 28))]
    expected = sum(map(plain, [IMAGES, *moved])) / 5
    torch.testing.assert_close(one.eval()(IMAGES), expected, rtol=1e-4, atol=1e-5)
    with pytest.raises(ValueError, match="views=0"):
        conv4(views=0)


def test_orientations_stand_side_by_side_outside_training():
    """Distances are the mean of those in each orientation, so that turned images change places and no answer."""
    plain, four, eight = conv4(), conv4(orientations=4), conv4(orientations=8)
    seen = [turned for image in (IMAGES, IMAGES.flip(-1)) for turned in (image.rot90(k, (-2, -1)) for k in range(4))]
    expected = torch.stack([plain(image) for image in seen], 1)
    torch.testing.assert_close(eight.eval()(IMAGES), expected.flatten(1) / 8**0.5, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(four.eval()(IMAGES), expected[:, :4].flatten(1) / 2, rtol=1e-4, atol=1e-5)
    apart = torch.cdist(eight(IMAGES), eight(IMAGES))
    for turned in seen[1:]:
        torch.testing.assert_close(torch.cdist(eight(turned), eight(turned)), apart, rtol=1e-3, atol=1e-3)
    trained = eight.train()(IMAGES)
    assert trained.shape[1] == eight.features == 8 * plain.features
    torch.testing.assert_close(torch.cdist(trained, trained), torch.cdist(plain(IMAGES), plain(IMAGES)))


@pytest.mark.parametrize(("shape", "count"), [((1, 28, 28), 0), ((1, 28, 28), 2), ((1, 28, 32), 4)])
def test_orientations_are_of_square_images(shape, count):
    with pytest.raises(ValueError, match=f"orientations={count} must be 1, or 4 or 8 for square images"):
        Conv4(shape, width=8, orientations=count)


def test_large_tasks_of_images_are_answered_as_small_ones_are(monkeypatch):
    learner = build_learner(discovery.learner("protonet"), {}, (1, 28, 28), "conv4:width=8")
    together = over_tasks(learner, learner.loss, BATCH)
    monkeypatch.setattr(batching, "IMAGES_OF_A_TASK", 1)
    monkeypatch.setattr(torch.func, "vmap", None)  # which would fail
    torch.testing.assert_close(over_tasks(learner, learner.loss, BATCH), together, rtol=1e-4, atol=1e-4)


def test_images_that_see_each_other_are_embedded_together():
    many = IMAGES.repeat(60, 1, 1, 1)
    backbone = conv4(norm="batch").eval()
    torch.testing.assert_close(backbone(many), backbone.blocks(many))


def test_many_images_are_embedded_as_few_are():
    many = IMAGES.repeat(60, 1, 1, 1)  # more than go through at once
    torch.testing.assert_close(conv4()(many)[-6:], conv4()(IMAGES), rtol=1e-4, atol=1e-5)


def test_half_precision_is_near_and_length_a_length():
    exact = conv4()(IMAGES)
    near = conv4(precision="bfloat16")(IMAGES)
    assert near.dtype == torch.float32
    assert torch.nn.functional.cosine_similarity(exact, near).min() > 0.999
    long = conv4(length=3.0)(IMAGES)
    torch.testing.assert_close(long.norm(dim=-1), torch.full((6,), 3.0))
    torch.testing.assert_close(torch.nn.functional.cosine_similarity(exact, long), torch.ones(6))


def test_answers_to_files_do_not_depend_on_each_other():
    """Batch statistics are for comparing with papers: evaluate takes them and says so, classify does not."""
    learner_spec = LearnerSpec(discovery.learner("protonet"), {}, "conv4:norm=batch")
    assert build_learner(discovery.learner("protonet"), {}, (1, 28, 28), learner_spec.backbone).backbone.transductive
    items = discovery.corpus("glyphs").load_all()
    model = SingleLabelClassifier(learner=learner_spec, encoder="pixels:28x28x1")
    with pytest.raises(FewtextError, match="would depend on the other queries"):
        model.fit(items.items[:40], items.labels[:40])


@pytest.mark.parametrize("name", ["protonet", "maml"])
@pytest.mark.parametrize("options", ["norm=group", "norm=batch", "down=stride"])
def test_many_tasks_at_once_are_one_after_the_other(name, options):
    """Every backbone goes through vmap, second derivatives included, and tasks do not see each other."""
    cls = discovery.learner(name)
    learner = build_learner(
        cls, dict(cls.recipe_for("image").options), (1, 28, 28), f"conv4:width=8,length=20,{options}"
    )
    together = over_tasks(learner, learner.loss, BATCH)
    together.sum().backward()
    gradient = [p.grad.clone() for p in learner.parameters()]
    learner.zero_grad()
    learner.vectorizes = False
    apart = over_tasks(learner, learner.loss, BATCH)
    apart.sum().backward()
    torch.testing.assert_close(together, apart, rtol=1e-3, atol=1e-4)
    for one, other in zip(gradient, learner.parameters(), strict=True):
        assert (one - other.grad).norm() <= 0.01 * other.grad.norm() + 1e-3


@pytest.mark.parametrize("norm", ["group", "batch"])
def test_half_precision_goes_through_many_tasks_and_second_derivatives(norm):
    cls = discovery.learner("maml")
    options = dict(cls.recipe_for("image").options)
    losses = [
        over_tasks(learner, learner.loss, BATCH).mean()
        for learner in (
            build_learner(cls, options, (1, 28, 28), f"conv4:width=8,length=20,norm={norm},precision={precision}")
            for precision in ("float32", "bfloat16")
        )
    ]
    assert losses[0].item() == pytest.approx(losses[1].item(), rel=0.05)
    losses[1].backward()


@pytest.mark.parametrize("options", [{"width": 0}, {"width": -8}, {"length": -1.0}])
def test_an_impossible_size_is_refused(options):
    with pytest.raises(ValueError, match=r"width=-?\d+ must be from 1 to 4096, length=-?[\d.]+ at least 0"):
        Conv4((1, 28, 28), **{"width": 16, **options})


def test_any_width_is_possible():
    assert Conv4((1, 28, 28), width=12)(IMAGES).shape == (6, 12)
