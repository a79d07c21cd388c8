"""``fewtext serve`` under load: pace beside the command's, times, bad bodies, a reload and the end, on loopback.

    FEWTEXT_DATA=DATA OMP_WAIT_POLICY=passive python benchmarks/serve.py [--seconds 60]

A classifier of BANKING77, five examples a label, answers its test texts. The clients, a process of their own, share the
processor with the service. The command classifies the same texts before and after; its pace is that of all texts less
that of sixteen, so without its start. Nothing is cached. The encoder alone is timed right after the single client. A
line is appended to benchmarks/results/serve.jsonl; exits with 1 where a bar is missed.
"""

import argparse
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import torch
from encoder_speed import cpu_name
from official import circumstances

from fewtext import FewShotClassifier
from fewtext.datasets.open import open_corpus, read_items
from fewtext.encoders.encode import encode

RESULTS = Path(__file__).parent / "results" / "serve.jsonl"
LOAD = Path(__file__).with_name("serve_load.py")
SHOTS, BAD = 5, 1000
BARS = {"ratio_16_texts": 0.7, "ratio_1_text": 0.4}
MOST_MS = 8.0
SURROUNDINGS = os.environ | {"FEWTEXT_CACHE": "off", "HF_HUB_OFFLINE": "1"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model, more = fitted(folder / "model")
        texts = [" ".join(text.split()) for text in dict.fromkeys(read_items(open_corpus("banking77"), "test").items)]
        (folder / "texts.txt").write_text("\n".join(texts) + "\n", encoding="utf-8")
        (folder / "few.txt").write_text("\n".join(texts[:16]) + "\n", encoding="utf-8")
        line = measured(folder, texts, asked.seconds, more, model.encoder_)
    line |= {"dtype": str(model.encoder_.dtype), "threads": torch.get_num_threads(), "cpu": cpu_name()}
    line |= circumstances(model.encoder_, "fastapi", "uvicorn")
    with RESULTS.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line) + "\n")
    print(json.dumps(line))
    sys.exit(bool(line["missed"]))


def fitted(folder):
    """Save a classifier; return it, and examples to add to it."""
    train, left, chosen, more = read_items(open_corpus("banking77"), "train"), {}, [], []
    pairs = list(zip(train.items, train.labels, strict=True))
    random.Random(0).shuffle(pairs)
    for text, label in pairs:
        left[label] = left.get(label, SHOTS + 1) - 1
        if left[label] >= 0:
            (chosen if left[label] else more).append((text, label))
    model = FewShotClassifier().fit([text for text, _ in chosen], [label for _, label in chosen])
    model.save(folder)
    return model.model_, more


def measured(folder, texts, seconds, more, encoder):
    """Return all figures, and the bars that are missed."""
    before = command_pace(folder, len(texts))
    with Served(folder) as service:
        sixteen = service.load(64, 16, seconds)
        single = service.load(64, 1, seconds)
        alone = service.load(1, 1, min(seconds, 15))
        bare = encoding_ms(encoder, texts[:300])
        bad = service.bad_bodies()
        reload, reloaded = service.reload(more)
    with Served(folder) as service:
        ended, code, logged = service.end_under_load()
    command = (before + command_pace(folder, len(texts))) / 2
    answered = ended["statuses"].get("200", 0)
    line = {
        "command_texts_per_second": round(command, 1), "clients_64_16_texts": sixteen, "clients_64_1_text": single,
        "client_1_1_text": alone, "encoder_1_text_p50_ms": bare,
        "ratio_16_texts": round(sixteen["texts_per_second"] / command, 3),
        "ratio_1_text": round(single["texts_per_second"] / command, 3), "bad_bodies": bad, "reload": reload,
        "reloads": reloaded, "end": {**ended, "answered_by_the_log": logged, "exit_code": code},
    }  # fmt: skip
    missed = [name for name, least in BARS.items() if line[name] < least]
    missed += ["p50 of one client"] * (alone["p50_ms"] > MOST_MS)
    missed += [
        f"errors: {part}"
        for part, found in (("16", sixteen), ("1", single), ("alone", alone), ("reload", reload), ("end", ended))
        if found["lost"] or set(found["statuses"]) != {"200"}
    ]
    missed += ["bad bodies"] * (bad["refused_with_a_sentence"] != BAD) + ["reload"] * (not reloaded)
    return line | {"missed": missed + ["end"] * (code != 0 or logged != answered)}


def encoding_ms(encoder, texts):
    """Return the median of the milliseconds that the encoder takes for one text."""
    took = []
    for text in texts:
        start = time.perf_counter()
        encode(encoder, [text])
        took.append(time.perf_counter() - start)
    return round(1e3 * sorted(took)[len(took) // 2], 2)


def command_pace(folder, count):
    """Return how many texts ``fewtext classify`` answers in a second."""
    few, all_of_them = (timed(folder, name) for name in ("few.txt", "texts.txt"))
    return (count - 16) / (all_of_them - few)


def timed(folder, name):
    """Return the seconds that the command takes for a file."""
    command = [sys.executable, "-m", "fewtext", "classify", "--model", folder / "model", "--query", folder / name]
    start = time.perf_counter()
    options = ["--format", "jsonl", "--top", "3", "--no-cache", "--output", folder / "answers.jsonl"]
    subprocess.run([*command, *options], check=True, stderr=subprocess.DEVNULL, env=SURROUNDINGS)
    return time.perf_counter() - start


class Served:
    """The service in a process of its own."""

    def __init__(self, folder):
        self._folder, self._log = folder, folder / "log"

    def __enter__(self):
        command = [sys.executable, "-m", "fewtext", "serve", "--model", self._folder / "model", "--port", "0"]
        with self._log.open("wb") as stream:
            self._process = subprocess.Popen([*command, "--no-cache"], stderr=stream, env=SURROUNDINGS)
        while not (found := re.search(r'"page": "http://127.0.0.1:(\d+)/"', self._log.read_text(encoding="utf-8"))):
            assert self._process.poll() is None, self._log.read_text(encoding="utf-8")
            time.sleep(0.05)
        self._port = int(found[1])
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(60)

    def begin(self, clients, each, seconds):
        """Let clients begin to ask."""
        numbers = ["--clients", str(clients), "--each", str(each), "--seconds", str(seconds)]
        command = [sys.executable, LOAD, str(self._port), self._folder / "texts.txt", *numbers]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def load(self, clients, each, seconds):
        """Return what came of these clients."""
        return json.loads(self.begin(clients, each, seconds).communicate()[0])

    def bad_bodies(self):
        """Send bodies that do not fit; return how many were refused with a sentence, by status."""
        draw, statuses, refused = random.Random(0), {}, 0
        for body in (bad_body(draw) for _ in range(BAD)):
            status, content = self._post(body)
            statuses[str(status)] = statuses.get(str(status), 0) + 1
            sentence = json.loads(content).get("error", "")
            refused += 400 <= status < 500 and len(sentence) > 10 and "Traceback" not in sentence
        return {"bodies": BAD, "refused_with_a_sentence": refused, "statuses": statuses}

    def _post(self, body):
        address, kind = f"http://127.0.0.1:{self._port}/v1/classify", {"Content-Type": "application/json"}
        try:
            with urllib.request.urlopen(urllib.request.Request(address, body, kind)) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def reload(self, more):
        """Add an example of each label while clients ask; return what came of them, and the reloads that were done."""
        clients = self.begin(64, 4, 25)
        time.sleep(3)
        path = self._folder / "more.jsonl"
        path.write_text("".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in more))
        command = [sys.executable, "-m", "fewtext", "add", path, "--model", self._folder / "model", "--no-cache"]
        subprocess.run(command, check=True, env=SURROUNDINGS, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
        found = json.loads(clients.communicate()[0])
        return found, self._log.read_text(encoding="utf-8").count('"outcome": "loaded"')

    def end_under_load(self):
        """Send SIGTERM while clients ask; return what came of them, the exit code, and how many the log has."""
        clients = self.begin(64, 4, 60)
        time.sleep(6)
        self._process.send_signal(signal.SIGTERM)
        found = json.loads(clients.communicate()[0])
        code = self._process.wait(120)
        lines = self._log.read_text(encoding="utf-8").splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        return found, code, sum(event.get("status") == 200 for event in events)


def bad_body(draw):
    """Return a body that does not fit: a field of a wrong kind or name, or bytes that are no JSON."""
    wrong = [None, True, -1, 0, 1.5, 10**30, "x", [], {}, [1], [None], {"a": 1}]
    kind = draw.randrange(5)
    body = json.dumps({"texts": ["where is my card"], "top": 3, "explain": 2, "precision": 0.9})
    if kind == 0:  # cut short
        return body[: draw.randrange(len(body))].encode()
    if kind == 1:
        return b"\xff" + draw.randbytes(draw.randrange(200))
    if kind == 2:
        return json.dumps({"texts": draw.choice([value for value in wrong if value != "x"] + ["x"])}).encode()
    if kind == 3:
        name = draw.choice(["top", "explain"])
        return json.dumps({"texts": ["a"], name: draw.choice([w for w in wrong if w != 0 or name == "top"])}).encode()
    name = "".join(draw.choices("abcdefgh", k=draw.randrange(1, 12)))
    return json.dumps({"texts": ["a"], name: draw.choice(wrong)}).encode()


if __name__ == "__main__":
    main()
