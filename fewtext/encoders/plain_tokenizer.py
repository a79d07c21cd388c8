"""Fast tokenizers read from their own file by tokenizers alone, where transformers would change nothing of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NO_LIMIT = 10**30
_SPECIAL = {
    "unk_token": "[UNK]",
    "sep_token": "[SEP]",
    "pad_token": "[PAD]",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
_OF_BERT = {"lowercase": ("do_lower_case", True), "strip_accents": ("strip_accents", None)}
_OF_BERT |= {"handle_chinese_chars": ("tokenize_chinese_chars", True)}


@dataclass(frozen=True)
class PlainTokenizer:
    """A tokenizer with the attributes of one of transformers' that encoding needs."""

    backend_tokenizer: Any
    truncation_side: str
    pad_token_id: int | None
    all_special_ids: list[int]
    model_max_length: int

    @classmethod
    def read(cls, folder: Path) -> PlainTokenizer | None:
        """Return the BERT tokenizer of a folder; None where there is another, or settings that would change it."""
        try:
            config, content = (_read(folder / name) for name in ("tokenizer_config.json", "tokenizer.json"))
            overlay = (
                _read(folder / "special_tokens_map.json") if (folder / "special_tokens_map.json").is_file() else {}
            )
            tokens = {name: _text(config.get(name, usual)) for name, usual in _SPECIAL.items()}
            if not _is_plain(config, content) or any(tokens.get(name) != _text(own) for name, own in overlay.items()):
                return None
            return cls._of(config, content, tokens, folder / "tokenizer.json")
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    @classmethod
    def _of(
        cls, config: dict[str, Any], content: dict[str, Any], tokens: dict[str, str], path: Path
    ) -> PlainTokenizer | None:
        from tokenizers import Tokenizer

        backend = Tokenizer.from_file(str(path))
        backend.no_padding()
        backend.no_truncation()
        vocabulary = backend.get_vocab()
        ids: dict[str, int] = {name: vocabulary[token] for name, token in tokens.items()}
        if backend.encode("").ids != [ids["cls_token"], ids["sep_token"]]:
            return None
        side = (content.get("truncation") or {}).get("direction", "right").lower()
        longest = config.get("model_max_length", NO_LIMIT)
        return cls(backend, config.get("truncation_side", side), ids["pad_token"], sorted(ids.values()), longest)


def _is_plain(config: dict[str, Any], content: dict[str, Any]) -> bool:
    normalizer, model = content["normalizer"], content["model"]
    added = {token["content"] for token in content["added_tokens"]}
    own = {token["content"] for token in config.get("added_tokens_decoder", {}).values()}
    extra = config.get("additional_special_tokens") or config.get("extra_special_tokens")
    return (
        config.get("tokenizer_class") in ("BertTokenizer", "BertTokenizerFast")
        and own <= added
        and not extra
        and normalizer["type"] == "BertNormalizer"
        and normalizer["clean_text"] is True
        and all(normalizer[name] == config.get(*setting) for name, setting in _OF_BERT.items())
        and content["pre_tokenizer"]["type"] == "BertPreTokenizer"
        and (model["type"], model["continuing_subword_prefix"], model["max_input_chars_per_word"])
        == ("WordPiece", "##", 100)
        and model["unk_token"] == _text(config.get("unk_token", _SPECIAL["unk_token"]))
    )


def _read(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict):
        raise TypeError("not an object")
    return found


def _text(token: Any) -> str:
    """Return a special token that is written as its text, or as an object with its ``content``."""
    found = token["content"] if isinstance(token, dict) else token
    if not isinstance(found, str):
        raise TypeError("not a token")
    return found
