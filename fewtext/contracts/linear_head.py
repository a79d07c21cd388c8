"""Linear heads: what a learner's ``fit`` may return where its logits are linear, so that they can leave torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.contracts.backbone import Backbone


@dataclass(frozen=True, eq=False)
class LinearHead:
    """A classifier with logits ``scale * ((z - centre) @ weight) + bias`` of embeddings ``z``.

    ``weight`` is ``[features, ways]``, ``bias`` ``[ways]``, ``centre`` ``[features]``. ``z`` is what the backbone
    gives, scaled to length 1 where ``unit`` is true. A learner whose fits return it can be exported, and a saved model
    keeps its tensors and is loaded without another fit.
    """

    backbone: Backbone
    weight: Tensor
    bias: Tensor | None = None
    unit: bool = False
    centre: Tensor | None = None
    scale: Tensor | float = 1.0

    def __call__(self, x: Tensor) -> Tensor:
        """Return logits ``[n, ways]`` of features ``[n, *shape]``."""
        z: Tensor = self.backbone(x)
        if self.unit:
            z = normalize(z, dim=-1)
        if self.centre is not None:
            z = z - self.centre
        logits = self.scale * (z @ self.weight)
        return logits if self.bias is None else logits + self.bias

    @property
    def tensors(self) -> dict[str, Tensor]:
        """All but the backbone, as tensors by name."""
        found = {"weight": self.weight, "unit": torch.tensor(self.unit), "scale": torch.as_tensor(self.scale)}
        more = {"bias": self.bias, "centre": self.centre}
        return found | {name: tensor for name, tensor in more.items() if tensor is not None}

    @classmethod
    def of(cls, backbone: Backbone, tensors: Mapping[str, Tensor]) -> LinearHead:
        """Return the head that has these ``tensors``; raise ``KeyError`` where no head has."""
        bias, centre = tensors.get("bias"), tensors.get("centre")
        return cls(backbone, tensors["weight"], bias, bool(tensors["unit"]), centre, tensors["scale"])
