"""A plugin that offers each mistake as a learner, and an encoder that takes no time: installed for a test."""

import torch
from learner_mistakes import MISTAKES, kind_of

from fewtext.api import Encoder, hookimpl

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class Letters(Encoder):
    """How often each letter is there."""

    name, shape, fingerprint, device = "odd-letters", (26,), "odd-letters", torch.device("cpu")

    def __init__(self, model=None, *, device="auto", dtype="auto", max_length=None, offline=False):
        pass

    def encode(self, items, progress=None):
        return torch.tensor([[float(item.count(letter)) for letter in LETTERS] for item in items])


def spelled(mistake):
    return "odd-" + mistake.__name__.replace("_", "-")


@hookimpl
def learners():
    return [kind_of(mistake, spelled(mistake)) for mistake in MISTAKES]


@hookimpl
def encoders():
    return [Letters]
