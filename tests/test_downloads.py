"""A corpus is downloaded from the address in its card: once, checked, and atomically."""

import hashlib
import io
import json
from http.client import HTTPException
from pathlib import Path

import pytest

from fewtext.datasets import cards
from fewtext.datasets.cards import read_card
from fewtext.datasets.folds import class_fold
from fewtext.datasets.open import open_corpus
from fewtext.errors import InputError

FOLDS = Path(__file__).parent.parent / "corpora/liu57/folds.json"


def card_with_an_address(folder, content, **changes):
    entry = {"file": "p.zip", "url": "https://example.org/p.zip", "md5": hashlib.md5(content).hexdigest(), "rows": 4}
    lines = [f"{key} = {value!r}" for key, value in {**entry, **changes}.items()]
    about = ['name = "far"', 'modality = "image"', 'description = ""', 'licence = ""', 'citation = ""', "[files.all]"]
    (folder / "card.toml").write_text("\n".join([*about, *lines]).replace("'", '"'))
    return folder / "card.toml"


def test_a_corpus_is_downloaded_once_from_its_address(zipped_images, tmp_path, monkeypatch):
    content, asked = zipped_images, []
    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(cards, "urlopen", lambda url, timeout: asked.append(url) or io.BytesIO(content))
    corpus = read_card(card_with_an_address(tmp_path, content))
    assert corpus.load("all").labels == corpus.load("all").labels == ["a", "a", "b", "b"]
    assert asked == ["https://example.org/p.zip"] and (tmp_path / "data/far/p.zip").read_bytes() == content


@pytest.mark.parametrize("answer", [b"another file", OSError("no route"), HTTPException("cut off")])
def test_a_download_is_checked_and_kept_only_if_right(answer, zipped_images, tmp_path, monkeypatch):
    def opened(url, timeout):
        if isinstance(answer, Exception):
            raise answer
        return io.BytesIO(answer)

    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    monkeypatch.setattr(cards, "urlopen", opened)
    corpus = read_card(card_with_an_address(tmp_path, zipped_images))
    with pytest.raises(
        InputError, match=r"https://example.org/p.zip: (does not match the checksum|cannot be downloaded).*put p.zip"
    ):
        corpus.load("all")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("changes", [{"url": "http://example.org/p.zip"}, {"url": "file:///etc/passwd"}, {"md5": ""}])
def test_an_address_is_https_and_has_a_checksum(changes, tmp_path):
    with pytest.raises(InputError, match="is not an https address with an md5"):
        read_card(card_with_an_address(tmp_path, b"", **changes))


def test_a_commit_in_the_address_is_as_good_as_a_checksum(tmp_path, monkeypatch):
    """As liu57 has it: its texts are in a column of another name, and the names of its labels are checked."""
    labels = sorted(
        {label for fold in json.loads(FOLDS.read_text()).values() for part in fold.values() for label in part}
    )
    rows = "".join(json.dumps({"label": label, "sentence": f"do {label}"}) + "\n" for label in labels)
    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path))
    monkeypatch.setattr(cards, "urlopen", lambda url, timeout: io.BytesIO(rows.encode()))
    corpus = open_corpus("liu57")
    assert corpus.load("full").items[0] == "do addcontact" and len(labels) == 54
    assert len(class_fold(corpus, "protaugment_03", labels).test) == 18
    (tmp_path / "liu57/full.jsonl").write_text(rows.replace("joke", "jokes"))
    with pytest.raises(InputError, match="label names"):
        corpus.load("full")
