"""Training that starts from a trained learner's backbone."""

import warnings
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from fewtext.datasets.session import Session
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.learners.spec import find_learner
from fewtext.training.plan import plan_training

KEPT = str(Path(__file__).parent.parent / "examples" / "omniglot-protonet")


def plan(corpus="glyphs", encoder="pixels:28x28x1,invert", **changes):
    return plan_training(Session(device="cpu"), corpus, "rl2", {}, changes, encoder=encoder)


def test_the_backbone_has_the_weights_of_the_start_and_the_rest_has_its_own():
    start = find_learner(KEPT)
    planned = plan(start=KEPT)
    own = planned.learner.state_dict()
    assert planned.recipe.backbone == start.backbone and planned.settings.recipe["start"] == KEPT
    assert all(torch.equal(own[name], value) for name, value in start.weights.items() if name.startswith("backbone."))
    assert not all(torch.equal(a, b) for a, b in zip(own.values(), plan().learner.state_dict().values(), strict=True))


def test_options_of_the_backbone_that_hold_no_weights_may_change():
    with pytest.warns(FewtextWarning, match="go on as conv4:down=ceil,precision=bfloat16,orientations=4"):
        planned = plan(start=KEPT, backbone="conv4:down=ceil,precision=bfloat16,orientations=4")
    assert planned.recipe.backbone == planned.settings.backbone == "conv4:down=ceil,precision=bfloat16,orientations=4"
    own, kept = planned.learner.state_dict(), find_learner(KEPT).weights
    assert all(torch.equal(own[name], value) for name, value in kept.items() if name.startswith("backbone."))


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"start": "protonet"}, "parameter 'start': no folder 'protonet'"),
        ({"start": KEPT, "backbone": "conv4:width=32"}, r"its backbone conv4:\S+ has other weights than the one"),
        ({"start": KEPT, "encoder": "pixels:28x28x1"}, "trained on the features of another encoder"),
        ({"start": "no/folder"}, "parameter 'start': no folder 'no/folder'"),
        ({"start": ""}, "parameter 'start': no folder ''"),
    ],
)
def test_a_start_that_does_not_fit_is_an_error(changes, says):
    with pytest.raises(FewtextError, match=says), warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        plan(**changes)


def test_a_start_of_another_learner_is_not_taken_for_a_random_one():
    """What its training began with is not known from its seed alone, so nothing is reported as that."""
    started = find_learner(KEPT)
    assert started.run.recipe["start"] and started.untrained((1, 28, 28)) is None
    spec = replace(started, run=replace(started.run, recipe={**started.run.recipe, "start": None}))
    assert spec.untrained((1, 28, 28)) is not None
