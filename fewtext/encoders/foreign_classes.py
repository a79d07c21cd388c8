"""What a model's folder may name: classes that sentence-transformers has, and nothing else, in any of its JSON files.

The library imports the classes that a folder names, and some of those unpickle what lies beside them. So a folder is
read, here, before it is handed to any library.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fewtext.errors import InputError

_MODULES = (
    "Transformer|CLIPModel|StaticEmbedding|Router|Asym|Pooling|WeightedLayerPooling|Normalize|Dense|LayerNorm|Dropout"
    "|CNN|LSTM|BoW|WordEmbeddings|WordWeights|WhitespaceTokenizer|PhraseTokenizer"
)
_KNOWN = re.compile(rf"sentence_transformers(\.\w+)*\.({_MODULES})|torch\.nn\.modules\.(activation|linear)\.[A-Z]\w*")
_DOTTED = re.compile(r"(\S+--)?[^\W\d]\w*(\.[^\W\d]\w*)+")  # "owner/code--" before it is code in another repository
_FILES = re.compile(r".*\.(safetensors|json|jsonl|txt|model|bin|onnx|xml|md)", re.IGNORECASE)
_VOCABULARIES = {"tokenizer.json", "vocab.json", "added_tokens.json"}  # tokens, which may look like anything
_PICKLES = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib"}


def refuse_foreign_classes(folder: Path) -> None:
    """Raise ``InputError`` where a folder names an unknown class, or has weights as pickles only."""
    for path in sorted(folder.rglob("*.json")):
        if path.name not in _VOCABULARIES:
            for key, name in _names(read_json(path)):
                if _DOTTED.fullmatch(name) and not _KNOWN.fullmatch(name) and not _FILES.fullmatch(name):
                    raise InputError(
                        f"names code that is not of sentence-transformers' modules: {key}: {name}",
                        where=str(path),
                        cure="use a model that needs no code of its own; nothing was loaded",
                    )
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() and path.is_dir():
            raise InputError("is a link to another folder, which is not looked into", where=str(path), cure="copy it")
        if path.suffix.lower() in _PICKLES and not any(path.parent.glob("*.safetensors")):
            raise InputError(
                "may execute code when it is loaded, and no safetensors are beside it",
                where=str(path),
                cure="save the model with save_pretrained(..., safe_serialization=True)",
            )


def _names(content: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield every string, with the key that it stands under."""
    if isinstance(content, str):
        yield key, content
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _names(value, name)
    elif isinstance(content, list):
        for value in content:
            yield from _names(value, key)


def read_json(path: Path) -> Any:
    """Return what a JSON file holds, an empty object where there is no file; raise ``InputError`` where it is none."""
    if not path.is_file():
        return {}
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error})", where=str(path)) from error
