"""One way to write options: ``name:key=value,…`` for learners, backbones, encoders and tuners, and ``-o`` beside it."""

from typing import Any, Literal

import pytest
import torch

from fewtext.classify.fine_tuning import find_tuner
from fewtext.contracts.backbone import Backbone
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Learner
from fewtext.contracts.tuner import Tuner
from fewtext.encoders.load import find_encoder, load_encoder, spec_of
from fewtext.errors import FewtextError, PluginError
from fewtext.learners.spec import find_learner
from fewtext.registry import discovery
from fewtext.registry.installed import Plugin
from fewtext.registry.options import build_learner, parse_options, parse_spec


class Options:
    """Options of every type that can be typed, one of a type that cannot, and one that refuses a value."""

    name = "odd"

    def __init__(
        self,
        *given,
        power: int = 2,
        rate: float = 0.5,
        soft: bool = False,
        word: str = "a",
        form: Literal["flat", "round"] = "flat",
        sizes: tuple[int, ...] = (8, 8),
        rates: list[float] | None = None,
        C: float = 1.0,
        table: dict[str, int] | None = None,
        **settings: Any,
    ):
        super().__init__(*given)
        if power < 1:
            raise ValueError(f"power={power} must be at least 1")
        vars(self)["given"] = power, given


class OddLearner(Options, Learner):
    def fit(self, support):
        return lambda x: x[:, : support.ways]


class OddBackbone(Options, Backbone):
    features = 4

    def forward(self, x):
        return x


class OddEncoder(Options, Encoder):
    shape, fingerprint, device = (4,), "odd", torch.device("cpu")

    def encode(self, items, progress=None):
        return torch.zeros(len(items), 4)


class OddTuner(Options, Tuner):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        return encoder


PARSED = {
    "learner": lambda spec: find_learner(spec).options,
    "learner by -o": lambda spec: parse_options(*_beside(spec)),
    "backbone": lambda spec: parse_spec(spec, discovery.backbone)[1],
    "encoder": lambda spec: find_encoder(spec).options,
    "tuner": lambda spec: parse_spec(spec, discovery.tuner)[1],
}
BUILT = {
    "learner": lambda spec: build_learner(OddLearner, find_learner(spec).options, (4,)),
    "backbone": lambda spec: build_learner(OddLearner, {}, (4,), spec).backbone,
    "encoder": lambda spec: load_encoder(spec, device="cpu"),
    "tuner": find_tuner,
}
KINDS = {"learners": OddLearner, "backbones": OddBackbone, "encoders": OddEncoder, "tuners": OddTuner}


def _beside(spec):
    """What of a spec stands behind the colon, each option as ``-o`` takes it."""
    name, _, options = spec.partition(":")
    return discovery.learner(name), options.split(",")


@pytest.fixture(autouse=True)
def offered(monkeypatch):
    """Each kind is offered as ``odd`` by one plugin, and as ``twin`` by two; the identity backbone is there."""
    identity = next(offer for offer in discovery.offers("backbones") if offer.name == "identity")

    def plugin(distribution):
        return Plugin("fewtext", distribution, distribution, distribution, "1", None)

    def offers(hook):
        thing, more = KINDS[hook], [identity] if hook == "backbones" else []
        twins = [discovery.Offer("twin", thing, plugin(name), f"twin@{name}") for name in ("one", "two")]
        return [discovery.Offer("odd", thing, plugin("one"), "odd"), *twins, *more]

    monkeypatch.setattr(discovery, "_offered", offers)


@pytest.mark.parametrize("kind", PARSED)
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("power=3", {"power": 3}),
        ("rate=1e-3,power=-2", {"rate": 0.001, "power": -2}),
        ("rate=2", {"rate": 2.0}),
        ("soft=yes", {"soft": True}),
        ("soft=False", {"soft": False}),
        ("word=b=c", {"word": "b=c"}),
        ("word=", {"word": ""}),
        (" form = round , power = 3 ", {"form": "round", "power": 3}),
        ("sizes=64+32", {"sizes": (64, 32)}),
        ("sizes=64", {"sizes": (64,)}),
        ("sizes=", {"sizes": ()}),
        ("rates=0.1+1e+3", {"rates": [0.1, 1000.0]}),
        ("rates=none", {"rates": None}),
    ],
)
def test_every_kind_reads_the_same(kind, text, options):
    assert PARSED[kind](f"odd:{text}") == options


@pytest.mark.parametrize("kind", PARSED)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("powr=3", r"odd has no option 'powr'; did you mean power\? its options: power=2 rate=0.5"),
        ("c=3", r"odd has no option 'c'; did you mean C\?"),
        ("power=x", "odd: power='x' does not fit; give a whole number"),
        ("power=1.5", "odd: power='1.5' does not fit; give a whole number"),
        ("rate=nan", "odd: rate=nan does not fit; give a finite number"),
        ("soft=maybe", "odd: soft='maybe' does not fit; give true or false"),
        ("form=square", "odd: form='square' does not fit; give one of flat, round"),
        ("sizes=64+x", r"odd: sizes='64\+x' does not fit; give a whole number, or several with \+ between them"),
        ("rates=x", r"give a finite number, or several with \+ between them or none"),
        ("table=a", "the option table of odd is of the type .* nothing that is typed can be; a plugin declares bool"),
        ("power=3,power=4", "option power of odd is given twice; leave one of them out"),
    ],
)
def test_every_kind_refuses_the_same(kind, text, message):
    with pytest.raises(FewtextError, match=message):
        PARSED[kind](f"odd:{text}")


@pytest.mark.parametrize("kind", [kind for kind in PARSED if kind != "encoder"])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("power", "option 'power' of odd has no value; write power=VALUE"),
        ("power=3,,soft=yes", "an option of odd has no name; write key=value,key=value"),
        ("", "an option of odd has no name; write key=value,key=value"),
    ],
)
def test_what_is_no_option_is_refused_but_where_it_is_a_model(kind, text, message):
    with pytest.raises(FewtextError, match=message):
        PARSED[kind](f"odd:{text}")


@pytest.mark.parametrize("kind", BUILT)
def test_a_plugin_refuses_a_value_in_its_own_words(kind):
    assert BUILT[kind]("odd:power=3").given[0] == 3
    with pytest.raises(FewtextError, match="odd: power=0 must be at least 1"):
        BUILT[kind]("odd:power=0")


@pytest.mark.parametrize("kind", [kind for kind in PARSED if kind != "learner by -o"])
def test_the_distribution_chooses_between_two_of_one_name(kind):
    with pytest.raises(PluginError, match=r"'twin' is offered twice: .*write twin@one or twin@two"):
        PARSED[kind]("twin:power=3")
    assert PARSED[kind]("twin@two:power=3") == {"power": 3}


def test_several_options_may_stand_behind_one_o():
    assert parse_options(OddLearner, ["power=3,soft=yes", "word=b"]) == {"power": 3, "soft": True, "word": "b"}


@pytest.mark.parametrize(
    ("spec", "model", "options"),
    [
        ("odd:some/model,power=3", "some/model", {"power": 3}),
        ("odd:28x28x1,invert", "28x28x1,invert", {}),
        ("odd:28x28x1,invert,power=3", "28x28x1,invert", {"power": 3}),
        ("odd:some/model,power=3+ad.safetensors", "some/model+ad.safetensors", {"power": 3}),
        ("odd", None, {}),
    ],
)
def test_an_encoders_options_follow_its_model(spec, model, options):
    found = find_encoder(spec)
    assert (found.model, found.options) == (model, options)
    assert load_encoder(spec, device="cpu").given == (options.get("power", 2), (model,))


def test_a_folder_whose_name_looks_like_an_option_is_a_folder(tmp_path, monkeypatch):
    (tmp_path / "power=3").mkdir()
    monkeypatch.chdir(tmp_path)
    assert find_encoder("odd:power=3").model == "power=3"
    (tmp_path / "model").mkdir()
    assert spec_of("odd:model,power=3") == f"odd:{tmp_path / 'model'},power=3"
