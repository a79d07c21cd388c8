"""Features are encoded once and cached; whatever happens to the cache, they are the encoder's."""

import pytest
import torch

from fewtext.contracts.corpus import Items
from fewtext.datasets.features import encode_items
from fewtext.encoders.load import load_encoder
from fewtext.registry import discovery

ITEMS = Items(["red apple", "blue sea", "red rose", "blue sky"], ["red", "blue", "red", "blue"])


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


def test_items_are_encoded_once(cache, toy_encoder):
    first = encode_items(toy_encoder, ITEMS)
    assert first.labels == ("blue", "red") and first.y.tolist() == [1, 0, 1, 0] and len(toy_encoder.seen) == 4
    again = encode_items(toy_encoder, ITEMS)
    assert torch.equal(first.x, again.x) and len(toy_encoder.seen) == 4 and len(list(cache.iterdir())) == 1


def test_whatever_changes_the_features_changes_the_file(cache, toy_encoder):
    encode_items(toy_encoder, ITEMS)
    encode_items(toy_encoder, Items(ITEMS.items[::-1], ITEMS.labels[::-1]))
    encode_items(toy_encoder, Items(["red apple b", "lue sea", "red rose", "blue sky"], ITEMS.labels))
    for attribute, value in (("max_length", 7), ("fingerprint", "other"), ("dtype", torch.bfloat16)):
        setattr(toy_encoder, attribute, value)
        encode_items(toy_encoder, ITEMS)
    assert len(list(cache.iterdir())) == 6


@pytest.mark.parametrize("damage", [b"", b"\x00" * 100, None])
def test_a_damaged_file_is_replaced(cache, toy_encoder, damage):
    whole = encode_items(toy_encoder, ITEMS).x
    (file,) = cache.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:-50] if damage is None else damage)
    assert torch.equal(encode_items(toy_encoder, ITEMS).x, whole) and file.read_bytes() == content


def test_features_of_another_shape_are_not_read(cache, toy_encoder):
    encode_items(toy_encoder, ITEMS)
    toy_encoder.shape = (7,)
    toy_encoder.encode = lambda items, progress=None: torch.ones(len(items), 7)
    assert encode_items(toy_encoder, ITEMS).x.shape == (4, 7)


def test_a_cache_that_cannot_be_written_costs_nothing_but_time(tmp_path, monkeypatch, toy_encoder):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "file" / "below"))
    assert len(encode_items(toy_encoder, ITEMS).x) == 4
    monkeypatch.setenv("FEWTEXT_CACHE", "off")
    assert len(encode_items(toy_encoder, ITEMS).x) == 4 and not (tmp_path / "features").exists()


def test_pixels_are_cached_as_bytes_without_loss(cache):
    items = discovery.corpus("glyphs").load_all()
    few = Items(items.items[:50], items.labels[:50])
    encoder = load_encoder("pixels:28x28x1,invert", device="cpu")
    first, again = encode_items(encoder, few), encode_items(encoder, few)
    assert torch.equal(first.x, again.x) and 0 < first.x.max() <= 1
    (kept,) = cache.iterdir()
    assert kept.stat().st_size < 50 * 28 * 28 + 1000
