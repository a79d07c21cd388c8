"""Few-shot learning on a GPU: episodes evaluated a second, MAML's tasks a second, steps of training on images a second.

    python benchmarks/gpu_episodes.py [--episodes 400000] [--steps 60] [--profile]

Everything is made up: unit vectors of 384 dimensions and images of 28 x 28. ``evaluate``: a prototypical network on
stored features, drawing included, with the episodes drawn on the GPU or on the host. ``maml``: meta-gradients of 5
inner steps through an mlp 384-64-64. ``train``: ``meta_train`` by the learner's own recipe for images, Conv4-64,
without validation. Medians of several rounds; a JSON line for each. ``--profile`` adds what a step of training spends
its time on, in milliseconds, and the operations and kernels that take the most. Without a GPU it runs on the processor.
"""

import argparse
import json
import statistics
import time
from dataclasses import replace
from itertools import chain, islice

import torch

from fewtext.contracts.recipe import Range
from fewtext.datasets.features import Features
from fewtext.evaluation.task_accuracy import evaluate
from fewtext.registry import discovery
from fewtext.registry.options import build_learner
from fewtext.training.augmentation import augmented
from fewtext.training.batching import over_tasks
from fewtext.training.episodes import EpisodeSampler
from fewtext.training.loop import meta_train

SIZE, SHAPE = 384, (1, 28, 28)
LEARNERS = ("protonet", "maml")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--episodes", type=int, default=400_000)
    parser.add_argument("--tasks", type=int, default=512, help="of MAML at once")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--profile", action="store_true")
    asked = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "cpu"
    measured = chain(
        (evaluated(device, drawn_on, asked.episodes, asked.rounds) for drawn_on in dict.fromkeys((device.type, "cpu"))),
        (maml(device, tasks, asked.rounds) for tasks in (asked.tasks,)),
        (trained(device, learner, asked.steps, asked.rounds) for learner in LEARNERS),
        (profiled(device, learner) for learner in LEARNERS if asked.profile),
    )
    for result in measured:
        print(json.dumps({**result, "device": name, "torch": torch.__version__}), flush=True)


def vectors(device):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(75).repeat_interleave(40)
    x = torch.randn(75, SIZE, generator=generator)[y] + 3.5 * torch.randn(len(y), SIZE, generator=generator)
    return Features(x / x.norm(dim=-1, keepdim=True), y, tuple(map(str, range(75)))).to(device)


def images(device):
    generator = torch.Generator().manual_seed(0)
    y = torch.arange(1000).repeat_interleave(20)
    x = (torch.rand(len(y), *SHAPE, generator=generator) < 0.15).float()
    return Features(x, y, tuple(map(str, range(1000)))).to(device)


def evaluated(device, drawn_on, episodes, rounds):
    features = vectors(device)
    learner = build_learner(discovery.learner("protonet"), {}, (SIZE,), "identity", 0).to(device)
    sampler = EpisodeSampler(features, Range(5, 5), Range(1, 1), 15)
    found = {}

    def draw():
        found["drawn"] = sampler.draw(episodes, torch.Generator(drawn_on).manual_seed(2))

    def answer():
        measured = evaluate(learner, features, found["drawn"])
        found["accuracy"], found["interval"] = measured.accuracy, measured.interval

    drawing, answering = (timed(run, device, rounds) for run in (draw, answer))
    both = [sum(pair) for pair in zip(drawing, answering, strict=True)]
    return {
        "what": f"protonet, {episodes} episodes of 5-way 1-shot, 15 queries, drawn on {drawn_on}",
        "episodes_per_second": round(episodes / statistics.median(answering)),
        "with_drawing": round(episodes / statistics.median(both)),
        "accuracy": round(found["accuracy"], 5),
        "interval": round(found["interval"], 6),
        "seconds": rounded(answering),
        "seconds_with_drawing": rounded(both),
    }


def maml(device, tasks, rounds):
    features = vectors(device)
    options = {"steps": 5, "rate": 0.1}
    backbone = "mlp:hidden=64,features=64,layers=2"
    learner = build_learner(discovery.learner("maml"), options, (SIZE,), backbone, 0).to(device)
    sampler = EpisodeSampler(features, Range(5, 5), Range(1, 1), 15)
    (batch,) = sampler.draw(tasks, torch.Generator(device).manual_seed(1)).batches(features, tasks)
    seconds = timed(lambda: over_tasks(learner, learner.loss, batch).mean().backward(), device, rounds)
    return {
        "what": f"maml, meta-gradient of {tasks} tasks, 5-way 1-shot, 15 queries, 5 steps, mlp 384-64-64",
        "tasks_per_second": round(tasks / statistics.median(seconds)),
        "seconds": rounded(seconds),
    }


def trained(device, name, steps, rounds):
    features, cls = images(device), discovery.learner(name)
    recipe = replace(cls.recipe_for("image"), steps=steps, validate_every=steps)
    learner = build_learner(cls, dict(recipe.options), SHAPE, recipe.backbone, 0).to(device)
    seconds = timed(lambda: meta_train(learner, features, None, recipe), device, rounds)
    return {
        "what": f"{name} trained on images: {recipe.tasks} tasks a step, {recipe.ways}-way {recipe.shots}-shot, "
        f"{recipe.queries} queries, {recipe.backbone}",
        "steps_per_second": round(steps / statistics.median(seconds), 1),
        "seconds": rounded(seconds),
    }


def profiled(device, name):
    """Return the milliseconds of the parts of a step, each waited for, and what took the most in all of it."""
    features, cls = images(device), discovery.learner(name)
    recipe = cls.recipe_for("image")
    learner = build_learner(cls, dict(recipe.options), SHAPE, recipe.backbone, 0).to(device)
    sampler = EpisodeSampler(features, recipe.ways, recipe.shots, recipe.queries)
    generator = torch.Generator().manual_seed(0)
    parameters = list(learner.parameters())
    optimizer = torch.optim.Adam(parameters, lr=1e-4)
    at = {}

    def step(run):
        run("draw", lambda: at.update(drawn=sampler.draw(recipe.tasks, generator)))
        run("gather", lambda: at.update(batch=next(at["drawn"].batches(features, recipe.tasks))))
        run("augment", lambda: at.update(batch=augmented(at["batch"], replace(recipe, jitter=0.1), generator)))
        run("forward", lambda: at.update(loss=over_tasks(learner, learner.loss, at["batch"], 0.5).mean()))
        run("zero_grad", optimizer.zero_grad)
        run("backward", lambda: at["loss"].backward())
        run("clip", lambda: torch.nn.utils.clip_grad_norm_(parameters, 10.0))
        run("adam", optimizer.step)

    parts = {}

    def waited(what, run):
        wait(device)
        start = time.perf_counter()
        run()
        launched = time.perf_counter()
        wait(device)
        parts.setdefault(what, []).append((launched - start, time.perf_counter() - start))

    for _ in range(10):
        step(waited)
    milliseconds = {
        what: {
            "launched": round(1000 * statistics.median(launched for launched, _ in times), 2),
            "done": round(1000 * statistics.median(done for _, done in times), 2),
        }
        for what, times in parts.items()
    }
    with torch.profiler.profile() as profile:
        step(lambda what, run: run())
        wait(device)
    events = profile.key_averages()
    kernels = [event for event in events if event.device_type == torch.autograd.DeviceType.CUDA]
    by_device = sorted(kernels, key=lambda event: -event.self_device_time_total)
    by_host = sorted(events, key=lambda event: -event.self_cpu_time_total)
    return {
        "what": f"{name}, one step on images",
        "milliseconds": milliseconds,
        "kernels": sum(event.count for event in kernels),
        "milliseconds_on_device": round(sum(event.self_device_time_total for event in kernels) / 1000, 2),
        "on_device": [(e.key[:60], e.count, round(e.self_device_time_total / 1000, 2)) for e in islice(by_device, 12)],
        "on_host": [(e.key[:60], e.count, round(e.self_cpu_time_total / 1000, 2)) for e in islice(by_host, 20)],
    }


def timed(run, device, rounds):
    """Return the seconds of each round, after one that pays for the choice of kernels."""
    seconds = []
    for round_ in range(rounds + 1):
        wait(device)
        start = time.perf_counter()
        run()
        wait(device)
        if round_:
            seconds.append(time.perf_counter() - start)
    return seconds


def wait(device):
    if device.type == "cuda":
        torch.cuda.synchronize()


def rounded(seconds):
    return [float(f"{value:.3g}") for value in seconds]


if __name__ == "__main__":
    main()
