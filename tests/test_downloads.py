"""A corpus is fetched from the address in its card: once, checked, and whole or not at all."""

import hashlib
import io
from http.client import HTTPException

import pytest

from fewtext import cards
from fewtext.corpus import Corpus
from fewtext.errors import InputError


def card_with_an_address(folder, content, **changes):
    entry = {"file": "p.zip", "url": "https://example.org/p.zip", "md5": hashlib.md5(content).hexdigest(), "rows": 4}
    lines = [f"{key} = {value!r}" for key, value in {**entry, **changes}.items()]
    about = ['name = "far"', 'modality = "image"', 'description = ""', 'licence = ""', 'citation = ""', "[files.all]"]
    (folder / "card.toml").write_text("\n".join([*about, *lines]).replace("'", '"'))
    return folder / "card.toml"


def test_a_corpus_is_fetched_once_from_its_address(zipped_pictures, tmp_path, monkeypatch):
    content, asked = zipped_pictures, []
    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(cards, "urlopen", lambda url, timeout: asked.append(url) or io.BytesIO(content))
    corpus = Corpus.from_card(card_with_an_address(tmp_path, content))
    assert corpus.load("all").labels == corpus.load("all").labels == ["a", "a", "b", "b"]
    assert asked == ["https://example.org/p.zip"] and (tmp_path / "data/far/p.zip").read_bytes() == content


@pytest.mark.parametrize("answer", [b"another file", OSError("no route"), HTTPException("cut off")])
def test_what_is_fetched_is_checked_and_nothing_else_is_kept(answer, zipped_pictures, tmp_path, monkeypatch):
    def opened(url, timeout):
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(cards, "urlopen", opened)
    corpus = Corpus.from_card(card_with_an_address(tmp_path, zipped_pictures))
    with pytest.raises(InputError, match=r"https://example.org/p.zip: (is not the file|cannot be fetched).*put p.zip"):
        corpus.load("all")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("changes", [{"url": "http://example.org/p.zip"}, {"url": "file:///etc/passwd"}, {"md5": ""}])
def test_an_address_is_https_and_has_a_checksum(changes, tmp_path):
    with pytest.raises(InputError, match="is no https address with an md5"):
        Corpus.from_card(card_with_an_address(tmp_path, b"", **changes))
