"""Exporting: a fitted classifier as a folder of ONNX and JSON that answers without torch, transformers or fewtext."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from fewtext.classify.left_out import check_has_texts
from fewtext.classify.load import load_classifier
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.onnx_bert import Product, product
from fewtext.encoders.onnx_features import INPUTS, EncoderGraph
from fewtext.encoders.onnx_graph import INSTALL, Graph
from fewtext.errors import FewtextError, InputError
from fewtext.export.abstention import Abstention, abstention
from fewtext.export.head import add_probabilities, add_similarity, linear_head
from fewtext.export.parity import Parity, check_parity
from fewtext.files.atomic import new_folder, write_bytes, write_text
from fewtext.files.json_text import to_json
from fewtext.version import __version__

SCHEMA = 1
DIGITS = 6
MODEL, MODEL_INT8, SETTINGS, TOKENIZER = "model.onnx", "model-int8.onnx", "classifier.json", "tokenizer.json"
PROGRAM, NEEDS, CARD = "classify.py", "requirements.txt", "README.md"
FILES = {MODEL, MODEL_INT8, SETTINGS, TOKENIZER, PROGRAM, NEEDS, CARD}
PROBED = 1000  # characters of the labels, as a text that tells whether another processor computes 8 bits alike
REQUIREMENTS = "numpy>=2.0\nonnxruntime>=1.20\ntokenizers>=0.21\n"
_CARD = """# A few-shot text classifier, exported by fewtext {version}

    pip install -r requirements.txt
    python classify.py texts.txt > answers.csv

`classify.py` gives text, label and calibrated probability of each line; `--int8` is faster and about as right, where
the folder has `{int8}`. From another language: `{model}` takes token ids and a mask, `{tokenizer}` is a file of
Hugging Face's tokenizers, and `{settings}` has the labels and the thresholds.

{labels} labels; learner `{learner}`, encoder `{encoder}`. No text that it was fitted on is in the folder.
"""
AnyClassifier = SingleLabelClassifier | MultiLabelClassifier


def export_model(
    model: str | Path,
    folder: str | Path,
    *,
    int8: bool = True,
    on_message: Callable[[str], None] = lambda sentence: None,
    **wanted: Any,
) -> Parity:
    """Write a saved classifier to a folder that answers by numpy, onnxruntime and tokenizers alone.

    ``int8`` adds a second model with products in 8 bits. ``wanted`` is when to abstain, as ``classify`` takes it:
    ``precision`` with ``confidence``, ``coverage``, ``ood_keep`` and ``unknown``. Raises ``FewtextError``, and leaves
    the folder as it was, where the learner or the encoder cannot be exported, or answers would differ.
    """
    check_export(Path(folder))
    fitted = load_classifier(model, device="cpu", dtype="float32")
    return export(fitted, Path(folder), int8=int8, on_message=on_message, **wanted)


def export(
    model: AnyClassifier, folder: Path, *, int8: bool, on_message: Callable[[str], None], **wanted: Any
) -> Parity:
    """Write a classifier whose encoder computes in float32 on the CPU, as ``export_model`` does a saved one."""
    check_has_texts(model, "an export")
    linear_head(model)
    encoder = EncoderGraph(model.encoder_)
    settings = _settings(model, encoder, abstention(model, on_message, **wanted))
    with new_folder(folder, "another export") as part:
        tokenizer, settings["prompt"], settings["characters"] = encoder.encoder._tokenizer.elsewhere
        write_text(part / TOKENIZER, tokenizer)
        write_text(part / SETTINGS, to_json(settings, indent=1) + "\n")
        write_bytes(part / PROGRAM, Path(__file__).with_name(PROGRAM).read_bytes())
        write_text(part / NEEDS, REQUIREMENTS)
        named = {"model": MODEL, "int8": MODEL_INT8, "tokenizer": TOKENIZER, "settings": SETTINGS}
        facts = {name: settings[name] for name in ("learner", "encoder")}
        write_text(part / CARD, _CARD.format(version=__version__, labels=len(settings["labels"]), **named, **facts))
        write_bytes(part / MODEL, _model(model, encoder, product))
        if int8:
            write_bytes(part / MODEL_INT8, _model(model, encoder, encoder.int8()))
        from fewtext.export.classify import Classifier

        rough = Classifier(part, int8=True) if int8 else None
        parity = check_parity(model, Classifier(part), rough)
        if rough is not None:
            text = ", ".join(rough.labels)[:PROBED]
            probabilities = rough.run([text], ["probabilities"])[0][0].round(DIGITS).tolist()
            settings["probe"] = {"text": text, "probabilities": probabilities}
            write_text(part / SETTINGS, to_json(settings, indent=1) + "\n")
        return parity


def check_export(folder: Path) -> None:
    """Raise ``FewtextError``, before any work, where a library is missing, or the folder holds anything else."""
    if missing := [name for name in ("onnx", "onnxruntime") if find_spec(name) is None]:
        raise FewtextError(f"export needs {' and '.join(missing)}", hint=INSTALL)
    if folder.exists() and not folder.is_dir():
        raise InputError("exists and is not an exported folder", where=str(folder), hint="choose another folder")
    held = {path.name for path in folder.iterdir()} - {"__pycache__"} if folder.is_dir() else set()
    if held - FILES or held and SETTINGS not in held:
        raise InputError("holds other files than an exported classifier", where=str(folder), hint="choose another")
    if folder.resolve() == Path.cwd():
        raise InputError("is the current folder", where=str(folder), hint="choose another folder")


def _model(model: AnyClassifier, encoder: EncoderGraph, product: Product) -> bytes:
    graph = Graph()
    features = encoder.add_to(graph, product)
    width = model.support_.x.shape[1]
    outputs = {
        "probabilities": (add_probabilities(graph, features, model), (np.float64, ("texts", len(model.classes_)))),
        "similarity": (add_similarity(graph, features, model), (np.float32, ("texts",))),
        "features": (features, (np.float32, ("texts", width))),
    }
    return graph.serialized(INPUTS, outputs)


def _settings(model: AnyClassifier, encoder: EncoderGraph, abstaining: Abstention) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "fewtext": __version__,
        "learner": model.learner_.name,
        "encoder": encoder.encoder.name,
        "fingerprint": model.encoder_.fingerprint,
        "labels": model.classes_.tolist(),
        "several": isinstance(model, MultiLabelClassifier),
        **asdict(abstaining),
        "padding": encoder.encoder.filler,
        "probe": None,
    }
