"""Adapters: files, what they do to a model, their average, and how an encoder learns one from many corpora."""

import json

import pytest
import torch
from tiny_models import write_model

from fewtext.contracts.recipe import Range
from fewtext.datasets.session import Session
from fewtext.encoders.adapter import SHIPPED, Adapter, averaged, linears_of, low_rank, split_adapter
from fewtext.encoders.load import load_encoder
from fewtext.encoders.model_folder import find_model
from fewtext.encoders.pooling import Part
from fewtext.errors import FewtextError
from fewtext.learners.spec import LearnerSpec, named_learner
from fewtext.training.corpus_list import read_members
from fewtext.training.encoder_runs import EncoderRun, EncoderRunSettings
from fewtext.training.end_to_end import EncoderRecipe, TextTasks, train_encoder
from fewtext.training.loop import Checkpoint, Listener

PARTS = ((2, "mean", 0.6), (2, "cls", 0.4))
TEXTS = ["my card was lost", "paper jam", "the toner is out", "charged twice"]


@pytest.fixture
def folder(tmp_path):
    return write_model(tmp_path / "model")


@pytest.fixture
def adapter(folder):
    encoder = load_encoder(f"bert:{folder}", dtype="float32")
    generator = torch.Generator().manual_seed(0)
    changes = {}
    for name, linear in linears_of(encoder.trainable().model).items():
        down = torch.randn(2, linear.in_features, generator=generator)
        changes[name] = down, torch.randn(linear.out_features, 2, generator=generator)
    return Adapter(changes, encoder.model_fingerprint, Part.all_of(PARTS), {"licence": "none"})


@pytest.fixture
def corpora(tmp_path):
    """Two corpora of three labels: the word in front tells the label."""
    for name, starts in (("one", ("card", "paper", "toner")), ("two", ("lost", "jam", "out"))):
        rows = [{"text": f"{start} {i}", "label": start} for start in starts for i in range(6)]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "list.toml").write_text(
        '[[family]]\nname = "a"\nweight = 3\nlicence = "MIT"\ncorpora = ["one.jsonl"]\n'
        '[[family]]\nname = "b"\ncorpora = ["two.jsonl"]\n'
    )
    return tmp_path / "list.toml"


def test_an_adapter_comes_back_from_its_file_in_16_bits(adapter, tmp_path):
    path = tmp_path / "a.safetensors"
    adapter.write(path)
    read = Adapter.read(path)
    assert (read.model, read.parts, dict(read.card)) == (adapter.model, adapter.parts, {"licence": "none"})
    for name, factors in adapter.changes.items():
        for before, after in zip(factors, read.changes[name], strict=True):
            assert torch.equal(before.half().float(), after)


def test_a_damaged_or_foreign_file_is_refused(adapter, tmp_path):
    path = tmp_path / "a.safetensors"
    adapter.write(path)
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(FewtextError, match=r"a\.safetensors"):
        Adapter.read(path)
    with pytest.raises(FewtextError, match="no such adapter"):
        Adapter.read(tmp_path / "missing.safetensors")


def test_a_model_with_an_adapter_has_the_changed_weights_and_its_parts(adapter, folder, tmp_path):
    path = tmp_path / "a.safetensors"
    adapter.write(path)
    plain = load_encoder(f"bert:{folder}", dtype="float32")
    changed = load_encoder(f"bert:{folder}+{path}", dtype="float32")
    x = changed.encode(TEXTS)
    assert x.shape == (4, 32) and changed.fingerprint != plain.fingerprint
    assert torch.allclose(x.norm(dim=1), torch.ones(4))
    before, after = (linears_of(encoder.trainable().cpu().model) for encoder in (plain, changed))
    for name, (down, up) in Adapter.read(path).changes.items():
        assert torch.allclose(after[name].weight - before[name].weight, up @ down, atol=1e-5)
    assert not torch.allclose(x[:, :16] / 0.6**0.5, plain.encode(TEXTS), atol=1e-3)


def test_an_adapter_of_another_model_is_refused(adapter, tmp_path):
    path = tmp_path / "a.safetensors"
    adapter.write(path)
    other = write_model(tmp_path / "other", seed=1)
    with pytest.raises(FewtextError, match="another model"):
        load_encoder(f"bert:{other}+{path}")


def test_an_adapter_that_does_not_fit_is_an_error(adapter, tmp_path):
    wide = {name: (down, torch.cat([up, up])) for name, (down, up) in adapter.changes.items()}
    with pytest.raises(FewtextError, match="no linear layer"):
        Adapter(wide, *_rest(adapter)).apply(load_encoder("bert").trainable().model)


def test_the_average_is_the_mean_change_at_its_strength(adapter):
    twice = Adapter({name: (down, 3 * up) for name, (down, up) in adapter.changes.items()}, *_rest(adapter))
    mean = averaged([adapter, twice], 0.5, rank=2, card={})
    for name, (down, up) in adapter.changes.items():
        made_down, made_up = mean.changes[name]
        assert torch.allclose(made_up @ made_down, up @ down, atol=1e-4)  # half of the mean of 1 and 3 times it


def _rest(adapter):
    return adapter.model, adapter.parts, adapter.card


def test_the_nearest_matrix_of_a_rank_leaves_the_smaller_singular_values():
    change = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    down, up = low_rank(change, 2)
    values = torch.linalg.svdvals(change.double())
    missed = (change.double() - (up @ down).double()).square().sum().item()
    assert missed == pytest.approx(values[2:].square().sum().item(), rel=1e-4)


def test_a_spec_is_split_before_an_adapter_and_only_there(tmp_path):
    assert split_adapter("layers:c++/model") == ("layers:c++/model", "")
    assert split_adapter("layers+none") == ("layers", "none")
    assert split_adapter("bert:m+a/b.safetensors") == ("bert:m", "a/b.safetensors")
    inside = tmp_path / "a+b.safetensors"
    inside.touch()
    assert split_adapter(f"bert:m+{inside}") == ("bert:m", str(inside))


def test_the_shipped_adapter_is_small_belongs_to_the_bundled_model_and_names_its_sources():
    adapter = Adapter.read(SHIPPED)
    assert SHIPPED.stat().st_size <= 2_000_000
    assert adapter.model == load_encoder("bert").model_fingerprint
    (run,) = adapter.card["runs"]
    assert len(run["corpora"]) == 38 and all(corpus["licence"] and corpus["data"] for corpus in run["corpora"])
    measured = ("banking77", "clinc150", "hwu64", "trec", "sst2", "office")
    assert not any(corpus["name"].startswith(measured) or "SA" in corpus["licence"] for corpus in run["corpora"])


def test_layers_has_the_shipped_adapter_and_the_untouched_model_by_name():
    default, untouched = load_encoder("layers"), load_encoder("layers+none")
    assert default.adapter is not None and untouched.adapter is None
    assert default.shape == (1536,) and untouched.shape == (1152,)
    assert load_encoder("layers:minilm").fingerprint == default.fingerprint
    assert find_model(None, True) == find_model("minilm", True)


def training(corpora, folder, steps, **settings):
    learner, options = named_learner("protonet:distance=cosine,scale=20", {})
    encoder = load_encoder(f"bert:{folder}", dtype="float32")
    recipe = EncoderRecipe(
        ways=Range(2, 3), shots=Range(1, 2), most_texts=12, tasks=2, steps=steps, warmup=2, rate=0.01, rank=4,
        kept_rank=4, parts=PARTS, keep=0.1, checkpoint_every=3,
    )  # fmt: skip
    members = read_members([str(corpora)], Session())
    kept, losses = [], []

    def keep(checkpoint):
        state = vars(checkpoint).copy()
        kept.append(type(checkpoint)(**state))

    listener = Listener(lambda step, metrics: losses.append(metrics["loss"]), keep)
    built = LearnerSpec(learner, options).build((16,), 0)
    _, adapter = train_encoder(encoder, built, members, recipe, listener=listener, **settings)
    return adapter, losses, kept


def test_a_toml_lists_families_with_weights_and_licences(corpora):
    one, two = read_members([str(corpora)], Session())
    assert (one.name, one.family, one.weight, one.licence) == ("one", "a", 3.0, "MIT")
    assert (two.family, two.weight, two.card["classes"], two.card["texts"]) == ("b", 1.0, 3, 18)
    assert [member.name for member in read_members([str(corpora.parent)], Session())] == ["one", "two"]
    corpora.write_text('[[family]]\nname = "a"\nwidth = 3\ncorpora = ["one.jsonl"]\n')
    with pytest.raises(FewtextError, match="width"):
        read_members([str(corpora)], Session())


def test_a_layer_that_the_model_does_not_have_is_an_error(folder):
    with pytest.raises(FewtextError, match="no layer 9"):
        load_encoder(f"bert:{folder}").trainable((Part(9, "mean", 1.0),))


def test_families_are_drawn_by_their_weight(corpora, folder):
    model = load_encoder(f"bert:{folder}").trainable(Part.all_of(PARTS))
    recipe = EncoderRecipe(ways=Range(2, 2), shots=Range(1, 1), most_texts=8, tasks=400)
    drawn = TextTasks(read_members([str(corpora)], Session()), model, recipe).draw(torch.Generator().manual_seed(0))
    first = {tuple(model.tokenize([word])[0][1:-1]) for word in ("card", "paper", "toner")}
    share = sum(any(tuple(task.tokens[0][1:2]) == word for word in first) for task in drawn) / len(drawn)
    assert 0.67 < share < 0.83  # three of four
    assert all(len(task.tokens) == len(task.y) + len(task.target) and task.ways == 2 for task in drawn)


def test_an_encoder_learns_from_tasks_of_many_corpora(corpora, folder):
    adapter, losses, _ = training(corpora, folder, 60)
    assert sum(losses[-10:]) < 0.7 * sum(losses[:10])
    assert adapter.parts == Part.all_of(PARTS) and all(len(down) == 4 for down, _ in adapter.changes.values())


def test_a_run_that_is_resumed_ends_as_if_it_had_never_stopped(corpora, folder):
    whole, losses, kept = training(corpora, folder, 6)
    again, rest, _ = training(corpora, folder, 6, resume=kept[0])
    assert rest == losses[3:]
    assert again.fingerprint == whole.fingerprint


def test_the_folder_of_a_run_holds_its_card(corpora, folder, adapter, tmp_path):
    members = read_members([str(corpora)], Session())
    settings = EncoderRunSettings("protonet", {}, "bert", "f", None, "torch.float32", [m.card for m in members], {}, 0)
    with EncoderRun(tmp_path / "run", settings, False) as run:
        run.keep(Checkpoint(3, {"a": torch.ones(1)}, {}, torch.Generator().get_state(), {}, finished=True))
    with EncoderRun(tmp_path / "run", settings, True) as run:  # killed before the adapter was written: nothing is lost
        assert run.checkpoint is not None and run.checkpoint.step == 3
        path = run.finish(adapter, settings, torch.device("cpu"))
    card = Adapter.read(path).card
    assert [corpus["name"] for corpus in card["corpora"]] == ["one", "two"] and card["versions"]["torch"]
    with EncoderRun(tmp_path / "run", settings, True) as run:
        assert run.finished
