"""Backbones: modules from features to an embedding, meta-trained where there is training. The encoder stays frozen."""

from torch import nn


def identity() -> nn.Module:
    """Return the features as they are: what an untrained learner uses on the encoder's vectors."""
    return nn.Identity()


def mlp(features: int, *hidden: int) -> nn.Module:
    """Return a perceptron from ``[n, features]`` to ``[n, hidden[-1]]``, with ReLU between the layers."""
    layers: list[nn.Module] = []
    for width in hidden:
        layers += [nn.Linear(features, width), nn.ReLU()]
        features = width
    return nn.Sequential(*layers[:-1])


def conv4(channels: int, width: int = 64) -> nn.Module:
    """Return the four convolution blocks of the few-shot literature: ``[n, channels, h, w]`` to ``[n, d]``.

    Group normalisation in the place of batch normalisation: with batch statistics queries see each other, with running
    statistics a fit would change the learner.
    """

    def block(inputs: int) -> nn.Sequential:
        return nn.Sequential(
            nn.Conv2d(inputs, width, 3, padding=1), nn.GroupNorm(min(8, width), width), nn.ReLU(), nn.MaxPool2d(2)
        )

    return nn.Sequential(block(channels), block(width), block(width), block(width), nn.Flatten())
