"""``/v1/label/next``: which texts to label next, by a model that has learned what was labelled by now.

Nothing is kept between requests: each brings all examples that were labelled, and the texts that were not.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from fewtext.classify.active_learning import suggest
from fewtext.classify.additions import example_key
from fewtext.classify.expected import expected
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.predict import classify
from fewtext.classify.prediction import Prediction
from fewtext.classify.saved_model import Expected
from fewtext.classify.update import add, examples_of
from fewtext.contracts.label_types import typed_like
from fewtext.metrics.intervals import wilson
from fewtext.service.batching import Job
from fewtext.service.models import Loaded
from fewtext.service.refusals import Refusal
from fewtext.service.requests import Example, LabelBody
from fewtext.service.streams import Classifier

SHOWN = 9  # labels of a suggestion: as many as there are digits to choose one by
FINE_TUNED = "the encoder was fine-tuned on its examples, which takes minutes: what is labelled here is learned by add"


def label_job(loaded: Loaded, body: LabelBody) -> Job:
    """Return the work of a request, which is done by itself; raise ``Refusal`` where a label has another form."""
    several = isinstance(loaded.classifier, MultiLabelClassifier)
    for place, example in enumerate(body.examples):
        if isinstance(example.label, list) and not several:
            raise Refusal(422, f"field 'examples.{place}.label': one label a text, and no list, is what the model has")
        if isinstance(example.label, str) and (several or not example.label.strip()):
            need = "a list of labels" if several else "a label that is not empty"
            raise Refusal(422, f"field 'examples.{place}.label': the model needs {need}")
    size = len(body.texts) + len(body.examples)
    return Job(object(), body.texts, lambda requests: [_next(loaded, body)], size)


def _next(loaded: Loaded, body: LabelBody) -> dict[str, Any]:
    model, messages = loaded.classifier, []
    if model.tuner is not None:
        messages.append(FINE_TUNED)
    else:
        model = _learned(model, body.examples)
    found = suggest(model, body.texts, body.count) if body.texts else []
    ranked = classify(model, [body.texts[each.place] for each in found], top=SHOWN)
    return {
        "model": loaded.name,
        "suggestions": [
            {**asdict(each), "text": answer.text, **_choices(answer)}
            for each, answer in zip(found, ranked, strict=True)
        ],
        "labels": [str(label) for label in model.classes_.tolist()],
        "examples": model.n_examples_,
        "expected": expected_as_json(loaded.about.expected if model is loaded.classifier else expected(model)),
        "messages": messages,
    }


def _choices(answer: Prediction) -> dict[str, Any]:
    """Return the labels to choose from, the most probable first, and those given where there may be several."""
    top = [{"label": label, "probability": probability} for label, probability in answer.ranked]
    return {"top": top, "labels": [label for label, _ in answer.labels or ()]}


def _learned(model: Classifier, examples: list[Example]) -> Classifier:
    """Return the classifier with those of the examples that it does not have."""
    if not examples:
        return model
    labels = [tuple(one.label) if isinstance(one.label, list) else one.label for one in examples]
    typed = typed_like(model.classes_.tolist(), labels)
    known = set(map(example_key, *examples_of(model)))
    pairs = [(one.text, label) for one, label in zip(examples, typed, strict=True)]
    new = {example_key(*pair): pair for pair in pairs if pair[0].strip() and example_key(*pair) not in known}
    texts, own = [text for text, _ in new.values()], [label for _, label in new.values()]
    return add(model, texts, own) if new else model


def expected_as_json(found: Expected | None) -> dict[str, Any] | None:
    """Return what to expect, and of an accuracy its 95 % interval."""
    if found is None:
        return None
    interval = None
    if found.measure == "accuracy":
        interval = wilson(round(found.value * found.examples), found.examples)
    return {**asdict(found), "interval": interval}
