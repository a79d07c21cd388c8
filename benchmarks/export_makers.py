"""Files as annotation and chatbot tools export them, with the examples that each holds."""

from file_case import CARD, LATE, PRINTER


def task(number, text, *annotations, key="text", **more):
    """Return a task of Label Studio; an annotation is its choices, or None where it was cancelled."""
    given = []
    for own in annotations:
        value = [{"from_name": "topic", "to_name": "text", "type": "choices", "value": {"choices": own}}] if own else []
        given.append({"id": 9, "was_cancelled": own is None, "ground_truth": False, "result": value})
    return {"id": number, "data": {key: text}, "annotations": given, "predictions": [], **more}


def ask(text, answer="accept", **more):
    """Return a task of Prodigy."""
    return {
        "text": text,
        "_input_hash": hash(text) % 999,
        "_task_hash": 7,
        "_view_id": "choice",
        "answer": answer,
        **more,
    }


OPTIONS = [{"id": name, "text": name} for name in ("hardware", "billing", "urgent")]


def accepted(text, *names, **more):
    """Return a task of Prodigy with the options accepted."""
    return ask(text, options=OPTIONS, accept=list(names), **more)


def minimal(text, choice, **more):
    """Return a row of JSON_MIN."""
    return {"id": 1, "text": text, "topic": choice, "annotator": 1, "annotation_id": 3, "lead_time": 2.5, **more}


def record(number, text, value, status="completed", server="e3"):
    """Return a record of Argilla 2, made by its library where it is installed."""
    response = [{"value": value, "user_id": "5b1a1f1e-0000-4000-8000-000000000001"}] if value else []
    try:
        import argilla
    except ImportError:
        return {"id": str(number), "fields": {"text": text}, "metadata": {"team": "a"}, "suggestions": {},
                "responses": {"topic": response} if response else {}, "vectors": {}, "status": status,
                "_server_id": server}  # fmt: skip
    own = [argilla.Response("topic", one["value"], user_id=one["user_id"]) for one in response]
    made = argilla.Record(id=str(number), fields={"text": text}, metadata={"team": "a"}, responses=own).to_dict()
    return made | {"status": status, "_server_id": server}


def flat(number, text, *pairs):
    """Return a row of Argilla's records in columns; each pair is a value and the status of its response."""
    values = [value for value, _ in pairs]
    return {"id": number, "text": text, "topic.responses": values or None, "topic.responses.users": ["u"] * len(pairs),
            "topic.responses.status": [status for _, status in pairs], "topic.suggestion": "billing"}  # fmt: skip


def api(number, text, *pairs):
    """Return a record as Argilla's server gives it."""
    own = [{"values": {"topic": {"value": value}} if value else {}, "status": status} for value, status in pairs]
    return {"id": number, "fields": {"text": text}, "responses": own, "suggestions": [], "metadata": {}}


def old(text, annotation, status="Validated", several=False):
    """Return a record of Argilla 1."""
    return {"text": text, "inputs": {"text": text}, "prediction": None, "annotation": annotation, "status": status,
            "multi_label": several, "id": "x"}  # fmt: skip


def class_labels(numbers, kind):
    """Return what writes a data set of Hugging Face with ClassLabel columns."""

    def write(path):
        import datasets

        names = datasets.ClassLabel(names=["hardware", "billing", "urgent"])
        label = datasets.List(names) if kind == "list" else names
        features = datasets.Features({"text": datasets.Value("string"), "label": label})
        texts = [PRINTER, CARD, LATE, "nobody has looked at this yet"][: len(numbers)]
        datasets.Dataset.from_dict({"text": texts, "label": numbers}, features=features).to_parquet(str(path))

    return write


def indicators(path):
    """Write columns of 0 and 1 by pandas."""
    import pandas

    frame = pandas.DataFrame({"text": [PRINTER, CARD, LATE], "hardware": [1, 0, 0], "billing": [0, 1, 0],
                              "urgent": [0, 1, 1], "agent": [17, 18, 19]})  # fmt: skip
    frame.to_csv(path, index=False)


RASA = """version: "3.1"
nlu:
- intent: hardware
  examples: |
    - the printer on [floor 2](place) is broken
    - the [parcel]{"entity": "thing", "role": "sent"} is late, and wet
- synonym: parcel
  examples: |
    - package
- intent: billing
  examples:
  - text: |
      my card was charged twice
    metadata:
      sentiment: negative
"""
