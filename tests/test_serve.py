"""The service answers as the command does, many requests in one batch, and refuses with a sentence."""

import json
import logging
import threading

import pytest
from serving import KEY, client_of, examples, saved

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("prometheus_client", reason="the service needs the extra serve")
pytest.importorskip("sklearn", reason="TF-IDF needs scikit-learn")

from fewtext.encoders.encode import encode
from fewtext.errors import FewtextError
from fewtext.service.batching import Batching, Job
from fewtext.service.limits import Limits
from fewtext.service.notices import Marked, Notices
from fewtext.service.service import FAILED

pytestmark = pytest.mark.filterwarnings("default::fewtext.errors.FewtextWarning")
TEXTS = ["the wifi router is gone", "", "two weeks of vacation", "bonus and tax", "quite another thing"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "requests"
    saved(folder)
    return folder


@pytest.fixture(scope="module")
def service(folder):
    with client_of({"requests": folder}) as both:
        yield both


@pytest.fixture
def client(service):
    return service[0]


def classify(client, **body):
    return client.post("/v1/classify", json=body)


@pytest.mark.parametrize(
    ("options", "fields"),
    [
        ([], {}),
        (["--top", 3, "--explain", 2], {"top": 3, "explain": 2}),
        (["--scores", "--precision", 0.6, "--confidence", 0.7, "--unknown", "?"],
         {"scores": True, "precision": 0.6, "confidence": 0.7, "unknown": "?"}),
        (["--set", 0.9, "--ood-keep", 0.9], {"set": 0.9, "ood_keep": 0.9}),
        (["--coverage", 0.5], {"coverage": 0.5}),
    ],
)  # fmt: skip
def test_answers_are_those_of_the_command(run_fewtext, write, client, folder, options, fields):
    query = write("q.jsonl", "".join(json.dumps({"text": text}) + "\n" for text in TEXTS))
    done = run_fewtext("classify", "--model", folder, "--query", query, "--format", "jsonl", *options)
    assert done.returncode == 0, done.stderr
    found = classify(client, texts=TEXTS, **fields)
    assert found.status_code == 200
    assert found.json()["answers"] == [json.loads(line) for line in done.stdout.splitlines()]
    again = classify(client, texts=TEXTS, **fields).json()
    assert again == found.json()


def test_it_says_what_to_expect_and_which_texts_are_unlike_the_examples(client):
    found = classify(
        client, texts=["the wifi and the router", "Der Hund schläft im Garten hinter dem Haus"], precision=0.6
    )
    assert "at least 60% of the given answers are right" in found.json()["messages"][0]
    assert found.json()["unlike_examples"] == [1] and found.json()["model"] == "requests"


def test_what_the_encoder_does_not_know_or_cuts_is_said_to_whom_it_concerns(client, bert):
    alone = classify(client, texts=["qqq zzz", "", "the wifi"]).json()
    assert alone["warnings"] == ["1 text was without any word that the encoder knows: answers for them are arbitrary"]
    assert classify(client, texts=["the wifi"]).json()["warnings"] == []
    notices, texts = Notices(bert), ["card " * 700, "", "where is it"]
    encode(bert, [text for text in texts if text])
    marked = notices.of(texts)
    assert "1 text was longer than" in marked.part(0, 1).sentences(alone=False)[0]
    assert marked.part(1, 3).sentences(alone=False) == []
    assert "of those answered together" in Marked("256 tokens", 1, 0, None).part(0, 1).sentences(alone=False)[0]


BAD = [
    (b"", "application/json", 400, "the body is not JSON"),
    (b"{", "application/json", 400, "the body is not JSON"),
    (b"\xff\xfe", "application/json", 400, "the body is not JSON"),
    (b"[" * 100_000, "application/json", 400, "nested too deeply"),
    (b'{"texts": ["a"], "texts": ["b"]}', "application/json", 400, "'texts' is repeated"),
    (b'{"texts": ["a"]}', "text/plain", 415, "Content-Type: application/json"),
    (b"[1]", "application/json", 422, "must be a JSON object"),
    (b"{}", "application/json", 422, "field 'texts' is missing"),
    (b'{"texts": "a"}', "application/json", 422, "field 'texts': "),
    (b'{"texts": []}', "application/json", 422, "field 'texts': "),
    (b'{"texts": ["a", 1]}', "application/json", 422, "field 'texts.1': "),
    (b'{"texts": ["a"], "top": 0}', "application/json", 422, "field 'top': "),
    (b'{"texts": ["a"], "top": "3"}', "application/json", 422, "field 'top': "),
    (b'{"texts": ["a"], "top": true}', "application/json", 422, "field 'top': "),
    (b'{"texts": ["a"], "explain": -1}', "application/json", 422, "field 'explain': "),
    (b'{"texts": ["a"], "precision": NaN}', "application/json", 422, "field 'precision': "),
    (b'{"texts": ["a"], "precision": 2}', "application/json", 422, "field 'precision': "),
    (b'{"texts": ["a"], "precison": 0.9}', "application/json", 422, "did you mean precision?"),
    (b'{"texts": ["a"], "precision": 0.9, "coverage": 0.9}', "application/json", 422, "contradict"),
    (b'{"texts": ["a"], "confidence": 0.9}', "application/json", 422, "field 'precision'"),
    (b'{"texts": ["a"], "unknown": "?"}', "application/json", 422, "field 'unknown'"),
    (b'{"texts": ["a"], "unknown": "pay", "coverage": 0.5}', "application/json", 422, "is a label of the model"),
    (b'{"texts": ["a"], "model": "request"}', "application/json", 404, "did you mean requests?"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "kind", "status", "sentence"), BAD)
def test_a_bad_body_gets_a_sentence(client, content, kind, status, sentence):
    found = client.post("/v1/classify", content=content, headers={"content-type": kind})
    assert found.status_code == status and sentence in found.json()["error"]
    assert "Traceback" not in found.text and found.json().keys() == {"error"}


def test_lone_surrogates_are_replaced(client):
    found = client.post(
        "/v1/classify", content=b'{"texts": ["wifi \\ud800"]}', headers={"content-type": "application/json"}
    )
    assert found.status_code == 200 and found.json()["answers"][0]["label"] == "network"


def test_other_addresses_and_methods_get_a_sentence(client):
    assert client.get("/nothing").status_code == 404 and "/docs" in client.get("/nothing").json()["error"]
    assert client.get("/v1/classify").status_code == 405


def test_several_models_are_told_apart_by_name(tmp_path, folder):
    saved(tmp_path / "two", "pay", "leave")
    with client_of({"all": folder, "two": tmp_path / "two"}) as (client, _):
        assert "the service has all, two" in classify(client, texts=["wifi"]).json()["error"]
        assert classify(client, texts=["the wifi"], model="all").json()["answers"][0]["label"] == "network"
        assert classify(client, texts=["the tax"], model="two").json()["answers"][0]["label"] == "pay"
        told = client.get("/v1/models").json()["models"]
    assert [(one["name"], one["examples"]) for one in told] == [("all", 36), ("two", 24)]
    assert told[1]["expected"]["measure"] == "accuracy" and str(tmp_path) not in json.dumps(told)


def test_jobs_that_wait_are_answered_together_and_a_bad_one_fails_alone():
    gate, calls = threading.Event(), []

    def act(requests):
        calls.append(requests)
        if ["bad"] in requests:
            raise FewtextError("no")
        return [texts[0].upper() for texts in requests]

    batching = Batching(100)
    first = batching.submit(Job("gate", ["g"], lambda requests: [gate.wait(60)], 1))
    results = [batching.submit(Job("k", [text], act, 1)) for text in ("a", "bad", "b")]
    other = batching.submit(Job("other", ["c"], act, 1))
    gate.set()
    assert first.result(60) is True and [results[i].result(60) for i in (0, 2)] == ["A", "B"]
    assert isinstance(results[1].exception(60), FewtextError) and other.result(60) == "C"
    assert calls[0] == [["a"], ["bad"], ["b"]]
    batching.close()


def test_too_much_is_refused_and_what_was_taken_is_finished(folder):
    gate, begun = threading.Event(), threading.Event()
    with client_of({"requests": folder}, limits=Limits(waiting=3, texts=2, body=500)) as (client, service):
        service.batching.submit(Job("gate", ["g"], lambda requests: [begun.set(), gate.wait(60)][:1], 1))
        assert begun.wait(60)
        taken = service.batching.submit(Job("k", ["a", "b"], lambda requests: [1], 2))
        busy = classify(client, texts=["c", "d"])
        gate.set()
        assert taken.result(60) == 1
        many, long = classify(client, texts=["a"] * 3), classify(client, texts=["a" * 500])
    assert busy.status_code == 429 and int(busy.headers["retry-after"]) >= 1 and "are waiting" in busy.json()["error"]
    assert many.status_code == 413 and "a request may have 2" in many.json()["error"]
    assert long.status_code == 413 and "longer than 500 bytes" in long.json()["error"]


def test_an_answer_that_takes_too_long_is_given_up(folder):
    gate, begun = threading.Event(), threading.Event()
    with client_of({"requests": folder}, limits=Limits(seconds=0.1)) as (client, service):
        service.batching.submit(Job("gate", ["g"], lambda requests: [begun.set(), gate.wait(60)][:1], 1))
        assert begun.wait(60)
        late = classify(client, texts=["c"])
        gate.set()
    assert late.status_code == 504 and "within 0.1 seconds" in late.json()["error"]


def test_a_failure_of_ours_is_a_sentence_and_is_logged_without_the_text(folder, caplog):
    with client_of({"requests": folder}) as (client, service), caplog.at_level(logging.INFO, "fewtext.service"):
        encoder = service.models.loaded["requests"].classifier.encoder_

        def fail(items, progress=None):
            raise MemoryError(f"secret {items}")

        working, encoder.encode = encoder.encode, fail
        failed = classify(client, texts=["a private text"])
        encoder.encode = working
        assert classify(client, texts=["the wifi"]).status_code == 200
    assert failed.status_code == 500 and failed.json() == {"error": FAILED}
    assert '"failed"' in caplog.text.replace("'", '"') and "private" not in caplog.text


def test_keys_are_asked_for(folder):
    with client_of({"requests": folder}, keys=["another-key-of-somebody", KEY]) as (client, _):
        for path in ("/", "/docs", "/healthz", "/readyz", "/openapi.json", "/static/style.css"):
            assert client.get(path).status_code == 200
        for path in ("/v1/models", "/metrics", "/nothing"):
            assert client.get(path).status_code == 401
        wrong = {"authorization": f"Bearer {KEY}x"}, {"x-api-key": ""}, {"authorization": f"Basic {KEY}"}
        assert [client.get("/v1/models", headers=own).status_code for own in wrong] == [401] * 3
        right = {"authorization": f"Bearer {KEY}"}, {"x-api-key": KEY}
        assert [client.get("/v1/models", headers=own).status_code for own in right] == [200] * 2


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"host": "localhost:8000"}, 200),
        ({"host": "127.0.0.1:8000"}, 200),
        ({"host": "[::1]:8000"}, 200),
        ({"host": "Intern.Example"}, 200),
        ({"host": "elsewhere.example"}, 403),
        ({"host": "127.0.0.1.elsewhere.example"}, 403),
        ({"host": ""}, 403),
        ({"host": "localhost:8000", "origin": "http://localhost:8000"}, 200),
        ({"host": "localhost:8000", "origin": "http://localhost:9000"}, 403),
        ({"host": "localhost:8000", "origin": "https://elsewhere.example"}, 403),
        ({"host": "localhost:8000", "origin": "null"}, 403),
    ],
)
def test_names_and_origins_of_others_are_refused(folder, headers, status):
    with client_of({"requests": folder}, names=["intern.example"]) as (client, _):
        assert client.get("/v1/models", headers=headers).status_code == status


@pytest.mark.parametrize("log_texts", [False, True])
def test_the_log_is_json_without_texts_unless_they_are_wanted(folder, caplog, log_texts):
    with client_of({"requests": folder}, log_texts=log_texts) as (client, _):
        with caplog.at_level(logging.INFO, "fewtext.service"):
            classify(client, texts=["my private wifi"])
            client.get("/private?private")
            client.get("/readyz")
    lines = [json.loads(record.getMessage()) for record in caplog.records]
    assert [(line["route"], line["status"]) for line in lines] == [("/v1/classify", 200), ("other", 404)]
    assert lines[0]["texts"] == 1 and lines[0]["model"] == "requests" and lines[0]["seconds"] > 0
    assert lines[0].get("content") == (["my private wifi"] if log_texts else None)
    assert log_texts or "private" not in caplog.text


def test_a_model_is_loaded_again_when_its_folder_changes(tmp_path):
    model = saved(tmp_path / "m", "network", "leave")
    with client_of({"m": tmp_path / "m"}) as (client, service):
        service.models.close()  # the test looks at the folder itself
        before = classify(client, texts=["the tax and the salary"], scores=True).json()["answers"][0]
        model.add(*map(list, zip(*examples("pay"), strict=True))).save(tmp_path / "m")
        service.models.refresh()
        after = classify(client, texts=["the tax and the salary"], scores=True).json()["answers"][0]
        (tmp_path / "m" / "tensors.safetensors").write_bytes(b"not tensors")
        (tmp_path / "m" / "fewtext.json").touch()
        service.models.refresh()
        still = classify(client, texts=["the tax and the salary"], scores=True).json()["answers"][0]
        counted = client.get("/metrics").text
    assert "pay" not in before["scores"] and after["label"] == "pay" and still == after
    assert 'fewtext_reloads_total{model="m",outcome="loaded"} 1.0' in counted
    assert 'fewtext_reloads_total{model="m",outcome="failed"} 1.0' in counted


def test_metrics_count_requests_and_texts_by_names_of_ours_alone(folder):
    with client_of({"requests": folder}) as (client, _):
        classify(client, texts=["a wifi", "a tax"])
        client.get("/made-up")
        counted = client.get("/metrics").text
    assert 'fewtext_requests_total{route="/v1/classify",status="200"} 1.0' in counted
    assert 'fewtext_texts_total{model="requests"} 2.0' in counted
    assert 'route="other",status="404"' in counted and "made-up" not in counted


def test_it_says_when_it_shuts_down(folder):
    with client_of({"requests": folder}) as (client, service):
        assert client.get("/readyz").status_code == 200
        service.draining = True
        leaving = client.get("/readyz")
        assert leaving.status_code == 503 and leaving.headers["connection"] == "close"
        assert client.get("/healthz").status_code == 200
