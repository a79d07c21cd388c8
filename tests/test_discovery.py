"""Plugins are loaded one by one; a broken one is skipped with a warning that names it, and affects no other."""

import sys
from importlib.metadata import EntryPoint
from types import ModuleType, SimpleNamespace

import pytest
from typer.testing import CliRunner

from fewtext import hookimpl
from fewtext.api import Backbone, Corpus, Learner, Tracker
from fewtext.errors import FewtextWarning, PluginError
from fewtext.registry import discovery, installed, loading
from fewtext.registry.failures import warn_once


def kind(contract, name, **more):
    """Return a class of a plugin that does nothing but have a name."""
    methods = dict.fromkeys(contract.__abstractmethods__ - {"__init__"}, lambda self, *_, **__: None)
    return type("Made", (contract,), {"__init__": lambda self, *_, **__: None, **methods, "name": name, **more})


def learner(name):
    return kind(Learner, name)


def forget():
    for found in (loading.loaded_plugins, discovery._offered, warn_once):
        found.cache_clear()


@pytest.fixture
def plugins(monkeypatch):
    """Install plugins made of functions, under entry points of these names, in the place of the real ones."""
    entries = []

    def install(name, module=None, group="fewtext", distribution=None, **hooks):
        module = module or f"plugin_{len(entries)}"
        if hooks:
            made = ModuleType(module)
            for hook, function in hooks.items():
                setattr(made, hook, hookimpl(function))
            monkeypatch.setitem(sys.modules, module, made)
        entry = EntryPoint(name, module, group)
        vars(entry)["dist"] = SimpleNamespace(name=distribution, version="1") if distribution else None
        entries.append(entry)

    monkeypatch.setattr(installed, "entry_points", lambda group: [e for e in entries if e.group == group])
    forget()
    yield install
    forget()


def names():
    return [offer.name for offer in discovery.offers("learners")]


def test_the_built_in_plugins_come_in_by_entry_points():
    found = {plugin.name: plugin.target for plugin in installed.installed("fewtext")}
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
    good, bad = sorted(installed.installed(), key=lambda plugin: plugin.name, reverse=True)
    offered = [f"{noun} {name}" for noun, name, _ in discovery.offered_by(good)]
    assert offered == ["learner one", "corpus two"]
    with pytest.raises(PluginError, match="ZeroDivisionError"):
        discovery.offered_by(bad)


def test_a_plugin_adds_commands(plugins):
    import typer

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


def test_a_built_in_name_is_the_built_ins_unless_the_distribution_is_named(plugins):
    ours, theirs = learner("protonet"), learner("protonet")
    plugins("ours", distribution="fewtext", learners=lambda: [ours])
    plugins("theirs", distribution="Their_Package", learners=lambda: [theirs])
    with pytest.warns(FewtextWarning, match="plugin 'theirs'.*also a built-in one; write protonet@Their_Package"):
        assert discovery.learner("protonet") is ours
    assert discovery.learner("protonet@their-package") is theirs
    assert discovery.spec_of("learners", theirs) == "protonet@Their_Package"
    assert discovery.spec_of("learners", ours) == "protonet"


def test_a_distribution_settles_which_of_two_plugins_is_meant(plugins):
    first, second = learner("same"), learner("same")
    plugins("first", distribution="one", learners=lambda: [first])
    plugins("second", distribution="two", learners=lambda: [second])
    with pytest.raises(PluginError, match="write same@one or same@two"):
        discovery.learner("same")
    assert discovery.learner("same@two") is second
    assert [offer.spec for offer in discovery.offers("learners")] == ["same@one", "same@two"]


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), GeneratorExit(), BaseException("mine")])
def test_whatever_a_hook_raises_is_a_warning(plugins, error):
    def raising():
        raise error

    plugins("bad", learners=raising)
    plugins("good", learners=lambda: [learner("one")])
    with pytest.warns(FewtextWarning, match=f"plugin 'bad'.*failed, skipped: {type(error).__name__}"):
        assert names() == ["one"]


@pytest.mark.parametrize(
    ("things", "message"),
    [
        (lambda: [object], "is not a subclass of Learner"),
        (lambda: [type("Half", (Learner,), {"name": "half"})], "is abstract: it does not define fit"),
        (lambda: [learner("two words")], "no name that a command line can spell"),
        (lambda: [learner("esc\x1b[2J")], "no name that a command line can spell"),
        (lambda: [learner("")], "no name that a command line can spell"),
    ],
)
def test_an_invalid_offer_is_skipped_and_the_rest_of_the_plugin_stays(plugins, things, message):
    plugins("half", learners=lambda: [*things(), learner("one")])
    with pytest.warns(FewtextWarning, match=f"plugin 'half'.*offers what cannot be used, skipped.*{message}") as warned:
        assert names() == ["one"]
    assert len(warned) == 1


def test_an_endless_generator_is_skipped(plugins):
    def endless():
        while True:
            yield learner

    plugins("endless", learners=endless)
    with pytest.warns(FewtextWarning, match="returns more than 10,000 things"):
        assert names() == []


def test_a_plugin_is_warned_of_once(plugins):
    plugins("bad", learners=lambda: 1 / 0, encoders=lambda: 1 / 0)
    with pytest.warns(FewtextWarning, match="plugin 'bad'") as warned:
        assert discovery.offers("learners") == discovery.offers("encoders") == discovery.offers("learners") == []
    assert len(warned) == 1


def test_a_command_that_there_is_already_stays_what_it_was(plugins):
    from fewtext.cli.app import make_app

    def register_commands(app):
        app.registered_commands.clear()
        app.command("classify")(lambda: print("mine"))
        app.command("greet")(lambda: print("hello"))

    plugins("thief", group="fewtext.cli", register_commands=register_commands)
    with pytest.warns(FewtextWarning, match="plugin 'thief'.*registers classify, which there is already"):
        app = make_app()
    run = CliRunner().invoke
    assert "Classify texts" in run(app, ["classify", "--help"]).stdout and run(app, ["greet"]).stdout == "hello\n"


def test_each_learner_is_listed_with_its_own_idea(plugins, capsys):
    from fewtext.cli.listing import learners

    made = [kind(Learner, name, __module__="two_in_one", __doc__=f"What {name} does.\n\nMore.") for name in "ab"]
    alone = kind(Learner, "c", __module__="alone", __doc__="A class.")
    plugins("two", module="two_in_one", learners=lambda: made)
    plugins("one", module="alone", learners=lambda: [alone])
    sys.modules["two_in_one"].__doc__, sys.modules["alone"].__doc__ = "Both.", "The paper."
    learners()
    assert capsys.readouterr().out.splitlines() == ["a  What a does.", "b  What b does.", "c  The paper."]


def test_distributions_whose_entry_points_cannot_be_read_are_named(monkeypatch, tmp_path):
    info = tmp_path / "damaged-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: damaged\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[fewtext]\nno equals sign\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("TORCH_DEVICE_BACKEND_AUTOLOAD", "0")
    warn_once.cache_clear()
    with pytest.warns(FewtextWarning, match="entry points of distribution damaged cannot be read"):
        assert "protonet" in [plugin.name for plugin in installed.installed("fewtext")]
