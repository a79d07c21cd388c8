"""Classify texts by the model in this folder, with numpy, onnxruntime and tokenizers alone.

python classify.py texts.txt > answers.csv        one text a line; without a file, from standard input
python classify.py --format jsonl --int8 < texts.txt
"""

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
        folder, model = Path(folder), "model-int8.onnx" if int8 else "model.onnx"
        self.settings: dict[str, Any] = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self.labels = list(map(str, self.settings["labels"]))
        self.columns = ["text", "label", "probability", *["guess"] * self.settings["abstains"]]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._session = onnxruntime.InferenceSession((folder / model).read_bytes(), providers=["CPUExecutionProvider"])
        if int8 and (probe := self.settings["probe"]):
            ((found,),) = self.run([probe["text"]], ["probabilities"])
            if np.abs(found - probe["probabilities"]).max() > 0.01:
                raise OSError("this processor computes 8 bits otherwise than where the model was made: use float32")

    def run(self, texts: Sequence[str], outputs: Sequence[str]) -> list[Any]:
        """Return outputs of the model, a row for each text: ``probabilities``, ``similarity`` or ``features``."""
        prompt, most = self.settings["prompt"], self.settings["characters"]
        sound = [prompt + text[:most].encode("utf-8", "replace").decode("utf-8") for text in texts]
        encoded = [one.ids for one in self._tokenizer.encode_batch_fast(sound)]
        order, rows, start = sorted(range(len(texts)), key=lambda i: -len(encoded[i])), [], 0
        while start < len(order):
            longest = len(encoded[order[start]])
            batch = [encoded[i] for i in order[start : start + max(1, TOKENS // longest)]]
            ids = [own + [self.settings["padding"]] * (longest - len(own)) for own in batch]
            mask = np.arange(longest) < np.array([[len(own)] for own in batch])
            given = {"input_ids": np.array(ids, np.int64), "attention_mask": mask.astype(np.int64)}
            rows.append(self._session.run(outputs, given))
            start += len(batch)
        back = np.argsort(np.array(order, np.int64))
        return [np.concatenate(output)[back] for output in zip(*rows, strict=True)] if rows else [[] for _ in outputs]

    def classify(self, texts: Sequence[str]) -> list[dict[str, Any]]:
        """Return text, label, probability and, where the classifier may abstain, guess of each; a blank has none."""
        answers: list[dict[str, Any]] = [{"text": t, "label": "", "probability": None, "guess": ""} for t in texts]
        filled = [answer for answer in answers if answer["text"].strip()]
        scores = self.run([answer["text"] for answer in filled], ["probabilities", "similarity"])
        for answer, probabilities, similarity in zip(filled, *scores, strict=True):
            answer.update(self._answer(probabilities, float(similarity)))
        return [{name: answer[name] for name in self.columns} for answer in answers]

    def _answer(self, probabilities: Any, similarity: float) -> dict[str, Any]:
        own, order = self.settings, np.argsort(-probabilities, kind="stable")
        outside = own["similarity"] is not None and similarity < own["similarity"]
        if own["thresholds"] is None:  # one label a text
            given = order[: round(float(probabilities[order[0]]), 6) >= own["threshold"]]
        else:
            given = order[(probabilities >= np.maximum(own["thresholds"], own["threshold"]))[order]]
        best = order[:1] if outside or not len(given) else given
        guess, probability = "|".join(self.labels[i] for i in best), round(float(probabilities[best[-1]]), 6)
        label = own["outside"] if outside else guess if len(given) else own["unknown"]
        return {"label": label, "probability": probability, "guess": guess}


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
        sys.exit(f"error: {error}")
    answers = classifier.classify(lines.replace("\r\n", "\n").removesuffix("\n").split("\n") if lines else [])
    with open(1, "w", encoding="utf-8", newline="", closefd=False) as out:  # alike on every system
        if asked.format == "jsonl":
            out.writelines(json.dumps(answer, ensure_ascii=False) + "\n" for answer in answers)
        else:
            rows = csv.DictWriter(out, classifier.columns, lineterminator="\n")
            rows.writeheader()
            rows.writerows(answers)


if __name__ == "__main__":
    main()
