"""Labelling over HTTP: what to label next by all that was labelled, with nothing kept in between."""

import json
import re

import pytest
from serving import client_of, examples, saved

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("prometheus_client", reason="the service needs the extra serve")
pytest.importorskip("sklearn", reason="TF-IDF needs scikit-learn")

from fewtext import FewShotClassifier
from fewtext.service.pages import FILES

pytestmark = pytest.mark.filterwarnings("default::fewtext.errors.FewtextWarning")
POOL = ["the salary is late", "the router and the tax", "a week of vacation", "which cable is it", "the payslip"]


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    saved(folder / "two", "network", "leave")
    several = FewShotClassifier(encoder="tfidf").fit(
        [text for text, _ in examples()],
        [[label] if "wifi" not in text else [label, "urgent"] for text, label in examples()],
    )
    several.save(folder / "several")
    with client_of({"two": folder / "two", "several": folder / "several"}) as (client, _):
        yield client


def following(client, **body):
    found = client.post("/v1/label/next", json={"texts": POOL, "model": "two"} | body)
    return found.status_code, found.json()


def test_suggestions_are_those_of_the_classifier(client, tmp_path):
    model = saved(tmp_path / "m", "network", "leave")
    status, found = following(client, count=3)
    expected = model.suggest(POOL, 3)
    assert status == 200 and [one["place"] for one in found["suggestions"]] == [each.place for each in expected]
    for one, each in zip(found["suggestions"], expected, strict=True):
        assert one["text"] == POOL[each.place] and one["label"] == each.label == one["top"][0]["label"]
        assert one["probability"] == one["top"][0]["probability"] == pytest.approx(each.probability, abs=1e-6)
    assert found["examples"] == 24 and found["labels"] == ["leave", "network"] and found["expected"]["examples"] == 24


def test_labelled_examples_are_learned_new_labels_too(client):
    own = [{"text": text, "label": label} for text, label in examples("pay")]
    status, found = following(client, examples=own)
    assert status == 200 and found["labels"] == ["leave", "network", "pay"] and found["examples"] == 36
    likely = {one["text"]: one["label"] for one in found["suggestions"]}
    assert likely["the payslip"] == "pay"
    low, high = found["expected"]["interval"]
    assert low <= found["expected"]["value"] <= high
    assert following(client)[1]["examples"] == 24, "nothing is kept"
    twice = own[:1] + [{"text": text, "label": label} for text, label in examples("leave")[:1]] + own[:1]
    assert following(client, examples=twice)[1]["examples"] == 25, "an example counts once"


def test_without_texts_it_only_says_what_to_expect(client):
    status, found = following(client, texts=[])
    assert status == 200 and found["suggestions"] == [] and found["expected"]["measure"] == "accuracy"


def test_several_labels_a_text_are_lists(client):
    status, found = following(
        client, model="several", examples=[{"text": "the vpn is down", "label": ["network", "urgent"]}]
    )
    assert status == 200 and found["examples"] == 37
    assert all(isinstance(one["labels"], list) for one in found["suggestions"])
    assert (
        "field 'examples.0.label'"
        in following(client, model="several", examples=[{"text": "a", "label": "b"}])[1]["error"]
    )


@pytest.mark.parametrize(
    ("own", "sentence"),
    [
        ({"text": "a"}, "field 'examples.0.label' is missing"),
        ({"text": "a", "label": ["b"]}, "field 'examples.0.label': one label a text"),
        ({"text": "a", "label": " "}, "field 'examples.0.label': the model needs a label"),
        ({"text": "", "label": "b"}, "field 'examples.0.text': "),
        ({"text": "a", "label": 1}, "field 'examples.0.label"),
    ],
)
def test_a_bad_example_gets_a_sentence(client, own, sentence):
    status, found = following(client, examples=[own])
    assert status == 422 and sentence in found["error"]


def test_the_pages_fetch_nothing_from_elsewhere(client):
    for path in FILES:
        found = client.get(path)
        assert found.status_code == 200 and "default-src 'none'" in found.headers["content-security-policy"]
        assert not re.search(
            r"https?:|//[a-z]|@import|url\(|style=|onclick|innerHTML", found.text.replace("// ", "")
        ), path


def test_every_route_is_described(client):
    described = client.get("/openapi.json").json()
    paths = {"/v1/classify", "/v1/label/next", "/v1/models", "/healthz", "/readyz", "/metrics"}
    assert set(described["paths"]) == paths and "$ref" not in json.dumps(described["paths"]["/v1/label/next"])
    body = described["paths"]["/v1/classify"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["required"] == ["texts"] and {"top", "explain", "precision"} <= set(body["properties"])
