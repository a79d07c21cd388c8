"""``fewtext plugin check`` says what holds, what does not and what to do; ``fewtext plugins`` what is no plugin."""

import json

import pytest

from fewtext.registry import hook_names
from fewtext.registry.installed import installed
from fewtext.registry.odd_entries import oddities

HEAD = '''"""Made for a test."""
import torch
from fewtext.api import Learner, hookimpl


class Odd(Learner):
    name = "odd"

    def fit(self, support):
        share = support.membership / support.membership.sum(0)
        prototypes = share.T @ self.backbone(support.x)
        return lambda x: {answer}


@hookimpl
def learners():
    return [Odd]
'''
GOOD = HEAD.format(answer="-(self.backbone(x)[:, None] - prototypes).square().sum(-1)")
BAD = HEAD.format(answer="-(self.backbone(x)[:, None] - prototypes).square().sum(-1)[:, :3] + self.backbone(x).mean()")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Install a distribution of one module, found by its metadata."""

    def write(name, code, group="fewtext", target=None, entry=None):
        (tmp_path / f"{name}.py").write_text(code)
        info = tmp_path / f"{name}-1.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        (info / "entry_points.txt").write_text(f"[{group}]\n{entry or name} = {target or name}\n")

    monkeypatch.syspath_prepend(tmp_path)
    return write


@pytest.mark.processes
def test_a_plugin_that_keeps_the_contract(install, run_fewtext):
    install("odd_good", GOOD)
    done = run_fewtext("plugin", "check", "odd_good")
    said = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    assert "learner odd: " in said and "hold" in said and "vectorises" in said and "ms to fit" in said, said


@pytest.mark.processes
def test_the_most_basic_failure_comes_first(install, run_fewtext):
    install("odd_bad", BAD)
    done = run_fewtext("plugin", "check", "odd_bad")
    said = done.stdout.decode()
    assert done.returncode == 1 and b"1 plugin does not keep the contract" in done.stderr, said
    first, then = said.index("start with this one: returns logits per way"), said.index("then: ")
    assert first < then and said.count("start with this one") == 1
    done = run_fewtext("plugin", "check", "odd_bad", "--format", "json")
    (found,) = json.loads(done.stdout)
    (offer,) = found["offers"]
    assert done.returncode == 1 and found["state"] == "fails" and (offer["kind"], offer["name"]) == ("learner", "odd")
    failed = [check["clause"] for check in offer["checks"] if (check["outcome"], check["tier"]) == ("fails", "must")]
    assert failed[0] == "returns_logits_per_way" and "queries_do_not_see_each_other" in failed


@pytest.mark.processes
def test_a_check_that_never_ends_is_named(install, run_fewtext):
    install("odd_loop", GOOD.replace("        share =", "        while True: pass\n        share ="))
    done = run_fewtext("plugin", "check", "odd_loop", "--seconds", "5")
    assert done.returncode == 1 and b"BROKEN: did not finish within 5 seconds" in done.stdout, done.stdout


def module(**functions):
    from types import ModuleType

    made = ModuleType("made")
    for name, function in functions.items():
        function.__module__ = "made"
        setattr(made, name, function)
    return made


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (module(learners=lambda: []), r"learners\(\) is no hook yet; did you forget @hookimpl\?"),
        (module(lerners=lambda: []), r"lerners\(\) is no hook; did you mean learners\?"),
        (type("Mine", (), {}), "the entry point is the class Mine; name its module"),
        (module(fit=lambda: []), "it has no hook; define one of learners, encoders"),
    ],
)
def test_a_target_without_hooks_is_told_what_it_lacks(target, message):
    import re

    assert re.match(message, hook_names.without_hooks(target))


def test_a_hook_one_letter_off_is_told_which_is_meant():
    from fewtext import hookimpl

    assert (
        hook_names.unknown_hook(module(corpra=hookimpl(lambda: []))) == "unknown hook 'corpra'; did you mean corpora?"
    )
    assert hook_names.unknown_hook(module(corpora=hookimpl(lambda: []))) == ""
    assert hook_names.without_hooks(module(corpora=hookimpl(lambda: []))) == ""


@pytest.mark.parametrize("group", ["fewtext.plugins", "fewtext_plugins", "fewtex", "fewtexts", "fewtext-cli"])
def test_a_misspelt_group_is_named_with_the_one_that_is_meant(install, group):
    install("odd_group", "raise RuntimeError('imported')", group)
    meant = "fewtext.cli" if "cli" in group else "fewtext"
    (said,) = [odd for odd in oddities(installed()) if "odd_group" in odd]
    assert f"the entry-point group {group!r}" in said and said.endswith(f"did you mean {meant!r}?")


def test_another_programs_groups_are_not_ours():
    assert oddities(installed()) == []


def test_a_class_and_a_name_that_is_taken_are_named_without_an_import(install, run_fewtext):
    install("odd_class", "raise RuntimeError('imported')", target="odd_class:Mine")
    install("odd_twin", "raise RuntimeError('imported')", entry="protonet")
    said = " ".join(oddities(installed()))
    assert "points at a class; write the module alone: odd_class = 'odd_class'" in said
    assert "two entry points are called protonet" in said
    done = run_fewtext("plugins")
    assert done.returncode == 0 and b"points at a class" in done.stderr and b"imported" not in done.stderr


def test_the_commands_of_a_plugin_are_listed(install, run_fewtext):
    code = "from fewtext import hookimpl\n"
    body = "@hookimpl\ndef register_commands(app):\n    @app.command()\n    def hello():\n        'Say hello.'\n"
    install("odd_command", code + body, group="fewtext.cli")
    assert b"commands: hello" in run_fewtext("plugins").stdout


def test_a_name_that_two_plugins_offer_is_told_with_how_to_write_each():
    from fewtext.cli.plugin_check import _offered_twice
    from fewtext.registry.installed import Plugin
    from fewtext.registry.plugin_check import Finding

    def plugin(distribution):
        return Plugin("fewtext", distribution, "module", distribution, "1", None)

    offer = {"kind": "learner", "name": "same"}
    found = {plugin("one"): Finding([offer]), plugin("two"): Finding([offer]), plugin("three"): Finding([])}
    (said,) = _offered_twice(found)
    assert said.startswith("learner same is offered by plugin 'one'") and said.endswith("write same@one or same@two")


def test_the_cures_of_learners_are_for_learners():
    from fewtext.errors import PluginError
    from fewtext.registry.failures import plugin_errors

    for noun, cured in (("learner", True), ("encoder", False)):
        with pytest.raises(PluginError) as error, plugin_errors(noun, "odd"):
            raise RuntimeError("mat1 and mat2 shapes cannot be multiplied (3x4 and 5x6)")
        assert ("take sizes from the tensors" in str(error.value)) == cured
        assert "test_plugin_check.py:" in str(error.value)
