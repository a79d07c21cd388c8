"""CIFAR-FS from end to end, on other images in the Hub's very layout: read, trained on, evaluated, without network."""

import json
from collections import Counter

import cifar_stand_in
import pytest
from cifar_stand_in import FULL, SIDE

from fewtext.datasets import hub as hub_module
from fewtext.datasets.folds import class_fold
from fewtext.datasets.open import open_corpus
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder
from fewtext.errors import InputError
from fewtext.registry import discovery
from fewtext.testing.no_network import no_network

datasets = pytest.importorskip("datasets", reason="needs the Hub's library: fewtext[hub]")
pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")
EACH = {"train": 5, "test": 3}


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hub") / "cifar100"
    cifar_stand_in.publish(folder, EACH)
    return folder


@pytest.fixture
def corpus(published, tmp_path, monkeypatch):
    """The folder of the card, with the stand-in in the place of the data set that it names."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FEWTEXT_DATA", raising=False)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    monkeypatch.setattr(hub_module, "_address", {"uoft-cs/cifar100": str(published)}.__getitem__)
    return str(cifar_stand_in.smaller_card(tmp_path / "cifar_fs", EACH))


def test_the_names_are_those_that_the_card_checks(corpus):
    card = discovery.corpus("cifar_fs")
    assert card.splits == ["train", "test"] and card.encoder == f"pixels:{SIDE}x{SIDE}x3"
    with no_network():
        read = {split: open_corpus(corpus).load(split) for split in card.splits}
    for split, items in read.items():
        assert Counter(items.labels) == dict.fromkeys(cifar_stand_in.names(), EACH[split]) and items.of_images


def test_the_unchanged_card_wants_the_whole_data_set(corpus):
    with pytest.raises(InputError, match=r"uoft-cs/cifar100@\w{40} test: 300 rows instead of 10000"):
        discovery.corpus("cifar_fs").load("test")
    assert sum(100 * count for count in FULL.values()) == 60_000


def test_the_images_are_those_of_the_zips(corpus, published, tmp_path, monkeypatch):
    """The card's other door: a zip of class folders for each split, in the folder of data."""
    from_hub = open_corpus(corpus).load_all()
    cifar_stand_in.put_zips(published, tmp_path / "data" / "cifar_fs")
    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    from_zips = open_corpus(corpus).load_all()
    encoder = load_encoder(f"pixels:{SIDE}x{SIDE}x3", device="cpu")
    seen = [
        sorted(zip(items.labels, encode(encoder, items.items).flatten(1).tolist(), strict=True))
        for items in (from_hub, from_zips)
    ]
    assert len(seen[0]) == 800 and seen[0] == seen[1]


def test_it_is_trained_on_64_classes_and_evaluated_on_20_others(corpus, run_fewtext, tmp_path):
    small = ["--backbone", "conv4:width=8", "--ways", "10", "--shots", "1", "--queries", "3"]
    done = run_fewtext("train", "--corpus", corpus, "--learner", "protonet", *small, "--steps", "30", "--rate", "0.01",
                       "--validate-every", "10", "--tracker", "none", "--output", tmp_path / "run")  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert b"30 steps on cifar_fs/bertinetto; accuracy on validation classes " in done.stderr
    done = run_fewtext("evaluate", "--corpus", corpus, "--learner", tmp_path / "run", "--queries", "3", "--episodes",
                       "60", "--format", "json")  # fmt: skip
    report = json.loads(done.stdout)
    assert done.returncode == 0 and done.stderr == b"", done.stderr.decode()
    assert report["corpus"] == "cifar_fs/bertinetto" and report["encoder"] == "pixels"
    assert report["accuracy"] - report["interval"] > 0.3, "chance is one in five"
    settings = json.loads((tmp_path / "run" / "learner.json").read_text())
    fold = class_fold(open_corpus(corpus), "bertinetto", cifar_stand_in.names())
    assert settings["train"] == list(fold.train) and settings["valid"] == list(fold.valid)
    assert (len(fold.train), len(fold.valid), len(fold.test)) == (64, 16, 20)
