"""Plugins are found one by one; a broken one is named and left out, and costs nobody else anything."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType

import pytest

from fewtext import discovery, hookimpl, installed
from fewtext.api import Backbone, Corpus, Learner, Tracker
from fewtext.errors import FewtextWarning, PluginError
from fewtext.plugin_failures import warn_once


def kind(contract, name, **more):
    """Return a class of a plugin that does nothing but have a name."""
    methods = dict.fromkeys(contract.__abstractmethods__ - {"__init__"}, lambda self, *_, **__: None)
    return type("Made", (contract,), {"__init__": lambda self, *_, **__: None, **methods, "name": name, **more})


def learner(name):
    return kind(Learner, name)


def forget():
    for found in (discovery._loaded, discovery._offered, warn_once):
        found.cache_clear()


@pytest.fixture
def plugins(monkeypatch):
    """Install plugins made of functions, under entry points of these names, in the place of the real ones."""
    entries = []

    def install(name, module=None, group="fewtext", **hooks):
        module = module or f"plugin_{len(entries)}"
        if hooks:
            made = ModuleType(module)
            for hook, function in hooks.items():
                setattr(made, hook, hookimpl(function))
            monkeypatch.setitem(sys.modules, module, made)
        entries.append(EntryPoint(name, module, group))

    monkeypatch.setattr(installed, "entry_points", lambda group: [e for e in entries if e.group == group])
    forget()
    yield install
    forget()


def names():
    return [offer.name for offer in discovery.offers("learners")]


def test_the_built_in_plugins_come_in_by_entry_points():
    found = {plugin.name: plugin.target for plugin in discovery.installed("fewtext")}
    assert found["protonet"] == "fewtext_plugins.protonet" and found["corpora"] == "fewtext_corpora"
    assert discovery.learner("protonet").__module__ == "fewtext_plugins.protonet"


def test_a_plugin_brings_a_backbone_and_a_tracker(plugins):
    plugins("extra", backbones=lambda: [kind(Backbone, "resnet")], trackers=lambda: [kind(Tracker, "wandb")])
    assert discovery.backbone("resnet").name == "resnet" and discovery.tracker("wandb").name == "wandb"
    with pytest.raises(PluginError, match="no backbone 'resnt'; did you mean resnet"):
        discovery.backbone("resnt")


def test_a_plugin_that_cannot_be_imported_is_named_and_left_out(plugins):
    plugins("good", learners=lambda: [learner("one")])
    plugins("broken", module="no_such_module")
    with pytest.warns(FewtextWarning, match="plugin 'broken'.*no_such_module"):
        assert names() == ["one"]


def test_a_hook_that_raises_does_not_cost_the_others(plugins):
    plugins("bad", learners=lambda: 1 / 0)
    plugins("good", learners=lambda: [learner("one")])
    with pytest.warns(FewtextWarning, match="plugin 'bad'.*ZeroDivisionError"):
        assert names() == ["one"]


def test_a_misspelt_hook_is_blamed_on_its_plugin(plugins):
    plugins("typo", lerners=lambda: [learner("one")])
    plugins("good", learners=lambda: [learner("two")])
    with pytest.warns(FewtextWarning, match="plugin 'typo'.*unknown hook 'lerners'"):
        assert names() == ["two"]


def test_a_hook_with_a_wrong_argument_is_blamed_on_its_plugin(plugins):
    plugins("wrong", learners=lambda extra: [])
    with pytest.warns(FewtextWarning, match="plugin 'wrong'"):
        assert names() == []


def test_a_thing_without_a_name_is_blamed_on_its_plugin(plugins):
    plugins("nameless", learners=lambda: [kind(Learner, None)])
    with pytest.warns(FewtextWarning, match="plugin 'nameless'.*has no name"):
        assert names() == []


def test_a_name_offered_twice_is_an_error_only_when_it_is_asked_for(plugins):
    plugins("first", learners=lambda: [learner("same"), learner("other")])
    plugins("second", learners=lambda: [learner("same")])
    assert discovery.learner("other").name == "other"
    with pytest.raises(PluginError, match="'same' is offered twice: .*'first'.*'second'.*FEWTEXT_DISABLE"):
        discovery.learner("same")


def test_two_plugins_may_have_entry_points_of_one_name(plugins):
    plugins("twin", learners=lambda: [learner("one")])
    plugins("twin", learners=lambda: [learner("two")])
    assert names() == ["one", "two"]


def test_a_disabled_plugin_is_not_imported(plugins, monkeypatch):
    plugins("broken", module="no_such_module")
    plugins("good", learners=lambda: [learner("one")])
    monkeypatch.setenv("FEWTEXT_DISABLE", "other, broken")
    assert names() == ["one"]


def test_strict_raises_the_plugins_own_error(plugins, monkeypatch):
    plugins("bad", learners=lambda: 1 / 0)
    monkeypatch.setenv("FEWTEXT_STRICT", "1")
    with pytest.raises(ZeroDivisionError):
        names()


def test_an_unknown_name_is_answered_with_the_nearest(plugins):
    plugins("good", learners=lambda: [learner("protonet"), learner("maml")])
    with pytest.raises(PluginError, match="no learner 'protonett'; did you mean protonet. installed: maml, protonet"):
        discovery.learner("protonett")


def test_a_check_tells_what_a_plugin_offers_or_why_not(plugins):
    plugins("good", learners=lambda: [learner("one")], corpora=lambda: [Corpus("two", "text", "", "", "", {})])
    plugins("bad", encoders=lambda: 1 / 0)
    good, bad = sorted(discovery.installed(), key=lambda plugin: plugin.name, reverse=True)
    assert discovery.check(good) == ["learner one", "corpus two"]
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        discovery.check(bad)


def test_a_plugin_adds_commands(plugins):
    import typer
    from typer.testing import CliRunner

    from fewtext.cli.app import make_app

    def register_commands(app: typer.Typer):
        @app.command()
        def hello():
            print("hello from a plugin")

    plugins("commands", group="fewtext.cli", register_commands=register_commands)
    plugins("broken", group="fewtext.cli", register_commands=lambda app: 1 / 0)
    with pytest.warns(FewtextWarning, match="plugin 'broken'"):
        app = make_app()
    assert CliRunner().invoke(app, ["hello"]).stdout == "hello from a plugin\n"
