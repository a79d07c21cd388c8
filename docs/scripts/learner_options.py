"""What is said of each learner in the same way: its options with their defaults, and how it is trained."""

import inspect

from fewtext.api import Learner, Recipe
from fewtext.registry import discovery


def files() -> dict[str, str]:
    """Return a file for each learner that is built in."""
    kinds = [offer.thing for offer in discovery.offers("learners")]
    found = [kind for kind in kinds if kind.__module__.startswith("fewtext_plugins.")]
    return {f"learner-{kind.name}.md": options(kind) for kind in found}


def options(kind: type[Learner]) -> str:
    """Return the options of a learner and its recipe as lists."""
    parameters = list(inspect.signature(kind.__init__).parameters.values())[2:]
    given = [f"`{p.name}`" + f" (`{p.default}`)" for p in parameters]
    lines = [f"Options, with their defaults: {', '.join(given)}. Give one with `-o {parameters[0].name}=…`.", ""]
    for modality, trained in (("text", "Trained on texts"), ("image", "On images")):
        lines += [f"{trained}, unless you say otherwise, by this recipe: {recipe(kind.recipe_for(modality))}.", ""]
    if kind.needs_training:
        lines[0] += " It is nothing before it is trained, so `classify` refuses it untrained."
    return "\n".join(lines)


def recipe(found: Recipe) -> str:
    """Return a recipe in words."""
    parts = [f"backbone `{found.backbone}`", f"{found.ways} classes a task", f"{found.shots} examples a class"]
    parts += [f"{found.queries} queries a class", f"{found.tasks} tasks a step", f"at most {found.steps:,} steps"]
    parts += [f"{found.optimizer} at a rate of {found.rate:g} ({found.schedule})"]
    return ", ".join(parts)
