"""What the OpenAPI description says of bodies and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from fewtext.service.requests import ClassifyBody, LabelBody

TAGS = [
    {"name": "classify", "description": "Answers to texts."},
    {"name": "label", "description": "Which texts to label next."},
    {"name": "operation", "description": "Whether the service runs, and how much it does."},
]
NUMBER, TEXT, WHOLE = {"type": "number"}, {"type": "string"}, {"type": "integer"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


def _list(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


_RANKED = _object(label=TEXT, probability=NUMBER)
_ANSWER = _object(
    text=TEXT, label=TEXT, probability={"type": ["number", "null"]}, guess=TEXT, set=_list(TEXT),
    top=_list(_RANKED), scores={"type": "object", "additionalProperties": NUMBER},
    nearest=_list(_object(text=TEXT, label=TEXT, similarity=NUMBER, is_name={"type": "boolean"})),
)  # fmt: skip
_EXPECTED = _object(measure=TEXT, value=NUMBER, examples=WHOLE, interval=_list(NUMBER))
_ANSWERS = _object(
    model=TEXT, answers=_list(_ANSWER), unlike_examples=_list(WHOLE), messages=_list(TEXT), warnings=_list(TEXT)
)
_SUGGESTION = _object(place=WHOLE, text=TEXT, label=TEXT, probability=NUMBER, top=_list(_RANKED), labels=_list(TEXT))
_NEXT = _object(
    model=TEXT, suggestions=_list(_SUGGESTION),
    labels=_list(TEXT), examples=WHOLE, expected=_EXPECTED, messages=_list(TEXT),
)  # fmt: skip
_MODEL = _object(
    name=TEXT, multi_label={"type": "boolean"}, labels=_list(_object(label=TEXT, examples=WHOLE)), examples=WHOLE,
    learner=TEXT, encoder=TEXT, expected=_EXPECTED, date=TEXT,
)  # fmt: skip
_REFUSALS = {
    400: "The body is not JSON.",
    401: "An API key is needed.",
    404: "There is no such model.",
    413: "Too long a body, or too many texts.",
    422: "A field does not fit; the sentence names it.",
    429: "Too much is waiting: try again after the seconds in Retry-After.",
    504: "There was no answer in time.",
}


def _route(tag: str, schema: dict[str, Any], body: type[BaseModel] | None = None) -> dict[str, Any]:
    """Return what the description of a route says beyond its docstring."""
    content = {"application/json": {"schema": schema}}
    responses: dict[int, Any] = {200: {"description": "The answer.", "content": content}}
    said = {"application/json": {"schema": _object(error=TEXT)}}
    own = _REFUSALS if body else {401: _REFUSALS[401]}
    responses |= {status: {"description": sentence, "content": said} for status, sentence in own.items()}
    route: dict[str, Any] = {"tags": [tag], "responses": responses}
    if body:
        taken = {"application/json": {"schema": _inlined(body.model_json_schema())}}
        route["openapi_extra"] = {"requestBody": {"required": True, "content": taken}}
    return route


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema in which what it refers to stands in its place."""
    known = schema.pop("$defs", {})

    def whole(part: Any) -> Any:
        if isinstance(part, list):
            return list(map(whole, part))
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return whole(known[part["$ref"].rpartition("/")[2]])
        return {name: whole(value) for name, value in part.items()}

    inlined: dict[str, Any] = whole(schema)
    return inlined


CLASSIFY = _route("classify", _ANSWERS, ClassifyBody)
LABEL = _route("label", _NEXT, LabelBody)
MODELS = _route("classify", _object(models=_list(_MODEL)))
