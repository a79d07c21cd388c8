"""Classify texts by the model in this folder, with numpy, onnxruntime and tokenizers alone.

    python classify.py texts.txt > answers.csv        one text a line; without a file, from standard input
    python classify.py --format jsonl --int8 < texts.txt

or, from Python, ``Classifier(folder).classify(["a text", "another"])``.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

TOKENS = 256  # in a batch, padding included: few enough for a processor's cache


class Classifier:
    """The classifier of a folder; ``int8`` takes the faster products in 8 bits."""

    def __init__(self, folder: str | Path, int8: bool = False) -> None:
        folder = Path(folder)
        self.settings: dict[str, Any] = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self.labels = list(map(str, self.settings["labels"]))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = folder / ("model-int8.onnx" if int8 else "model.onnx")
        self._session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])

    def run(self, texts: Sequence[str], outputs: Sequence[str]) -> list[Any]:
        """Return outputs of the model, a row for each text: ``probabilities``, ``similarity`` or ``features``."""
        prompt, most = self.settings["prompt"], self.settings["characters"]
        sound = [text.encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = self._tokenizer.encode_batch_fast([prompt + text[:most] for text in sound])
        order, rows, start = sorted(range(len(texts)), key=lambda i: -len(encoded[i].ids)), [], 0
        while start < len(order):
            longest = len(encoded[order[start]].ids)
            batch = [encoded[i].ids for i in order[start : start + max(1, TOKENS // longest)]]
            ids = [own + [self.settings["padding"]] * (longest - len(own)) for own in batch]
            mask = np.arange(longest) < np.array([[len(own)] for own in batch])
            given = {"input_ids": np.array(ids, np.int64), "attention_mask": mask.astype(np.int64)}
            rows.append(self._session.run(outputs, given))
            start += len(batch)
        back = np.argsort(np.array(order, np.int64))
        return [np.concatenate(output)[back] for output in zip(*rows, strict=True)] if rows else [[] for _ in outputs]

    def classify(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return text, label, probability and, where the classifier may abstain, guess of each; a blank has none."""
        answers = [{"text": text, "label": "", "probability": None, "guess": ""} for text in texts]
        filled = [answer for answer in answers if answer["text"].strip()]
        scores = self.run([answer["text"] for answer in filled], ["probabilities", "similarity"])
        for answer, probabilities, similarity in zip(filled, *scores, strict=True):
            answer.update(self._answer(probabilities, float(similarity)))
        return answers if self.settings["abstains"] else [_without_guess(answer) for answer in answers]

    def _answer(self, probabilities: Any, similarity: float) -> dict[str, Any]:
        own = self.settings
        order = np.argsort(-probabilities, kind="stable")
        outside = own["similarity"] is not None and similarity < own["similarity"]
        if own["thresholds"] is None:  # one label a text
            best, rounded = order[:1], round(float(probabilities[order[0]]), 6)
            given = best if rounded >= own["threshold"] and not outside else order[:0]
        else:
            enough = probabilities >= np.maximum(own["thresholds"], own["threshold"])
            given = order[:0] if outside else order[enough[order]]
            best = given if len(given) else order[:1]
        guess = "|".join(self.labels[i] for i in best)
        label = guess if len(given) else own["outside"] if outside else own["unknown"]
        return {"label": label, "probability": round(float(probabilities[best[-1]]), 6), "guess": guess}


def _without_guess(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "guess"}


def main() -> None:
    """Answer the texts of a file or of standard input."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("texts", nargs="?", help="a file in UTF-8, one text a line; else standard input")
    parser.add_argument("--format", choices=["csv", "jsonl"], default="csv", help="of the answers")
    parser.add_argument("--int8", action="store_true", help="products in 8 bits")
    asked = parser.parse_args()
    try:
        lines = (Path(asked.texts).read_bytes() if asked.texts else sys.stdin.buffer.read()).decode("utf-8-sig")
        classifier = Classifier(Path(__file__).resolve().parent, asked.int8)
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"error: {asked.texts or 'standard input'}: {error}")
    texts = lines.replace("\r\n", "\n").removesuffix("\n").split("\n") if lines else []
    with open(1, "w", encoding="utf-8", newline="", closefd=False) as out:
        if asked.format == "jsonl":
            out.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in classifier.classify(texts))
        else:
            names = ["text", "label", "probability", *["guess"] * classifier.settings["abstains"]]
            rows = csv.DictWriter(out, names, lineterminator="\n")
            rows.writeheader()
            rows.writerows(classifier.classify(texts))


if __name__ == "__main__":
    main()
