"""Small models of the catalogue's shapes in a Hub's cache that is otherwise empty."""

import hashlib
import shutil
from dataclasses import replace

from tiny_models import SIZE, dense, write_model

from fewtext.encoders.catalogue import CATALOGUE
from fewtext.encoders.load import load_encoder

WIDTH = SIZE["hidden_size"]
SHAPES = {
    "leaf": {"dense": (dense(WIDTH, 24),), "normalize": False},
    "bge-small": {"pooling": "cls"},
    "mpnet": {"shape": "mpnet"},
    "multilingual": {"shape": "xlm-r"},
    "paraphrase": {"shape": "xlm-r", "normalize": False},
}


def publisher(tmp_path, monkeypatch):
    """Return a function that puts a small model of an entry's shape into an empty Hub's cache, and its checksum."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")

    def publish(name):
        """Files are links to blobs that are named by their content, as in the real cache."""
        entry = CATALOGUE[name]
        repository = tmp_path / "hub" / f"models--{entry.repository.replace('/', '--')}"
        snapshot = repository / "snapshots" / entry.revision
        made = write_model(tmp_path / "made" / name, **SHAPES[name])
        (repository / "blobs").mkdir(parents=True)
        for file in [path for path in made.rglob("*") if path.is_file()]:
            blob = repository / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
            shutil.copy(file, blob)
            link = snapshot / file.relative_to(made)
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(blob)
        weights = hashlib.sha256((made / "model.safetensors").read_bytes()).hexdigest()
        known = {"model.safetensors": weights} if entry.sha256 else {}
        monkeypatch.setitem(CATALOGUE, name, replace(entry, sha256=known))
        return snapshot

    return publish


def load(spec):
    return load_encoder(spec, device="cpu", dtype="float32")


def rewrite(path, change):
    """Change the content of the file that a link leads to."""
    blob = path.resolve()
    blob.write_bytes(change(blob.read_bytes()))
