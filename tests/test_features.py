"""Features are encoded once and cached; whatever happens to the cache, they are the encoder's."""

import os
import sqlite3
import stat
import sys
import threading
import warnings

import pytest
import torch

from fewtext import cached_features
from fewtext.contracts.corpus import Items
from fewtext.datasets.features import encode_items
from fewtext.encoders.encode import encode, warn_of_truncation
from fewtext.encoders.load import load_encoder
from fewtext.encoders.weighted_parts import WeightedParts
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.files import feature_store
from fewtext.files.feature_database import Row, add_rows, connect, facts_of, read_rows
from fewtext.files.feature_upkeep import cache_facts, clear_cache
from fewtext.registry import discovery

ITEMS = Items(["red apple", "blue sea", "red rose", "blue sky"], ["red", "blue", "red", "blue"])
TEXTS = ITEMS.items


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "features"


@pytest.fixture
def own(toy_encoder, monkeypatch):
    """The toy encoder as if it came with fewtext, so that its fingerprint is trusted."""
    monkeypatch.setattr(type(toy_encoder), "__module__", "fewtext.encoders.toy")
    return toy_encoder


def cached(encoder, texts):
    with cached_features():
        return encode(encoder, texts)


def test_items_are_encoded_once(cache, own):
    first = encode_items(own, ITEMS)
    assert first.labels == ("blue", "red") and first.y.tolist() == [1, 0, 1, 0] and len(own.seen) == 4
    again = encode_items(own, ITEMS)
    assert torch.equal(first.x, again.x) and len(own.seen) == 4 and cache_facts().items == 4


def test_only_texts_that_miss_are_encoded_in_one_call_and_progress_is_of_them(cache, own):
    cached(own, TEXTS[:2])
    calls, encode_them = [], own.encode
    own.encode = lambda items, progress: calls.append((items, progress)) or encode_them(items)
    progress = object()
    with cached_features():
        x = encode(own, [TEXTS[3], TEXTS[0], TEXTS[3], TEXTS[2], TEXTS[1]], progress)
    assert calls == [([TEXTS[3], TEXTS[2]], progress)]
    assert torch.equal(x, encode_them([TEXTS[i] for i in (3, 0, 3, 2, 1)]))


def test_nothing_is_cached_outside_of_the_block_or_where_it_is_off(cache, own, monkeypatch):
    encode(own, TEXTS)
    for name, value in (("FEWTEXT_CACHE", "off"), ("FEWTEXT_CACHE_SIZE", "0")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            cached(own, TEXTS)
    assert len(own.seen) == 12 and not cache.exists()


def test_whatever_changes_the_features_changes_the_key(cache, own):
    cached(own, TEXTS)
    for attribute, value in (("max_length", 7), ("fingerprint", "other"), ("dtype", torch.bfloat16)):
        setattr(own, attribute, value)
        cached(own, TEXTS)
    assert len(own.seen) == 16 and cache_facts().items == 16
    threads = torch.get_num_threads()
    try:
        torch.set_num_threads(threads + 1)
        cached(own, TEXTS)
    finally:
        torch.set_num_threads(threads)
    assert len(own.seen) == 20


@pytest.mark.parametrize("kind", ["bert", "layers"])
def test_the_real_encoders_features_are_the_same_to_the_bit(cache, kind):
    encoder = load_encoder(kind, device="cpu", dtype="float32", offline=True)
    texts = ["short", "a text of a few more words", "another one, with a comma", "the last of these texts"]
    plain = encode(encoder, texts)
    cached(encoder, texts[:3])
    assert torch.equal(cached(encoder, texts[:3]), plain[:3])
    if encoder.shares:
        weighted = WeightedParts(encoder, [0.5, *encoder.shares[1:]])
        assert torch.equal(cached(weighted, texts[:3]), encode(weighted, texts[:3]))
    assert cache_facts().items == 3, "one row for each text, however its parts are weighted"


def test_number_formats_are_not_mixed(cache):
    texts = ["a text of a few words", "another text"]
    encoders = [load_encoder("bert", device="cpu", dtype=name, offline=True) for name in ("float32", "bfloat16")]
    first = [cached(encoder, texts) for encoder in encoders]
    again = [cached(encoder, texts) for encoder in encoders[::-1]][::-1]
    assert not torch.equal(*first) and all(map(torch.equal, first, again))


def test_a_warning_of_texts_that_are_cut_or_unknown_does_not_depend_on_the_cache(cache):
    encoder = load_encoder("bert", device="cpu", dtype="float32", max_length=6, offline=True)
    texts = [
        "short",
        "a text of so many words that it is cut",
        "😀 😀",
        "not cut",
        "and one more text that is cut here",
    ]

    def said():
        with warnings.catch_warnings(record=True) as raised, cached_features(), warn_of_truncation(encoder):
            warnings.simplefilter("always")
            encode(encoder, texts)
        return [str(warning.message) for warning in raised]

    first = said()
    assert len(first) == 2 and first[0].startswith("2 texts") and first == said() and cache_facts().items == len(texts)


def test_without_marks_a_call_with_counted_texts_is_not_cached(cache, own):
    own.max_length = 2
    cached(own, ["one two three", "one"])
    assert own.truncated == 1 and cache_facts().items == 0
    own.marks = lambda items: [int(len(item.split()) > 2) for item in items]
    cached(own, ["one two three", "one"])
    assert cache_facts().items == 2
    before = own.truncated
    cached(own, ["one", "one two three"])
    assert own.truncated == before + 1 and len(own.seen) == 4


def test_an_encoder_that_is_fitted_to_a_support_is_not_cached(cache, own):
    class Fitted(type(own)):
        def fit(self, texts):
            return self

    cached(Fitted(), TEXTS)
    fitted = load_encoder("tfidf").fit(TEXTS) if pytest.importorskip("sklearn") else None
    cached(fitted, TEXTS)
    assert not cache.exists()


def test_a_third_party_encoder_whose_fingerprint_does_not_tell_is_found_out(cache, toy_encoder):
    cached(toy_encoder, TEXTS)
    cached(toy_encoder, TEXTS)
    assert len(toy_encoder.seen) == 5, "one text is encoded again, to see"
    real = toy_encoder.encode
    toy_encoder.encode = lambda items, progress=None: real(items).roll(1, dims=1)
    with pytest.warns(FewtextWarning, match="the encoder toy gives others than those kept under its fingerprint toy"):
        x = cached(toy_encoder, TEXTS)
    assert torch.equal(x, real(TEXTS).roll(1, dims=1))


@pytest.mark.parametrize("damage", ["no database", "cut", "a flipped bit"])
def test_a_damaged_database_is_begun_anew(cache, own, damage):
    whole = cached(own, TEXTS)
    file = cache / feature_store.FILE
    content = bytearray(file.read_bytes())
    if damage == "a flipped bit":
        content[content.rindex(whole[0].numpy().tobytes()) + 2000] ^= 1
    file.write_bytes({"no database": b"text" * 9000, "cut": content[:40_000]}.get(damage, content))
    with pytest.warns(FewtextWarning, match="was damaged .* and is begun anew"):
        assert torch.equal(cached(own, TEXTS), whole)
    assert len(own.seen) == 8
    assert torch.equal(cached(own, TEXTS), whole) and len(own.seen) == 8


def test_a_cache_that_cannot_be_written_costs_one_warning_and_time(tmp_path, monkeypatch, own):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "file" / "below"))
    with pytest.warns(FewtextWarning, match="no features are cached: .*Not a directory") as said, cached_features():
        assert all(len(encode(own, TEXTS)) == 4 for _ in range(2))
    assert len(said) == 1


def test_a_python_without_sqlite_costs_one_warning(cache, own, monkeypatch):
    monkeypatch.setitem(sys.modules, "sqlite3", None)
    with pytest.warns(FewtextWarning, match="no features are cached: .*sqlite3") as said, cached_features():
        assert all(len(encode(own, TEXTS)) == 4 for _ in range(2))
    assert len(said) == 1


def test_a_full_disk_costs_one_warning_and_time(cache, own, monkeypatch):
    def small(*arguments):
        database = connect(*arguments)
        database.execute("PRAGMA max_page_count = 6").fetchall()
        return database

    monkeypatch.setattr(feature_store, "connect", small)
    texts = [f"text {i}" for i in range(200)]
    with pytest.warns(FewtextWarning, match="no features are cached: .* full") as said, cached_features():
        assert all(torch.equal(encode(own, texts), own.encode(texts)) for _ in range(2))
    assert len(said) == 1


def test_only_the_owner_may_read_it_and_no_text_is_in_it(cache, own):
    cache.mkdir(parents=True)
    cache.chmod(0o755)
    with cached_features():
        encode(own, ["a confidential text", "another"])
        if os.name == "posix":
            assert stat.S_IMODE(cache.stat().st_mode) == 0o700
            assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}
        assert len(list(cache.iterdir())) > 1, "the log, too"
        assert not any(b"confidential" in path.read_bytes() for path in cache.iterdir())


def test_hashes_of_two_caches_have_nothing_in_common(cache, own, tmp_path, monkeypatch):
    keys = []
    for folder in ("one", "two"):
        monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / folder))
        cached(own, TEXTS)
        with sqlite3.connect(tmp_path / folder / "features" / feature_store.FILE) as database:
            keys.append(set(database.execute("SELECT key FROM keys")))
    assert len(keys[0]) == len(keys[1]) == 4 and not keys[0] & keys[1]


def test_it_stays_within_its_bound_and_forgets_what_was_used_longest_ago(tmp_path, monkeypatch):
    database = connect(tmp_path / "rows")
    monkeypatch.setattr("time.time", lambda: clock)
    rows = [(b"%d" % i, Row(bytes([i % 256]) * 4000, 0)) for i in range(3000)]
    most = 4_000_000
    for start in range(0, 3000, 100):
        clock = 10_000 * start
        add_rows(database, rows[start : start + 100], most)
        assert read_rows(database, [b"0"]), "used all the time"
        assert (tmp_path / "rows").stat().st_size <= most
    kept = facts_of(database).rows
    assert kept * 4000 > most * 0.8 and set(read_rows(database, [key for key, _ in rows[-500:]])) == {
        key for key, _ in rows[-500:]
    }
    add_rows(database, [(b"more", rows[0][1])], most // 4)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    assert (tmp_path / "rows").stat().st_size <= most // 4 + 32768, "a lower bound"
    add_rows(database, [(b"a" + key, row) for key, row in rows], most)
    assert (tmp_path / "rows").stat().st_size <= most, "more at once than there is room for"
    database.close()


def test_it_may_be_cleared_while_in_use(cache, own):
    with cached_features():
        encode(own, TEXTS)
        held = clear_cache()
        assert held.items == 4 and held.bytes > 0 and cache_facts().items == 0
        assert torch.equal(encode(own, TEXTS), own.encode(TEXTS))
        assert cache_facts().items == 4


def test_clearing_removes_what_earlier_versions_kept_and_a_damaged_database(cache, own, monkeypatch):
    cache.mkdir(parents=True)
    (cache / "0123.safetensors").write_bytes(b"x")
    (cache / feature_store.FILE).write_bytes(b"text" * 9000)
    with pytest.raises(FewtextError, match="fewtext cache clear"):
        cache_facts()
    assert clear_cache().bytes == 36001 and not list(cache.iterdir()) and cache_facts().items == 0
    monkeypatch.setenv("FEWTEXT_CACHE", "off")
    with pytest.raises(FewtextError, match="FEWTEXT_CACHE is off"):
        clear_cache()


@pytest.mark.parametrize(("written", "size"), [("2GB", 2e9), ("1.5 mb", 1.5e6), ("700", 700), ("", 2e9)])
def test_the_bound_is_a_size(monkeypatch, written, size):
    monkeypatch.setenv("FEWTEXT_CACHE_SIZE", written)
    assert feature_store.bound() == size


@pytest.mark.parametrize("written", ["much", "-1", "2 PB", "GB"])
def test_another_bound_is_an_error(monkeypatch, written):
    monkeypatch.setenv("FEWTEXT_CACHE_SIZE", written)
    with pytest.raises(FewtextError, match="FEWTEXT_CACHE_SIZE"):
        feature_store.bound()


def test_threads_share_it(cache, own):
    texts = [f"text {i}" for i in range(60)]
    whole, wrong = own.encode(texts), []

    def ask(start):
        for step in range(10):
            chosen = [(start + 7 * step + i) % 60 for i in range(20)]
            with cached_features():
                x = encode(own, [texts[i] for i in chosen])
            wrong.extend([chosen] * (not torch.equal(x, whole[chosen])))

    threads = [threading.Thread(target=ask, args=(11 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and cache_facts().items == 60 and feature_store.store_in_use() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_process_opens_its_own(cache, own):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # as a forked process has
    with cached_features():
        whole = encode(own, TEXTS)
        child = os.fork()
        if not child:
            own.seen.clear()
            same = torch.equal(encode(own, TEXTS), whole) and not own.seen
            os._exit(0 if same else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        encode(own, [*TEXTS, "one more"])
    torch.set_num_threads(threads)
    assert len(own.seen) == 5 and cache_facts().items == 5


def test_pixels_are_cached_as_bytes_without_loss(cache):
    items = discovery.corpus("glyphs").load_all()
    few = Items(items.items[:50], items.labels[:50])
    encoder = load_encoder("pixels:28x28x1,invert", device="cpu")
    first, again = encode_items(encoder, few), encode_items(encoder, few)
    assert torch.equal(first.x, again.x) and 0 < first.x.max() <= 1
    with sqlite3.connect(cache / feature_store.FILE) as database:
        assert set(database.execute("SELECT length(content) FROM features")) == {(28 * 28,)}


def test_images_are_cached_where_a_corpus_is_encoded_alone(cache):
    items = discovery.corpus("glyphs").load_all().items[:5]
    cached(load_encoder("pixels:28x28x1,invert", device="cpu"), items)
    assert not cache.exists()
