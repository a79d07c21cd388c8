"""A model's folder executes nothing: it is refused before a library is asked to load it."""

import json
import shutil

import pytest

from fewtext import FewShotClassifier
from fewtext.encoders.foreign_code import refuse_code
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError

ROUTER = {"types": {"part": "joblib.numpy_pickle.NumpyUnpickler"}, "structure": {"default": ["part"]}, "parameters": {}}
KNOWN = "sentence_transformers.sentence_transformer.modules"


@pytest.fixture
def folder(tmp_path):
    """A model's folder as far as a first look goes."""
    (tmp_path / "enc").mkdir()
    (tmp_path / "enc/model.safetensors").write_bytes(b"")
    (tmp_path / "enc/config.json").write_text('{"model_type": "bert", "architectures": ["BertModel"]}')
    return tmp_path / "enc"


def write(folder, name, content):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(content))


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "evil.Evil"}], "names code.*evil.Evil"),
        ("router_config.json", ROUTER, "names code.*joblib"),
        ("deep/config.json", ROUTER, "names code.*joblib"),
        ("modules.json", [{"type": "sentence_transformers.util.misc.importlib", "path": ""}], "names code"),
        ("modules.json", [{"type": f"{KNOWN}.Pooling", "path": "../other"}], "outside the model"),
        ("router_config.json", {"types": {"../part": f"{KNOWN}.Pooling"}}, "outside the model"),
        ("2_Dense/config.json", {"activation_function": "os.abort"}, "names code.*os.abort"),
        ("config.json", {"model_type": "bert", "auto_map": {"AutoModel": "evil.Model"}}, "names code.*auto_map"),
        ("tokenizer_config.json", {"tokenizer_class": "owner/name--evil.Tokenizer"}, "names code"),
        ("2_Dense/pytorch_model.bin", "", "pickle.*safetensors"),
        ("part/model.joblib", "", "pickle.*safetensors"),
    ],
)
def test_a_folder_that_could_execute_something_is_refused(folder, name, content, complaint):
    write(folder, name, content)
    for encoder in ("bert", "sentence-transformers"):
        with pytest.raises(FewtextError, match=complaint):
            load_encoder(f"{encoder}:{folder}", device="cpu")


def test_what_models_usually_hold_is_not_refused(folder):
    write(
        folder, "modules.json", [{"type": f"{KNOWN}.Transformer", "path": ""}, {"type": f"{KNOWN}.Dense", "path": "2"}]
    )
    write(folder, "2/config.json", {"activation_function": "torch.nn.modules.activation.Tanh"})
    write(folder, "router_config.json", {"types": {"part": f"{KNOWN}.Pooling"}})
    write(folder, "config.json", {"torch_dtype": "torch.float32", "modules_to_not_convert": ["encoder.layer.0"]})
    write(folder, "pytorch_model.bin", "a copy of the weights beside them, which nobody reads")
    refuse_code(folder)


@pytest.fixture
def bag_of_words(tmp_path):
    """A sound model of sentence-transformers, of a few words."""
    sentence_transformers = pytest.importorskip("sentence_transformers")
    from sentence_transformers.sentence_transformer import modules
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = Tokenizer(models.WordLevel({"[UNK]": 0, "paper": 1, "toner": 2, "card": 3}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    static = modules.StaticEmbedding(words, embedding_dim=4)
    sentence_transformers.SentenceTransformer(modules=[static], device="cpu").save(str(tmp_path / "words"))
    return tmp_path / "words"


def saved(encoder, folder):
    model = FewShotClassifier(encoder=f"sentence-transformers:{encoder}", device="cpu")
    model.fit(["paper toner", "toner", "card", "card card"], ["printing", "printing", "payment", "payment"])
    model.save(folder)
    return model


def test_another_encoder_is_refused_before_it_is_loaded(bag_of_words, tmp_path, monkeypatch):
    saved(bag_of_words, tmp_path / "model")
    write(bag_of_words, "modules.json", json.loads((bag_of_words / "modules.json").read_text()) * 2)
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", lambda *_, **__: pytest.fail("it was loaded"))
    with pytest.raises(FewtextError, match="fitted with another encoder"):
        FewShotClassifier.load(tmp_path / "model", device="cpu")


def test_an_encoder_inside_a_model_is_found_from_anywhere(bag_of_words, tmp_path, monkeypatch):
    model = saved(bag_of_words, tmp_path / "model")
    model.model_.encoder = "sentence-transformers:enc"  # as where both are put into one folder
    monkeypatch.setattr("fewtext.classify.model_folder.check_target", lambda folder: None)
    model.save(tmp_path / "model")
    shutil.move(bag_of_words, tmp_path / "model/enc")
    again = FewShotClassifier.load(tmp_path / "model", device="cpu")
    assert (again.predict_proba(["toner"]) == model.predict_proba(["toner"])).all()
    (tmp_path / "model/enc").rename(tmp_path / "enc")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FewtextError, match="is the name of a folder in the current folder"):
        FewShotClassifier.load(tmp_path / "model", device="cpu")
