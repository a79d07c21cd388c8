"""The contract of a backbone, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import backbone_checks

    @backbone_checks(Residual)
    def test_residual(check):
        check()
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from fewtext.contracts.backbone import Backbone
from fewtext.errors import FewtextError
from fewtext.testing.kit import Checks, Excused, checks_of, parametrized
from fewtext.testing.signatures import assert_options_are_declared
from fewtext.testing.tolerance import assert_same

SHAPES = {"vectors": (24,), "images": (1, 32, 32)}
ROWS = 6


@dataclass(frozen=True)
class BackboneCase:
    """A backbone under test, on random features of the shapes that it takes, in float64."""

    kind: type[Backbone]
    options: Mapping[str, Any] = field(default_factory=dict)

    def bodies(self, seed: int = 0) -> list[tuple[Backbone, Tensor]]:
        """Return the backbone for each shape that it takes, ready to embed, and features of that shape."""
        taken, refusals = [], []
        for shape in SHAPES.values():
            try:
                with torch.random.fork_rng(devices=[]):
                    torch.manual_seed(seed)
                    body = self.kind(shape, **self.options).double().eval()
                generator = torch.Generator().manual_seed(1)
                taken.append((body, torch.randn(ROWS, *shape, generator=generator, dtype=torch.float64)))
            except (ValueError, FewtextError) as error:  # which says that the shape is not for it
                refusals.append(f"{shape}: {error}")
        assert taken, f"it takes neither vectors nor images: {'; '.join(refusals)}"
        return taken


def check_options_are_declared(case: BackboneCase) -> None:
    """Options are keyword-only parameters with a type and a default; the class has a name."""
    assert_options_are_declared(case.kind)


def check_takes_vectors_or_images(case: BackboneCase) -> None:
    """It is built for vectors ``[d]`` or for images ``[channels, h, w]``, and refuses others by ``ValueError``."""
    case.bodies()


def check_embeds_each_row_to_a_vector(case: BackboneCase) -> None:
    """Embeddings are finite, ``[n, features]``, in the dtype of the features; ``features`` is their length."""
    for body, x in case.bodies():
        z = body(x)
        assert isinstance(body.features, int), "features is the length of an embedding, a whole number"
        assert z.shape == (ROWS, body.features), f"embeddings have the shape {tuple(z.shape)}: make it [n, features]"
        assert z.dtype == x.dtype, f"embeddings are {z.dtype} for features of {x.dtype}"
        assert z.isfinite().all(), "embeddings are finite"


def check_rows_do_not_see_each_other(case: BackboneCase) -> None:
    """The embedding of a row is the same alone and in company (excused: ``transductive``)."""
    for body, x in case.bodies():
        if body.transductive:
            raise Excused(f"{body.name} declares that it is transductive")
        alone = torch.cat([body(row[None]) for row in x])
        assert_same(body(x), alone, "an embedding depends on the others of the batch: declare transductive = True")


def check_vmap_equals_the_loop(case: BackboneCase) -> None:
    """Several batches at once by ``vmap`` give what one after the other gives."""
    for body, x in case.bodies():
        batches = torch.stack([x, x.flip(0)])
        assert_same(torch.stack([body(b) for b in batches]), torch.func.vmap(body)(batches), "vmap and a loop disagree")


def check_asking_twice_gives_one_answer(case: BackboneCase) -> None:
    """In evaluation mode it draws no random numbers and changes no buffer."""
    for body, x in case.bodies():
        before = {name: value.clone() for name, value in body.state_dict().items()}
        assert torch.equal(body(x), body(x)), "asking twice gave two embeddings"
        assert all(torch.equal(value, before[name]) for name, value in body.state_dict().items()), "a buffer changed"


def check_gradients_reach_every_parameter(case: BackboneCase) -> None:
    """A loss of the embeddings has a gradient for every parameter."""
    for body, x in case.bodies():
        if not list(body.parameters()):
            raise Excused(f"{body.name} has no parameters")
        z = body(x)
        weight = torch.randn(z.shape, generator=torch.Generator().manual_seed(2), dtype=z.dtype)
        (z * weight).sum().backward()
        for name, parameter in body.named_parameters():
            assert parameter.grad is not None and parameter.grad.isfinite().all(), f"no gradient for {name}"


def check_survives_a_state_dict_round_trip(case: BackboneCase) -> None:
    """Another instance with this one's weights embeds alike."""
    for (one, x), (other, _) in zip(case.bodies(), case.bodies(seed=1), strict=True):
        other.load_state_dict(one.state_dict())
        assert_same(one(x), other(x), "something that matters is not in the state_dict")


def check_same_seed_same_weights(case: BackboneCase) -> None:
    """Its first weights depend on torch's seed alone."""
    for (one, x), (other, _) in zip(case.bodies(seed=5), case.bodies(seed=5), strict=True):
        assert torch.equal(one(x), other(x)), "two backbones made with one seed embed differently"


BACKBONE_CHECKS: Checks[BackboneCase] = checks_of(globals())


def backbone_checks(kind: type[Backbone], **options: Any) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check; ``options`` are given to the backbone."""
    return parametrized(BACKBONE_CHECKS, [("", BackboneCase(kind, options))])
