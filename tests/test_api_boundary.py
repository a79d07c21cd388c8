"""What plugins are made of is a promise: names and signatures are those of ``api_boundary.txt``, until that is changed.

``python tests/test_api_boundary.py`` writes the file anew. A change of it belongs into CHANGELOG, for plugin authors.
"""

import inspect
import re
from pathlib import Path

from fewtext import api
from fewtext.registry import hookspecs

DESCRIPTION = Path(__file__).parent / "api_boundary.txt"
HOOKS = "learners", "encoders", "corpora", "backbones", "tuners", "trackers", "register_commands"


def described():
    """Return a line for each name, each public member of a class, and each hook."""
    lines = [line for name in sorted(api.__all__) for line in _of(name, getattr(api, name))]
    return [*lines, *(f"hook {hook}{_signature(getattr(hookspecs, hook))}" for hook in HOOKS)]


def _of(name, thing):
    if not inspect.isclass(thing):
        yield f"{name}{_signature(thing)}" if inspect.isfunction(thing) else name
        return
    yield f"class {name}{_signature(thing)}"
    for base in thing.__mro__:
        if base is not thing and base.__module__.startswith("fewtext."):
            yield f"{name} is a {base.__name__}"
    own = {**inspect.get_annotations(thing), **vars(thing)}
    for member in sorted(own):
        if not member.startswith("_") and member != "model_config":
            value = inspect.getattr_static(thing, member, None)
            inner = value.__func__ if isinstance(value, (classmethod, staticmethod)) else value
            yield f"{name}.{member}{_signature(inner) if inspect.isfunction(inner) else ''}"


def _signature(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return ""
    spelled = [
        f"{'*' if p.kind is p.KEYWORD_ONLY else ''}{p.name}{'' if p.default is p.empty else '=…'}" for p in parameters
    ]
    return f"({', '.join(spelled)})"


def test_names_and_signatures_are_those_promised():
    now, promised = described(), DESCRIPTION.read_text(encoding="utf-8").splitlines()
    gone, new = [line for line in promised if line not in now], [line for line in now if line not in promised]
    assert not gone and not new, (
        f"fewtext.api has lost {gone} and gained {new}: put back what plugins may use, or say it in CHANGELOG for "
        f"plugin authors and run python {Path(__file__).name}"
    )


def test_every_name_is_documented():
    page = (DESCRIPTION.parent.parent / "docs" / "reference" / "api.md").read_text(encoding="utf-8")
    shown = set(re.findall(r"::: fewtext\.api\.(\w+)", page))
    assert shown == set(api.__all__)


def test_a_hook_takes_no_argument_that_a_plugin_must_know():
    for hook in HOOKS:
        parameters = inspect.signature(getattr(hookspecs, hook)).parameters
        assert list(parameters) == (["app"] if hook == "register_commands" else [])


if __name__ == "__main__":
    DESCRIPTION.write_text("\n".join(described()) + "\n", encoding="utf-8")
