"""A service to test: small models of word counts, a client in this process, and the command in one of its own."""

import contextlib
import json
import subprocess
import sys
import time

import running

WORDS = {
    "network": "vpn wifi router cable",
    "leave": "holiday vacation week absence",
    "pay": "salary bonus tax payslip",
}
KEY = "a-long-enough-key-for-tests"


def examples(*labels):
    """Return texts with their labels, of each label ten or so."""
    return [
        (f"the {a} and the {b}", label)
        for label in labels or WORDS
        for a in WORDS[label].split()
        for b in WORDS[label].split()
        if a != b
    ]


def saved(folder, *labels):
    """Fit a classifier with these labels and save it."""
    from fewtext import FewShotClassifier

    pairs = examples(*labels)
    model = FewShotClassifier(encoder="tfidf").fit([text for text, _ in pairs], [label for _, label in pairs])
    model.save(folder)
    return model


@contextlib.contextmanager
def client_of(folders, keys=(), limits=None, names=(), log_texts=False):
    """Yield a client of a service of these models, and the service."""
    from starlette.testclient import TestClient

    from fewtext.service.app import create_app
    from fewtext.service.keys import Keys
    from fewtext.service.models import Models
    from fewtext.service.origins import Origins
    from fewtext.service.service import Service

    service = Service(Models(folders), limits)
    app = create_app(service, Keys(list(keys)), Origins(names), log_texts)
    with TestClient(app, base_url="http://localhost") as client:
        yield client, service


@contextlib.contextmanager
def served(*arguments, log, **environment):
    """Run the command on a free port; yield the process and the address of its page."""
    command = [sys.executable, "-m", "fewtext", "serve", "--port", "0", *map(str, arguments)]
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, cwd=running.ROOT, env=running.settings(environment))
    try:
        yield process, _address(process, log)
    finally:
        process.terminate()
        process.wait(60)


def _address(process, log):
    """Wait until the log says where the service listens."""
    with log.open(encoding="utf-8") as lines:
        while process.poll() is None:
            line = lines.readline()
            if line.startswith("{") and line.endswith("\n") and json.loads(line)["event"] == "listening":
                return json.loads(line)["page"].rstrip("/")
            if not line:
                time.sleep(0.05)
    raise AssertionError(log.read_text())
