"""Classify texts by the model in this folder, with numpy, onnxruntime and tokenizers alone.

``python classify.py [texts.txt] [--format jsonl] [--int8]``: one text a line; without a file, from standard input.
"""

import argparse
import csv
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

BATCH = 16  # texts, of about one length: few enough for a processor's cache


class Classifier:
    """The classifier of a folder; ``int8`` takes the faster products in 8 bits."""

    def __init__(self, folder: str | Path, int8: bool = False) -> None:
        folder, options = Path(folder), onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # batches run side by side instead
        self.settings: dict[str, Any] = json.loads((folder / "classifier.json").read_text(encoding="utf-8"))
        self.labels = list(map(str, self.settings["labels"]))
        self.columns = ["text", "label", "probability", *["guess"] * self.settings["abstains"]]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        model = (folder / ("model-int8.onnx" if int8 else "model.onnx")).read_bytes()
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        if int8 and (probe := self.settings["probe"]):
            ((found,),) = self.run([probe["text"]], ["probabilities"])
            if np.abs(found - probe["probabilities"]).max() > 0.01:
                raise OSError("this processor computes 8 bits otherwise than where the model was made: use float32")

    def run(self, texts: list[str], outputs: list[str]) -> list[Any]:
        """Return outputs of the model, a row for each text: ``probabilities``, ``similarity`` or ``features``."""
        prompt, most, padding = (self.settings[name] for name in ("prompt", "characters", "padding"))
        sound = [prompt + text[:most].encode("utf-8", "replace").decode("utf-8") for text in texts]
        tokens = [one.ids for one in self._tokenizer.encode_batch_fast(sound)]
        order = sorted(range(len(texts)), key=lambda i: -len(tokens[i]))
        batches = [order[start : start + BATCH] for start in range(0, len(order), BATCH)]

        def answered(batch: list[int]) -> Any:
            longest = len(tokens[batch[0]])
            ids = np.array([tokens[i] + [padding] * (longest - len(tokens[i])) for i in batch], np.int64)
            mask = np.arange(longest) < np.array([[len(tokens[i])] for i in batch])
            return self._session.run(outputs, {"input_ids": ids, "attention_mask": mask.astype(np.int64)})

        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = zip(*pool.map(answered, batches), strict=True)
            return [np.concatenate(own)[np.argsort(order)] for own in found] if batches else [[] for _ in outputs]

    def classify(self, texts: list[str]) -> list[dict[str, Any]]:
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
        ranked = order if own["several"] else order[:1]
        given = ranked[(probabilities >= own["thresholds"])[ranked]]
        best = order[:1] if outside or not len(given) else given
        guess = "|".join(self.labels[i] for i in best)
        label = own["outside"] if outside else guess if len(given) else own["unknown"]
        return {"label": label, "probability": round(float(probabilities[best[-1]]), 6), "guess": guess}


def main() -> None:
    """Answer the texts of a file or of standard input."""
    parser = argparse.ArgumentParser(description=__doc__)
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
            rows = [classifier.columns, *(answer.values() for answer in answers)]
            csv.writer(out, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
