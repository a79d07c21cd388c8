"""The files of a model with a short name are those that were published, or those of its first use."""

import hashlib
import warnings

import pytest
from published_models import load, publisher, rewrite

from fewtext.encoders import checksums
from fewtext.encoders.catalogue import CATALOGUE
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError, FewtextWarning


@pytest.fixture
def hub(tmp_path, monkeypatch):
    return publisher(tmp_path, monkeypatch)


def test_leaf_is_trusted_at_its_first_use_and_compared_afterwards(hub, tmp_path):
    folder = hub("leaf")
    with pytest.warns(FewtextWarning, match=r"leaf has no published checksum.*kept in .*cache.*leaf-66c47ba6d753"):
        first = load("leaf")
    assert first.shape == (24,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        again = load("leaf")
    assert again.fingerprint == first.fingerprint
    rewrite(folder / "2_Dense/model.safetensors", lambda content: content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(FewtextError, match=r"2_Dense/model.safetensors: .*of its first download; remove .*trust"):
        load("leaf")
    record = next((tmp_path / "cache/encoders").iterdir())
    record.write_text(record.read_text().replace("size", "sise"))
    with pytest.raises(FewtextError, match="is damaged.*remove it if you trust"):
        load("leaf")
    record.unlink()
    with pytest.warns(FewtextWarning, match="no published checksum"):
        assert load("leaf").fingerprint != first.fingerprint


def test_where_nothing_can_be_recorded_leaf_says_so_every_time(hub, monkeypatch, tmp_path):
    hub("leaf")
    (tmp_path / "file").write_text("")
    for cache in ("off", str(tmp_path / "file")):
        monkeypatch.setenv("FEWTEXT_CACHE", cache)
        for _ in range(2):
            with pytest.warns(FewtextWarning, match="cannot be kept.*a changed file is not noticed"):
                load("leaf")


@pytest.mark.parametrize("change", [lambda content: content[:-1] + b"x", lambda content: content[:-100]])
def test_other_weights_than_those_published_are_refused(hub, change):
    folder = hub("mpnet")
    expected = CATALOGUE["mpnet"].sha256["model.safetensors"]
    rewrite(folder / "model.safetensors", change)
    with pytest.raises(FewtextError) as refused:
        load("mpnet")
    found = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    said = str(refused.value)
    assert said.startswith(str(folder / "model.safetensors")) and found in said and expected in said
    assert f"remove {folder.parent.parent} and download it again" in said and "trust" not in said


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "1_Pooling/config.json"])
def test_a_file_that_changes_after_the_first_use_is_noticed(hub, name):
    folder = hub("bge-small")
    load("bge-small")
    rewrite(folder / name, lambda content: content + b" ")
    with pytest.raises(FewtextError, match=f"{name}: the model bge-small is not what it should be"):
        load("bge-small")


def test_files_are_hashed_once_until_they_are_written_again(hub, monkeypatch):
    folder = hub("mpnet")
    hashed = []
    digest = hashlib.file_digest
    monkeypatch.setattr(
        checksums.hashlib, "file_digest", lambda file, kind: hashed.append(file.name) or digest(file, kind)
    )
    load("mpnet")
    first = len(hashed)
    load("mpnet")
    assert first > 5 and len(hashed) == first
    blob = (folder / "model.safetensors").resolve()
    blob.write_bytes(blob.read_bytes())
    load("mpnet")
    assert hashed[first:] == [str(blob)]


def test_a_model_that_is_not_complete_is_not_loaded_with_other_settings(hub):
    folder = hub("bge-small")
    (folder / "1_Pooling/config.json").unlink()
    with pytest.raises(FewtextError, match=r"bge-small is incomplete: 1_Pooling/config.json is missing; remove .*once"):
        load_encoder("bge-small", device="cpu", offline=True)
