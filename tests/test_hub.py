"""The Hub is read by a library, as tables alone, and checked against the card; all tests are offline."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from fewtext.datasets import cards
from fewtext.datasets import hub as hub_module
from fewtext.datasets import local as sources
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.datasets.open import open_corpus
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextWarning, InputError
from fewtext.registry import discovery


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Put a folder in the place of a dataset on the Hub, and the library's cache into another."""
    import datasets

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWTEXT_DATA", raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    (tmp_path / "there").mkdir()
    monkeypatch.setattr(hub_module, "_address", lambda path: str(tmp_path / "there"))

    def publish(split, columns, class_labels=None):
        table = datasets.Dataset.from_dict(columns)
        if class_labels:
            table = table.cast_column("label", datasets.ClassLabel(names=class_labels))
        table.to_parquet(tmp_path / f"there/{split}.parquet")

    return publish


def test_a_dataset_of_the_hub_is_a_corpus(hub):
    hub("train", {"text": ["hello", "bye", " "], "label": [1, 0, 1]}, class_labels=["parting", "greeting"])
    hub("test", {"text": ["hi", "withheld"], "label": [1, -1]}, class_labels=["parting", "greeting"])
    corpus = open_corpus("hub:some/thing@v1.0")
    assert corpus.name == "some/thing" and sorted(corpus.splits) == ["test", "train"]
    with pytest.warns(FewtextWarning, match="skipped: 3"):
        assert corpus.load("train") == sources.Items(["hello", "bye"], ["greeting", "parting"])
    with pytest.warns(FewtextWarning, match="skipped: 2"):
        assert corpus.load("test").labels == ["greeting"]


def test_class_numbers_become_names(hub):
    hub("train", {"text": ["hello"], "label": [1], "label_text": ["greeting"]})
    assert open_corpus("hub:some/thing").load("train").labels == ["greeting"]


def test_a_dataset_without_the_columns_or_without_tables_is_refused(hub, tmp_path):
    hub("train", {"utterance": ["hello"], "label": ["greeting"]})
    with pytest.raises(InputError, match="hub:some/thing@main: has no column 'text'; it has: utterance, label"):
        open_corpus("hub:some/thing").load("train")
    os.remove("there/train.parquet")
    Path("there/train.txt").write_text("hello\n")
    with pytest.raises(InputError, match="is a dataset of kind text, not of tables or images"):
        open_corpus("hub:some/thing")
    shutil.rmtree("there")
    with pytest.raises(InputError, match="hub:some/thing@main: cannot be loaded"):
        open_corpus("hub:some/thing")
    Path("some/thing").mkdir(parents=True)
    with pytest.raises(InputError, match="the folder some/thing in the current folder would be read instead"):
        open_corpus("hub:some/thing")


HUB_CARD = """out_of_scope = "oos"
[hub]
path = "some/thing"
revision = "v1"
text = "utterance"
label = "intent"
[files.oos]
file = "oos.csv"
hub = "train"
out_of_scope = true"""


def test_a_card_without_its_files_reads_the_hub_and_checks_the_rows(hub, card):
    hub("train", {"utterance": ["hello", "bye now", "qwerty"], "intent": ["say hello", "say bye", "oos"]})
    names = cards._digest(["say_hello", "say_bye"])
    corpus = open_corpus(card(HUB_CARD, f'hub = "train"\nrows = 2\nlabels = 2\nnames = "{names}"'))
    assert corpus.load("train") == sources.Items(["hello", "bye now"], ["say_hello", "say_bye"])
    assert corpus.load_all() == corpus.load("train") and corpus.load("oos").items == ["qwerty"]
    for wrong, fault in [
        ("rows = 3", "2 rows instead of 3"),
        ("labels = 4", "2 labels instead of 4"),
        ('names = "0"', r"label names \(say bye, say hello, …\) are not the card's"),
    ]:
        corpus = open_corpus(card(HUB_CARD, f'hub = "train"\n{wrong}'))
        with pytest.raises(InputError, match=rf"hub:some/thing@v1 train: .*{fault}"):
            corpus.load("train")


def test_an_unreachable_hub_is_an_error_that_says_which_file_to_put_where(monkeypatch, tmp_path):
    import datasets
    import huggingface_hub.constants

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWTEXT_DATA", raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path)
    monkeypatch.setattr(datasets.config, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    message = (
        r"hub:mteb/banking77@\w+: cannot be loaded \(ConnectionError: .*put train.jsonl .*\$FEWTEXT_DATA.banking77"
    )
    with pytest.raises(InputError, match=message):
        open_corpus("banking77").load("train")
    with pytest.raises(InputError, match=r"hub:a/b@main: cannot be loaded \(ConnectionError"):
        open_corpus("hub:a/b")


def test_without_the_library_the_error_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    monkeypatch.delenv("FEWTEXT_DATA", raising=False)
    with pytest.raises(InputError, match=r'pip install "fewtext\[hub\]"'):
        open_corpus("hub:a/b")
    with pytest.raises(InputError, match=r'pip install "fewtext\[hub\]", or put train.jsonl'):
        open_corpus("sst2").load("train")


def test_images_of_the_hub_are_read_and_encoded(hub, monkeypatch, tmp_path):
    import datasets
    from PIL import Image

    shades = [Image.new("RGB", (4, 4), (shade, 0, 0)) for shade in (0, 100, 255)]
    features = datasets.Features({"img": datasets.Image(), "label": datasets.ClassLabel(names=["dark", "bright"])})
    table = datasets.Dataset.from_dict({"img": shades, "label": [0, 0, 1]}, features=features)
    table.to_parquet(tmp_path / "there/train.parquet")
    items = open_corpus("hub:some/images").load("train")
    assert items.labels == ["dark", "dark", "bright"] and items.of_images
    assert len({image.identity for image in items.items}) == 3
    x = encode(load_encoder("pixels:2x2x3", device="cpu"), items.items)
    assert [round(255 * value) for value in x[:, 0].mean((1, 2)).tolist()] == [0, 100, 255]


def test_the_split_of_cifar_keeps_its_classes_apart():
    corpus = discovery.corpus("cifar_fs")
    (name,) = fold_names(corpus)
    names = [label for part in json.loads(corpus.folds_file.read_text())[name].values() for label in part]
    fold = class_fold(corpus, name, names)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (64, 16, 20) and len(set(names)) == 100
