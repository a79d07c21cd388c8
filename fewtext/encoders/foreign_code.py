"""Protection against code in a model's folder: classes that its settings name, and pickles."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from fewtext.errors import InputError

# Keys whose values, at any depth, libraries import.
_NAMES_CODE = re.compile(
    r"_*(\w+_)?(type|types|class|classes|class_name|class_path|cls|module|function|fn|target)_*", re.I
)
_BRINGS_CODE = ("auto_map", "custom_pipelines")
_CLASSES = (
    "Asym|BoW|CLIPModel|CNN|Dense|Dropout|LSTM|LayerNorm|MLMTransformer|Normalize|PhraseTokenizer|Pooling|Router|"
    "SparseAutoEncoder|SparseStaticEmbedding|SpladePooling|StaticEmbedding|Transformer|WeightedLayerPooling|"
    "WhitespaceTokenizer|WordEmbeddings|WordWeights"
)
_KNOWN = re.compile(rf"sentence_transformers\.([a-z_]+\.)*({_CLASSES})|torch\.nn\.modules\.(activation|linear)\.\w+")
_VOCABULARIES = "tokenizer.json", "vocab.json"  # large, and read by tokenizers that import nothing
_PICKLES = ".bin", ".ckpt", ".joblib", ".pickle", ".pkl", ".pt", ".pth"
_SAFE = "model.safetensors", "model.safetensors.index.json"  # libraries prefer them to a pickle in the same folder


def refuse_code(folder: Path) -> None:
    """Raise ``InputError`` where loading a folder could execute code, before any library loads it."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir() and path.is_symlink():
            raise InputError("a folder in the model is a link", where=str(path), hint="replace it by a copy")
        if path.suffix in _PICKLES and not path.name.startswith("openvino"):
            if not any((path.parent / name).is_file() for name in _SAFE):
                message = "weights as a pickle can execute code when they are loaded"
                raise InputError(message, where=str(path), hint="save them as safetensors, or remove the file")
        if path.suffix == ".json" and path.name not in _VOCABULARIES:
            with suppress(ValueError, RecursionError):  # libraries cannot read it either
                _check(json.loads(path.read_text(encoding="utf-8")), path)


def _check(content: Any, path: Path, names_code: bool = False) -> None:
    """Raise ``InputError`` for settings that name code; with ``names_code`` a string is the name of a class."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in _BRINGS_CODE and value:
                raise _refused(path, key)
            if key == "path" and isinstance(value, str):
                _check_inside(value, path)
            if names_code:  # the keys are folders of modules
                _check_inside(key, path)
            _check(value, path, names_code or bool(_NAMES_CODE.fullmatch(key)))
    elif isinstance(content, list):
        for value in content:
            _check(value, path, names_code)
    elif names_code and isinstance(content, str) and "." in content and not _KNOWN.fullmatch(content):
        raise _refused(path, content)


def _check_inside(part: str, path: Path) -> None:
    if Path(part).is_absolute() or ".." in Path(part).parts:
        raise InputError(f"names a folder outside the model: {part:.100}", where=str(path))


def _refused(path: Path, name: str) -> InputError:
    return InputError(
        f"names code that sentence-transformers and transformers do not have: {name:.100}", where=str(path)
    )
