"""Dense layers after pooling: the vectors of sentence-transformers, in every encoder that has them."""

import json

import pytest
import torch
from tiny_models import IDENTITY, SIZE, TANH, dense, write_json, write_model
from torch.nn.functional import normalize

from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.encode import encode
from fewtext.encoders.layers import LayersEncoder
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError

WIDTH = SIZE["hidden_size"]
TEXTS = ["my card was lost", "Paper JAM", "the toner is out the toner is out the toner is out", "card", "Grüße"]
LAYERS = {
    "none": (),
    "one": (dense(WIDTH, 24),),
    "without bias": (dense(WIDTH, 24, bias=False, activation=TANH),),
    "two": (dense(WIDTH, 24, activation=TANH), dense(24, 8, activation=IDENTITY)),
}


def difference(x, y):
    return (x.double() - y.double()).abs().max().item()


def load(folder, kind="bert"):
    return load_encoder(f"{kind}:{folder}", device="cpu", dtype="float32")


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("pooling", ["mean", "cls"])
@pytest.mark.parametrize("shape", ["bert", "mpnet", "xlm-r"])
def test_the_vectors_are_those_of_sentence_transformers(tmp_path, shape, pooling, layers):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    for number, normal in enumerate((True, False)):
        for prompt in ("", "query: "):
            folder = tmp_path / f"{number}{bool(prompt)}"
            write_model(folder, shape, pooling=pooling, dense=layers, normalize=normal, prompt=prompt)
            theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
            expected, features = theirs.encode(TEXTS, convert_to_tensor=True), encode(load(folder), TEXTS)
            assert features.shape == expected.shape and expected.std(0).max() > 1e-2
            assert difference(features, expected) < 1e-4 * expected.abs().max()


def test_of_three_layers_only_the_last_goes_through_it(tmp_path):
    plain = load(write_model(tmp_path / "plain"), "layers")
    folder = write_model(tmp_path / "dense", dense=LAYERS["two"])
    joined, last = load(folder, "layers"), load(folder)
    middle = joined.parts[1:]
    assert middle and joined.shape == (8 + WIDTH * len(middle),)
    features, without = encode(joined, TEXTS), encode(plain, TEXTS)
    share = joined.parts[0].share ** 0.5
    assert difference(features[:, :8], share * encode(last, TEXTS)) < 1e-5
    assert difference(features[:, 8:], without[:, WIDTH:]) < 1e-5
    assert difference(features.norm(dim=-1), torch.ones(len(TEXTS))) < 1e-5


@pytest.mark.parametrize("kind", ["bert", "layers"])
def test_fine_tuning_trains_the_model_through_a_frozen_layer(tmp_path, kind):
    folder = write_model(tmp_path / "m", dense=LAYERS["two"])
    encoder = load(folder, kind)
    module = encoder.trainable()
    assert difference(module(TEXTS), encode(load(folder), TEXTS)) < 1e-5
    module(TEXTS)[:, 0].sum().backward()
    trained = {name: weight for name, weight in module.named_parameters() if weight.requires_grad}
    assert all(name.startswith("model.") for name in trained) and not any("dense.0" in name for name in trained)
    assert max(weight.grad.abs().max() for weight in trained.values() if weight.grad is not None) > 0
    assert not any(parameter.requires_grad for parameter in encoder._dense.parameters())
    with torch.no_grad():
        weights = {name: 1.1 * weight.detach() for name, weight in trained.items()}
        module.load_state_dict(weights, strict=False)
        expected = module(TEXTS)
    again = encoder.with_weights(weights)
    assert again.shape == encoder.shape and again.fingerprint != encoder.fingerprint
    assert difference(normalize(encode(again, TEXTS)[:, :8], dim=-1), expected) < 1e-5


def test_the_fingerprint_covers_it_wherever_it_lies(tmp_path):
    from safetensors.torch import load_file, save_file

    folder = write_model(tmp_path / "m", dense=LAYERS["one"])
    before = load(folder).fingerprint
    assert before == BertEncoder.fingerprint_of(str(folder), load(folder).max_length, {})
    assert load(folder, "layers").fingerprint == LayersEncoder.fingerprint_of(str(folder), load(folder).max_length, {})
    write_json(folder / "2_Dense/config.json", dense(WIDTH, 24, activation=TANH))
    other = load(folder).fingerprint
    tensors = load_file(folder / "2_Dense/model.safetensors")
    save_file({**tensors, "linear.bias": tensors["linear.bias"] + 1e-3}, folder / "2_Dense/model.safetensors")
    assert len({before, other, load(folder).fingerprint}) == 3


def config(folder, **changes):
    content = json.loads((folder / "2_Dense/config.json").read_text())
    write_json(folder / "2_Dense/config.json", {**content, **changes})


def cut(folder):
    path = folder / "2_Dense/model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])


def other_order(folder):
    modules = json.loads((folder / "modules.json").read_text())
    write_json(folder / "modules.json", [*modules[:2], modules[3], modules[2]])


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda f: config(f, activation_function="os.abort"), "names code.*os.abort"),
        (lambda f: config(f, activation_function="torch.nn.modules.activation.Softmax"), "activation torch.*Softmax"),
        (lambda f: config(f, activation_function=5), "activation 5"),
        (lambda f: config(f, use_residual=True), "another kind"),
        (lambda f: config(f, module_input_name="token_embeddings"), "another kind"),
        (lambda f: config(f, in_features=8), "takes 8 numbers where there are 16"),
        (lambda f: config(f, out_features="24"), "its settings cannot be used"),
        (lambda f: config(f, out_features=23), "2_Dense/model.safetensors: cannot be loaded"),
        (lambda f: config(f, bias=False), "2_Dense/model.safetensors: cannot be loaded"),
        (lambda f: (f / "2_Dense/model.safetensors").unlink(), "no weights as safetensors"),
        (lambda f: (f / "2_Dense/config.json").unlink(), "its settings cannot be used"),
        (lambda f: (f / "2_Dense/model.safetensors").rename(f / "2_Dense/pytorch_model.bin"), "pickle"),
        (cut, "2_Dense/model.safetensors: cannot be loaded"),
        (other_order, "a Dense layer after a Normalize layer"),
    ],
)
def test_a_layer_that_cannot_be_computed_is_an_error(tmp_path, damage, complaint):
    folder = write_model(tmp_path / "m", dense=LAYERS["one"])
    damage(folder)
    with pytest.raises(FewtextError, match=complaint):
        load(folder)
