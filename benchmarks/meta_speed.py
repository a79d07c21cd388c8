"""The speed of meta-learning beside the libraries in common use: ``make bench``.

    python benchmarks/meta_speed.py [--tasks 32] [--episodes 600] [--rounds 15]

``maml``: one outer step of MAML, Adam's included, by ``higher``, by fewtext, and by fewtext in the Gram form, after a
check that the three meta-gradients are equal. ``protonet``: a prototypical network evaluated on stored features, by
``easyfsl`` (its dataset, sampler, collate function and ``evaluate``) and by fewtext, drawing the episodes and, for
fewtext, timing single tasks included. Rounds alternate; medians are compared, of the clock and of the seconds of
computing, which another process on the same machine changes less. Prints a JSON line for each.
"""

import argparse
import json
import os
import platform
import statistics
import time
from importlib.metadata import version
from pathlib import Path

import higher
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.batching import over_tasks
from fewtext.training.episodes import EpisodeSampler

SIZE, CLASSES, EACH = 384, 75, 40
WAYS, SHOTS, QUERIES = 5, 1, 15
STEPS, RATE, OUTER_RATE = 5, 0.1, 1e-3


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", type=int, default=32)
    parser.add_argument("--episodes", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=15)
    asked = parser.parse_args()
    features = random_features()
    for result in (maml(features, asked.tasks, asked.rounds), protonet(features, asked.episodes, asked.rounds)):
        print(json.dumps({**result, **surroundings()}), flush=True)


def random_features():
    """Return vectors around a centre for each class, so far apart that about four in five tasks' queries are right."""
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(CLASSES).repeat_interleave(EACH)
    centres = torch.randn(CLASSES, SIZE, generator=generator)
    x = centres[y] + 3.5 * torch.randn(len(y), SIZE, generator=generator)
    return Features(x / x.norm(dim=-1, keepdim=True), y, tuple(f"class {k}" for k in range(CLASSES)))


def sampler_of(features):
    return EpisodeSampler(features, Range(WAYS, WAYS), Range(SHOTS, SHOTS), QUERIES)


def maml(features, tasks, rounds):
    (batch,) = sampler_of(features).draw(tasks, torch.Generator().manual_seed(1)).batches(features, tasks)
    plain, gram, theirs = make_maml(gram=False), make_maml(gram=True), make_maml(gram=False).backbone
    # The same module, but made of nn.Modules alone: higher cannot patch a class that is abstract.
    body = nn.Sequential(nn.LayerNorm(SIZE, elementwise_affine=False), theirs.first, theirs.rest)
    net = nn.Sequential(body, nn.Linear(theirs.features, WAYS))
    nn.init.zeros_(net[1].weight)
    nn.init.zeros_(net[1].bias)
    inner = torch.optim.SGD(net.parameters(), lr=RATE)

    def higher_gradient():
        for task in range(len(batch)):
            episode = batch.episode(task)
            with higher.innerloop_ctx(net, inner, copy_initial_weights=False) as (fast, optimizer):
                for _ in range(STEPS):
                    optimizer.step(cross_entropy(fast(episode.support.x), episode.support.y))
                (cross_entropy(fast(episode.query), episode.target) / len(batch)).backward()

    def ours(learner):
        return lambda: over_tasks(learner, learner.loss, batch).mean().backward()

    sides = {
        "higher": (higher_gradient, list(body.parameters())),
        "fewtext": (ours(plain), list(plain.parameters())),
        "fewtext gram": (ours(gram), list(gram.parameters())),
    }
    gradients = {}
    for name, (gradient, parameters) in sides.items():
        gradient()
        gradients[name] = torch.cat([parameter.grad.flatten() for parameter in parameters])
    reference = gradients["higher"]
    apart = {name: ((g - reference).norm() / reference.norm()).item() for name, g in gradients.items()}
    assert max(apart.values()) < 1e-4, f"the meta-gradients differ: {apart}"  # float32 through 5 steps and back

    def outer_step(gradient, parameters):
        optimizer = torch.optim.Adam(parameters, lr=OUTER_RATE)

        def step():
            optimizer.zero_grad()
            gradient()
            optimizer.step()

        return step

    times = alternate({name: outer_step(*side) for name, side in sides.items()}, rounds)
    return {
        "what": f"maml, one outer step of {tasks} tasks, {WAYS}-way {SHOTS}-shot, {QUERIES} queries, {STEPS} steps",
        "backbone": f"mlp {SIZE}-64-64",
        "gradients_apart": {name: float(f"{value:.1e}") for name, value in apart.items()},
        **compared(times, "tasks", tasks, "higher"),
    }


def make_maml(gram):
    options = {"steps": STEPS, "rate": RATE, "gram": gram}
    return build_learner(discovery.learner("maml"), options, (SIZE,), "mlp:hidden=64,features=64,layers=2", 0)


def protonet(features, episodes, rounds):
    easyfsl_evaluate, dataset, loader_of, method = import_easyfsl(features)
    model = method(nn.Identity())
    learner = build_learner(discovery.learner("protonet"), {}, (SIZE,), "identity", 0)
    accuracy = {}

    def theirs():
        accuracy["easyfsl"] = easyfsl_evaluate(model, loader_of(dataset, episodes), device="cpu", use_tqdm=False)

    def ours():
        drawn = sampler_of(features).draw(episodes, torch.Generator().manual_seed(2))
        accuracy["fewtext"] = evaluate(learner, features, drawn).accuracy

    times = alternate({"easyfsl": theirs, "fewtext": ours}, rounds)
    # Other tasks each, so no more than near: the standard error of either is about 0.003.
    assert abs(accuracy["easyfsl"] - accuracy["fewtext"]) < 0.03, f"another method: {accuracy}"
    return {
        "what": f"protonet evaluated on {episodes} episodes, {WAYS}-way {SHOTS}-shot, {QUERIES} queries",
        "features": [len(features.y), SIZE],
        "accuracy": {name: round(value, 4) for name, value in accuracy.items()},
        **compared(times, "episodes", episodes, "easyfsl"),
    }


def import_easyfsl(features):
    """Return what easyfsl's documentation works with. It is older than torch 2.13, so two doors are held open."""
    try:
        import torchvision  # noqa: F401
    except RuntimeError:  # its binary is for another build of torch; easyfsl imports it for images alone
        torch.library.define("torchvision::nms", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
        torch.library.define("torchvision::qnms", "(Tensor boxes, Tensor scores, float threshold) -> Tensor")
    from easyfsl.datasets import FeaturesDataset
    from easyfsl.methods import PrototypicalNetworks
    from easyfsl.samplers import TaskSampler
    from easyfsl.utils import evaluate
    from torch.utils.data import DataLoader, Sampler

    Sampler.__init__ = lambda self, data_source=None: None  # torch's has no such argument any more

    def loader_of(dataset, episodes, ways=WAYS, shots=SHOTS, queries=QUERIES):
        sampler = TaskSampler(dataset, n_way=ways, n_shot=shots, n_query=queries, n_tasks=episodes)
        return DataLoader(dataset, batch_sampler=sampler, collate_fn=sampler.episodic_collate_fn)

    dataset = FeaturesDataset(features.y.tolist(), features.x, list(features.labels))
    return evaluate, dataset, loader_of, PrototypicalNetworks


def alternate(sides, rounds):
    """Run every side in each round, once more beforehand; return of each its seconds by the clock and of computing."""
    times = {name: ([], []) for name in sides}
    for round_ in range(rounds + 1):
        for name, run in sides.items():
            wall, computing = time.perf_counter(), time.process_time()
            run()
            if round_:  # the first call of a kernel pays for its choice
                times[name][0].append(time.perf_counter() - wall)
                times[name][1].append(time.process_time() - computing)
    return times


def compared(times, unit, work, reference):
    """Return the rate of every side and how many times the reference's it is, by medians of each kind of seconds."""
    found = {}
    for kind, place in (("", 0), ("computing_", 1)):
        medians = {name: statistics.median(seconds[place]) for name, seconds in times.items()}
        found |= {
            f"{kind}{unit}_per_second": {name: float(f"{work / median:.4g}") for name, median in medians.items()},
            f"{kind}times_{reference}": {
                name: round(medians[reference] / median, 2) for name, median in medians.items()
            },
            f"{kind}seconds": {name: [float(f"{s:.3g}") for s in seconds[place]] for name, seconds in times.items()},
        }
    return found


def surroundings():
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(": ")[2] for line in lines if "model name" in line]
    return {
        "device": names[0] if names else platform.processor(),
        "threads": torch.get_num_threads(),
        "load": round(os.getloadavg()[0], 1),
        "versions": {name: version(name) for name in ("fewtext", "torch", "higher", "easyfsl")},
    }


if __name__ == "__main__":
    main()
