"""Rasa: intents in YAML, each with a block of examples; entities are marked in the text."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, TextIO

from fewtext.errors import InputError, first_line
from fewtext.files.exports.record import Export, Record, ToWrite, broken, counted

NAME = "Rasa NLU"
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\}|\[\s*\{[^\]]*\}\s*\])")
_BULLET = re.compile(r"\s*-\s+(.*\S)\s*")


def read(path: str, text: str) -> Export:
    """Read the examples of intents; synonyms, lookups and regular expressions are no texts, and are left out."""
    records: list[Record] = []
    other: Counter[str] = Counter()
    for item in _items(path, text):
        keys = {key.value: value for key, value in item.value}
        if "intent" not in keys:
            other[next((k for k in ("synonym", "regex", "lookup", "response") if k in keys), "other")] += 1
            continue
        line = item.start_mark.line + 1
        if not (intent := str(_scalar(path, keys["intent"])).strip()):
            raise broken(path, line, "an intent without a name")
        if "examples" not in keys:
            raise broken(path, line, f"intent {intent!r} without examples")
        for at, example in _examples(path, keys["examples"]):
            records.append(Record(at, {"text": _ENTITY.sub(r"\1", example)}, {"intent": (intent,)}))
    if not records:
        raise InputError("has no examples of intents", where=path, hint="give the file of NLU data, with a key nlu")
    notes = [f"left out: {', '.join(f'{count} of {kind}' for kind, count in other.items())}"] if other else []
    return Export(NAME, records, notes=notes)


def _items(path: str, text: str) -> Iterator[Any]:
    import yaml

    try:
        # Nodes instead of values: they have lines, and an intent that is called no stays a word.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else path
        what = getattr(error, "problem", None) or first_line(error)
        raise InputError(f"is no YAML: {what}", where=where, hint="correct the line") from error
    sections = {key.value: value for key, value in root.value} if isinstance(root, yaml.MappingNode) else {}
    nlu = sections.get("nlu")
    if not isinstance(nlu, yaml.SequenceNode):
        raise InputError(
            "has no list nlu", where=path, hint="YAML is read as Rasa NLU data; convert other data to jsonl"
        )
    for item in nlu.value:
        if not isinstance(item, yaml.MappingNode):
            raise broken(path, item.start_mark.line + 1, "an item of nlu that is no object")
        yield item


def _scalar(path: str, node: Any) -> str:
    if not isinstance(node.value, str):
        raise broken(path, node.start_mark.line + 1, "a list or an object where a word is expected")
    return str(node.value)


def _examples(path: str, node: Any) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each example: lines of a block with a dash, or objects with a text."""
    line = node.start_mark.line + 1
    if isinstance(node.value, str):
        if node.style in (None, ">") and node.end_mark.line > node.start_mark.line:
            raise broken(path, line, "examples whose lines YAML joins: begin the block by | instead")
        first = line + 1 if node.style == "|" else line
        for at, example in enumerate(node.value.split("\n"), first):
            where = at if node.style == "|" else line
            if not example.strip() or example.strip().startswith("#"):
                continue
            if not (found := _BULLET.fullmatch(example)):
                raise broken(path, where, f"{example.strip()[:40]!r} is no example: a dash and a space are missing")
            yield where, found[1]
        return
    for own in node.value:
        if isinstance(own.value, str):
            yield own.start_mark.line + 1, own.value.strip()
            continue
        keys = {key.value: value for key, value in own.value} if own.id == "mapping" else {}
        if "text" not in keys:
            raise broken(path, own.start_mark.line + 1, "an example without a text")
        example = _scalar(path, keys["text"]).strip()
        yield own.start_mark.line + 1, found[1] if (found := _BULLET.fullmatch(example)) else example


def write(content: ToWrite, stream: TextIO) -> list[str]:
    """Write the examples by intent; several labels are one intent, joined by ``+`` as Rasa does."""
    import yaml

    intents: dict[str, list[str]] = {}
    bare = joined = lines = marked = 0
    for one in content.examples:
        if not one.labels:
            bare += 1
            continue
        text = " ".join(one.text.split())
        joined += len(one.labels) > 1
        lines += text != one.text
        marked += _ENTITY.search(text) is not None
        intents.setdefault("+".join(one.labels), []).append(text)
    stream.write('version: "3.1"\nnlu:\n')
    for intent, texts in intents.items():
        name = yaml.safe_dump(intent, allow_unicode=True, default_style='"', width=10**6).strip()
        stream.write(f"- intent: {name}\n  examples: |\n" + "".join(f"    - {text}\n" for text in texts))
    names = dict.fromkeys(name for one in content.examples for name in one.other)
    return [
        *([f"several labels of {counted(joined, 'text')} are one intent, joined by +"] if joined else []),
        *([f"line breaks and repeated spaces in {counted(lines, 'text')} are written as one space"] if lines else []),
        *([f"brackets in {counted(marked, 'text')} are read as entities"] if marked else []),
        *([f"left out: {counted(bare, 'text')} without a label"] if bare else []),
        *([f"columns left out: {', '.join(names)}"] if names else []),
    ]
