"""``/v1/classify``: requests of one kind are answered together, each as the command would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fewtext.classify.answer_layout import Layout
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.prediction import Prediction
from fewtext.service.batching import Job
from fewtext.service.models import Loaded
from fewtext.service.notices import Marked, Notices
from fewtext.service.refusals import Refusal
from fewtext.service.requests import ClassifyBody


@dataclass(frozen=True)
class Answered:
    """The answers to one request, what to expect of them, and what is to be said of its texts."""

    answers: list[Prediction]
    messages: list[str]
    warnings: list[str]


def classify_job(loaded: Loaded, body: ClassifyBody) -> Job:
    """Return the work of a request; raise ``Refusal`` where its fields do not fit the model."""
    labels = _labels(loaded)
    if body.unknown and not abstaining(loaded, body):
        raise Refusal(422, "field 'unknown' is for texts without an answer, and every text gets one")
    if body.unknown in labels:
        raise Refusal(422, f"field 'unknown' is a label of the model: {body.unknown[:60]!r}")
    parameters = {
        "top": len(labels) if body.scores else min(body.top, len(labels)),
        "explain": body.explain,
        "precision": body.precision,
        "coverage": body.coverage,
        "ood_keep": body.ood_keep,
        "set_coverage": body.set,
        "unknown": body.unknown,
        **({} if body.confidence is None else {"confidence": body.confidence}),
    }

    def act(requests: list[list[str]]) -> list[Answered]:
        texts = [text for own in requests for text in own]
        stream, notices = loaded.stream(parameters), Notices(loaded.classifier.encoder_)
        try:
            answers = stream.answers(texts)
        except BaseException:
            loaded.forget(parameters)
            raise
        marked = notices.of(texts)
        parts, alone = _parts(answers, marked, requests), len(requests) == 1
        return [Answered(own, stream.messages, said.sentences(alone)) for own, said in parts]

    return Job((loaded, tuple(parameters.items())), body.texts, act, len(body.texts))


def classify_response(loaded: Loaded, body: ClassifyBody, found: Answered) -> dict[str, Any]:
    """Return the response: rows with the keys of ``fewtext classify --format jsonl``, and what holds for them."""
    labels = _labels(loaded)
    layout = Layout(
        labels,
        min(body.top, len(labels)),
        body.scores,
        min(body.explain, len(loaded.classifier.support_texts_)),
        nested=True,
        guesses=abstaining(loaded, body),
        sets=body.set is not None,
    )
    rows = [
        {"text": text, **dict(zip(layout.columns, layout.row(answer), strict=True))}
        for text, answer in zip(body.texts, found.answers, strict=True)
    ]
    return {
        "model": loaded.name,
        "answers": rows,
        "unlike_examples": [place for place, answer in enumerate(found.answers) if answer.unlike_examples],
        "messages": found.messages,
        "warnings": found.warnings,
    }


def abstaining(loaded: Loaded, body: ClassifyBody) -> bool:
    """Return whether a text may be left without an answer, so that its most probable label has a key of its own."""
    several = isinstance(loaded.classifier, MultiLabelClassifier)
    asked = any(share is not None for share in (body.precision, body.coverage, body.ood_keep))
    return asked or loaded.classifier.oos_label is not None or bool(body.unknown) and several


def _labels(loaded: Loaded) -> list[str]:
    return [str(label) for label in loaded.classifier.classes_.tolist()]


def _parts(
    answers: list[Prediction], marked: Marked, requests: list[list[str]]
) -> list[tuple[list[Prediction], Marked]]:
    """Return of each request its answers and what is marked of its texts."""
    parts, start = [], 0
    for own in requests:
        parts.append((answers[start : start + len(own)], marked.part(start, start + len(own))))
        start += len(own)
    return parts
