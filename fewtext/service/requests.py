"""What a request may hold: fields with their types and bounds, and a sentence for a body that does not fit."""

from __future__ import annotations

from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, FailFast, Field, ValidationError, model_validator

from fewtext.classify.selective import LEAST_STATED, MOST_STATED
from fewtext.errors import did_you_mean
from fewtext.files.json_text import from_json
from fewtext.service.refusals import Refusal

MOST = 1000  # labels, neighbours or suggestions that an answer may list
SHOWN = 60  # characters of a field's name
MODEL = Field(None, description="Which model is asked, where the service has several.")


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, hide_input_in_errors=True)


class ClassifyBody(_Body):
    """The texts to classify, and what is wanted of their answers: the options of ``fewtext classify``."""

    texts: Annotated[list[str], FailFast()] = Field(min_length=1, description="The texts to classify.")
    model: str | None = MODEL
    top: int = Field(1, ge=1, le=MOST, description="Labels per text, the most probable first.")
    scores: bool = Field(False, description="Give the probability of every label.")
    explain: int = Field(0, ge=0, le=MOST, description="Give this many nearest examples.")
    precision: float | None = Field(None, gt=0, le=1, description="Abstain, so that this share of answers is right.")
    confidence: float | None = Field(None, ge=LEAST_STATED, le=MOST_STATED, description="That the precision is kept.")
    coverage: float | None = Field(None, gt=0, le=1, description="Answer only this fraction, the most confident.")
    ood_keep: float | None = Field(None, gt=0, lt=1, description="Abstain on out-of-scope texts; keep this share.")
    set: float | None = Field(None, gt=0, lt=1, description="Add the set of labels that has the right one so often.")
    unknown: str = Field("", description="Label of texts without an answer.")

    @model_validator(mode="after")
    def _agrees(self) -> Self:
        if self.precision is not None and self.coverage is not None:
            raise ValueError("fields 'precision' and 'coverage' contradict each other: leave one of them out")
        if self.confidence is not None and self.precision is None:
            raise ValueError("field 'confidence' is that of field 'precision', which is missing")
        return self


class Example(_Body):
    """A text with its label, or with all its labels where it may have several."""

    text: str = Field(min_length=1)
    label: str | list[str]


class LabelBody(_Body):
    """Examples that were labelled by now, and the texts to choose the next ones from."""

    texts: Annotated[list[str], FailFast()] = Field(description="Unlabelled texts.")
    examples: Annotated[list[Example], FailFast()] = Field(
        default_factory=list, description="What was labelled, beyond the model's own."
    )
    model: str | None = MODEL
    count: int = Field(10, ge=1, le=MOST, description="How many texts to suggest.")


B = TypeVar("B", bound=_Body)


def body_as(kind: type[B], content: bytes, content_type: str) -> B:
    """Return the body of a request as this kind; raise ``Refusal`` with a sentence that names the field."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "the body must be JSON: send the header Content-Type: application/json")
    try:
        value = from_json(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        reason = "it is nested too deeply" if isinstance(error, RecursionError) else _first(str(error))
        raise Refusal(400, f"the body is not JSON: {reason}") from None
    if not isinstance(value, dict):
        raise Refusal(422, "the body must be a JSON object, with a field 'texts'")
    try:
        return kind.model_validate(value)
    except ValidationError as error:
        raise Refusal(422, _sentence(error, list(kind.model_fields))) from None


def _sentence(error: ValidationError, known: list[str]) -> str:
    """Return what is wrong with the first field that is."""
    first: Any = error.errors(include_url=False, include_input=False)[0]
    kind, message = first["type"], first["msg"]
    place = ".".join(map(str, first["loc"]))[:SHOWN]
    if kind == "value_error":
        return str(first["ctx"]["error"])
    if kind == "missing":
        return f"field {place!r} is missing"
    if kind == "extra_forbidden":
        return f"field {place!r} is unknown; {did_you_mean(place, known) or 'the fields are ' + ', '.join(known)}"
    return f"field {place!r}: {message[:1].lower()}{message[1:]}"


def _first(message: str) -> str:
    return message.splitlines()[0][:200] if message else "it cannot be read"
