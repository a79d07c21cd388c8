"""Backbones: modules from features to an embedding, meta-trained where there is training. The encoder stays frozen."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm, normalize

from fewtext.contracts.backbone import Backbone
from fewtext.errors import FewtextError
from fewtext.learners.views import MOST_VIEWS, ORIENTATIONS, oriented, over_views, view_grids
from fewtext.registry.hookspecs import hookimpl

MOST_LAYERS = 64
AT_ONCE = 120  # images in a processor's caches, at 64 channels of 28 x 28


class Identity(Backbone):
    """The features as they are, images flattened: what an untrained learner uses on the encoder's vectors."""

    name = "identity"

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self.features = math.prod(shape)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[n, features]``."""
        return x.flatten(1)


class Perceptron(Backbone):
    """A linear layer ``first`` on prepared vectors, and the ``rest`` of the network after it.

    They are apart since gradient steps on ``first`` have a Gram form (``fewtext.learners.fast_weights``).
    """

    first: nn.Linear
    rest: nn.Module

    def inputs(self, x: Tensor) -> Tensor:
        """Return the vectors that the first layer sees: ``[n, d]``."""
        return x

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[n, features]``."""
        embedding: Tensor = self.rest(self.first(self.inputs(x)))
        return embedding

    def _width(self) -> int:
        if len(self.shape) != 1:
            raise FewtextError(f"backbone {self.name} takes vectors, not {self.shape}", hint="use conv4 for images")
        return self.shape[0]


class Linear(Perceptron):
    """A square linear map that starts as ``gain`` times the identity: training starts from the encoder's geometry."""

    name = "linear"

    def __init__(self, shape: tuple[int, ...], *, gain: float = 1.0) -> None:
        super().__init__(shape)
        self.features = self._width()
        self.first = nn.Linear(self.features, self.features)
        self.rest = nn.Identity()
        with torch.no_grad():
            self.first.weight.copy_(gain * torch.eye(self.features))
            self.first.bias.zero_()


class Mlp(Perceptron):
    """Perceptron with ReLU between its ``layers``, on vectors normalised to mean 0 and variance 1 each.

    The coordinates of unit vectors are so small that without normalisation the biases would dominate.
    """

    name = "mlp"

    def __init__(self, shape: tuple[int, ...], *, hidden: int = 64, features: int = 64, layers: int = 2) -> None:
        super().__init__(shape)
        if min(hidden, features, layers) < 1 or layers > MOST_LAYERS:
            raise ValueError(f"hidden, features and layers must be at least 1, and layers at most {MOST_LAYERS}")
        widths = [self._width(), *[hidden] * (layers - 1), features]
        self.features = features
        self.first = nn.Linear(widths[0], widths[1])
        rest: list[nn.Module] = []
        for before, after in zip(widths[1:], widths[2:], strict=False):
            rest += [nn.ReLU(), nn.Linear(before, after)]
        self.rest = nn.Sequential(*rest)

    def inputs(self, x: Tensor) -> Tensor:
        """Return each vector with mean 0 and variance 1."""
        return layer_norm(x, self.shape)


def _transformed() -> bool:
    """Whether ``vmap`` or a functional gradient is at work: PyTorch's own normalisation is then slow, or refused."""
    return bool(torch._C._are_functorch_transforms_active())


class GroupNorm(nn.GroupNorm):
    """PyTorch's group normalisation; under ``vmap`` as a multiplication and an addition a pixel, channels last."""

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[n, c, h, w]`` with mean 0 and variance 1 in each group of channels, then scaled and shifted."""
        if not _transformed():
            return super().forward(x)
        groups = x.to(torch.promote_types(x.dtype, torch.float32)).view(len(x), self.num_groups, -1, *x.shape[2:])
        variance, mean = torch.var_mean(groups, (2, 3, 4), correction=0, keepdim=True)
        scale = (variance + self.eps).rsqrt() * self.weight.view(1, self.num_groups, -1, 1, 1)
        shift = self.bias.view(scale.shape[1:]) - mean * scale
        return x * scale.flatten(1, 2) + shift.flatten(1, 2)


class BatchStatistics(nn.BatchNorm2d):
    """Batch normalisation by the current batch, without running statistics, in training or not; ``vmap`` takes it."""

    def __init__(self, width: int) -> None:
        super().__init__(width, track_running_stats=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[n, c, h, w]`` with mean 0 and variance 1 in each channel of all images, scaled and shifted."""
        exact = x.to(torch.promote_types(x.dtype, torch.float32))
        variance, mean = torch.var_mean(exact, (0, 2, 3), correction=0)
        scale = (variance + self.eps).rsqrt() * self.weight
        return x * scale[:, None, None] + (self.bias - mean * scale)[:, None, None]


class Conv4(Backbone):
    """The four convolution blocks of the few-shot literature, on images ``[channels, h, w]``.

    Departures, for speed: all blocks but the last pool before they normalise, which leaves a quarter to normalise (on
    Omniglot, after 150 steps, it was no worse), and ``precision=bfloat16`` multiplies at half the precision.
    ``down=stride`` convolves with stride 2 instead of pooling, as MAML's authors did on Omniglot: a quarter of the
    work, and slower to learn here. ``down=ceil`` pools the last row and column of an odd side, too, which pooling
    leaves out: 28 pixels become 14, 7, 4 and 2, instead of 14, 7, 3 and 1.

    ``length`` scales every embedding to this length: with a head that starts at zero, it determines how far the first
    inner step goes.

    ``views`` averages an image's embedding, outside training, over so many slightly moved copies of it, which takes as
    many times as long. ``orientations=4`` puts side by side, outside training, the embeddings of an image and of its
    quarter turns, ``8`` those of its mirror images, too: an ensemble of one network, for images whose turns and mirror
    images it was trained on as classes of their own, and for learners that compare embeddings. In training each of them
    is the image as it is.

    Groups of channels are normalised within each image. ``norm=batch`` normalises over all images that are embedded
    together, as in many papers: then the queries of a task influence each other, and reports call it transductive.
    """

    name = "conv4"

    def __init__(
        self,
        shape: tuple[int, ...],
        *,
        width: int = 64,
        down: Literal["pool", "ceil", "stride"] = "pool",
        norm: Literal["group", "batch"] = "group",
        precision: Literal["float32", "bfloat16"] = "float32",
        length: float = 0.0,
        views: int = 1,
        orientations: int = 1,
    ) -> None:
        super().__init__(shape)
        if len(shape) != 3 or min(shape[1:]) < 16:
            what = f"backbone conv4 takes images of 16 x 16 at least, not {shape}"
            raise FewtextError(what, hint="choose another backbone, or a larger size of pixels")
        if not 1 <= width <= 4096 or length < 0:
            raise ValueError(f"width={width} must be from 1 to 4096, length={length} at least 0")
        if not 1 <= views <= MOST_VIEWS:
            raise ValueError(f"views={views} must be from 1 to {MOST_VIEWS}")
        if orientations not in ORIENTATIONS or orientations > 1 and shape[1] != shape[2]:
            raise ValueError(f"orientations={orientations} must be 1, or 4 or 8 for square images")
        self.transductive = norm == "batch"
        self.precision, self.length, self.orientations = precision, length, orientations
        self.grids: Tensor
        self.register_buffer("grids", view_grids(views, shape[1:]), persistent=False)

        def block(inputs: int, last: bool = False) -> nn.Sequential:
            step = nn.Conv2d(inputs, width, 3, padding=1, stride=2 if down == "stride" else 1)
            smaller = [] if down == "stride" else [nn.MaxPool2d(2, ceil_mode=down == "ceil")]
            normalise = BatchStatistics(width) if norm == "batch" else GroupNorm(math.gcd(8, width), width)
            if last:  # what it would leave to normalise is a single pixel
                return nn.Sequential(step, normalise, nn.ReLU(), *smaller)
            return nn.Sequential(step, *smaller, normalise, nn.ReLU())

        self.blocks = nn.Sequential(block(shape[0]), block(width), block(width), block(width, last=True), nn.Flatten())
        self.blocks.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # 1.5 to 2 times faster on processors
        height, across = (side // 16 if down == "pool" else -(-side // 16) for side in shape[1:])
        self.places = height * across
        self.features = width * self.places * orientations

    def forward(self, x: Tensor) -> Tensor:
        """Return ``[n, features]``."""
        if self.training:
            embedding = self._embedded(x).repeat(1, self.orientations)
        else:
            seen = oriented(x, self.orientations)
            embedding = torch.cat([over_views(self._embedded, images, self.grids) for images in seen], -1)
        embedding = embedding / self.orientations**0.5  # as far apart as without
        return self.length * normalize(embedding, dim=-1) if self.length else embedding

    def _embedded(self, x: Tensor) -> Tensor:
        by_parts = x.device.type == "cpu" and not self.transductive and not _transformed()
        with torch.autocast(x.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            embedding = torch.cat([self.blocks(part) for part in torch.split(x, AT_ONCE if by_parts else len(x))])
        return embedding.to(x.dtype)


@hookimpl
def backbones() -> Iterable[type[Backbone]]:
    """Offer the backbones of the core."""
    return [Identity, Linear, Mlp, Conv4]
