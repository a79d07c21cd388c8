"""The command as a process: a signal ends it once all that it took is answered; what it refuses to start with."""

import json
import socket
import threading

import pytest
from serving import KEY, saved, served

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("sklearn", reason="TF-IDF needs scikit-learn")
import httpx

TEXTS = ["the wifi and the router"] * 50


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "requests"
    saved(folder)
    return folder


@pytest.mark.processes
def test_a_signal_loses_no_request_that_was_taken(folder, tmp_path):
    log, answered, cut, ready, enough = tmp_path / "log", [], [], threading.Barrier(9), threading.Event()

    def ask(address):
        with httpx.Client(base_url=address, timeout=60) as client:
            client.post("/v1/classify", json={"texts": TEXTS})
            ready.wait(60)
            try:
                while True:
                    found = client.post("/v1/classify", json={"texts": TEXTS})
                    answered.append((found.status_code, len(found.json()["answers"])))
                    if len(answered) >= 20:
                        enough.set()
            except httpx.ConnectError:
                pass  # a new connection is refused: nothing was taken
            except httpx.HTTPError as error:
                cut.append(repr(error))

    with served("--model", folder, log=log) as (process, address):
        clients = [threading.Thread(target=ask, args=[address]) for _ in range(8)]
        for client in clients:
            client.start()
        ready.wait(60)
        assert enough.wait(120)
        process.terminate()
        for client in clients:
            client.join(120)
        assert process.wait(60) == 0
    assert not cut and len(answered) >= 20 and set(answered) == {(200, len(TEXTS))}
    events = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines() if line.startswith("{")]
    taken = [event for event in events if event["event"] == "request" and event["route"] == "/v1/classify"]
    assert len(taken) == len(answered) + 8 and events[-1]["event"] == "ended"


@pytest.mark.processes
def test_keys_come_from_the_environment_and_are_needed_for_other_machines(folder, tmp_path):
    with served("--model", folder, "--host", "0.0.0.0", log=tmp_path / "log", FEWTEXT_API_KEYS=f" {KEY} ,") as (
        _,
        address,
    ):
        address = address.replace("0.0.0.0", "127.0.0.1")
        assert httpx.get(f"{address}/v1/models").status_code == 401
        assert httpx.get(f"{address}/v1/models", headers={"x-api-key": KEY}).status_code == 200
    assert KEY not in (tmp_path / "log").read_text()


@pytest.mark.parametrize(
    ("arguments", "keys", "sentence"),
    [
        (["--host", "0.0.0.0"], "", "--host 0.0.0.0 is reached by other machines, and the service has no keys"),
        (["--host", "0.0.0.0"], "short", "FEWTEXT_API_KEYS: a key is shorter than 16 characters"),
        (["--model", "{folder}"], "", "two models are called requests"),
        (["--model", "=x"], "", "--model =x names no model"),
        (["--model", "other=nowhere"], "", "nowhere: no such folder"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(run_fewtext, folder, arguments, keys, sentence):
    own = [argument.replace("{folder}", str(folder)) for argument in arguments]
    done = run_fewtext("serve", "--model", folder, *own, FEWTEXT_API_KEYS=keys)
    assert done.returncode == 1 and sentence in done.stderr.decode() and b"Traceback" not in done.stderr


def test_a_port_that_is_taken_is_said(run_fewtext, folder):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_fewtext("serve", "--model", folder, "--port", port)
    assert done.returncode == 1 and f"127.0.0.1, port {port}: " in done.stderr.decode()


def test_a_missing_extra_is_said(run_fewtext, folder, monkeypatch):
    monkeypatch.setattr("fewtext.service.extra.NEEDED", ("fastapi", "no_such_library"))
    done = run_fewtext("serve", "--model", folder)
    assert done.returncode == 1
    assert 'the service needs no_such_library; pip install "fewtext[serve]"' in done.stderr.decode()
