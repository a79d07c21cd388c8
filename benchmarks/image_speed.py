"""Training on images: episodes a second of a prototypical network, beside ``easyfsl`` doing the same work.

    python benchmarks/image_speed.py [--steps 6] [--rounds 5]

60 classes, one example and five queries each, images of 28 x 28 held in memory, Conv4-64 with group normalisation,
Adam; drawing an episode, forward and backward pass, and a step. ``easyfsl``: its dataset, sampler, collate function and
PrototypicalNetworks over the usual network, in the loop of its tutorial. ``fewtext``: ``meta_train`` with
its Conv4, in float32 and in bfloat16. Rounds alternate; medians are compared, of the clock and of the seconds of
computing. Prints a JSON line.
"""

import argparse
import json
from dataclasses import replace

import torch
from meta_speed import alternate, compared, import_easyfsl, surroundings
from torch import nn

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.loop import meta_train

CLASSES, EACH, SHAPE = 400, 20, (1, 28, 28)
WAYS, SHOTS, QUERIES = 60, 1, 5


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    generator = torch.Generator().manual_seed(0)
    x = (torch.rand(CLASSES * EACH, *SHAPE, generator=generator) < 0.15).float()
    y = torch.arange(CLASSES).repeat_interleave(EACH)
    features = Features(x, y, tuple(map(str, range(CLASSES))))
    sides = {
        "easyfsl": easyfsl(features, asked.steps),
        "fewtext float32": fewtext(features, "conv4", asked.steps),
        "fewtext bfloat16": fewtext(features, "conv4:precision=bfloat16", asked.steps),
    }
    times = alternate(sides, asked.rounds)
    result = {
        "what": f"protonet trained on images, {WAYS}-way {SHOTS}-shot, {QUERIES} queries, one episode a step",
        **compared(times, "episodes", asked.steps, "easyfsl"),
    }
    print(json.dumps({**result, **surroundings()}))


def easyfsl(features, steps):
    def block(inputs):
        return nn.Sequential(nn.Conv2d(inputs, 64, 3, padding=1), nn.GroupNorm(8, 64), nn.ReLU(), nn.MaxPool2d(2))

    _, dataset, loader_of, method = import_easyfsl(features)
    net = method(nn.Sequential(block(1), block(64), block(64), block(64), nn.Flatten())).train()
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-3)

    def train():
        for support, labels, query, target, _ in loader_of(dataset, steps, WAYS, SHOTS, QUERIES):
            optimizer.zero_grad()
            net.process_support_set(support, labels)
            nn.functional.cross_entropy(net(query), target).backward()
            optimizer.step()

    return train


def fewtext(features, backbone, steps):
    cls = discovery.learner("protonet")
    learner = build_learner(cls, {}, SHAPE, backbone)
    plain = {"ways": Range(WAYS, WAYS), "shots": Range(SHOTS, SHOTS), "queries": QUERIES, "tasks": 1}
    plain |= {"jitter": 0.0, "distort": 0.0, "mirror": False, "average": 0.0}  # as easyfsl's tutorial trains
    recipe = replace(cls.recipe_for("image"), steps=steps, validate_every=steps, **plain)
    return lambda: meta_train(learner, features, None, recipe)


if __name__ == "__main__":
    main()
