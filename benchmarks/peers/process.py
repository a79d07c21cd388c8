"""A peer's process: a line of JSON in, a line of JSON out; what libraries print goes to standard error.

The first line has the model's folder, options and the test texts, and each further one a support. Nothing of fewtext is
imported here, so that a peer's memory is its own.
"""

import json
import os
import resource
import signal
import sys
import time
from importlib.metadata import version


class Peer:
    """A system that learns from labelled texts; made of the folder of the bundled MiniLM, its ``body``."""

    libraries: tuple[str, ...] = ()
    reads_names = False
    """Whether ``fit`` reads labels' names by itself. For others they are the examples where there are none."""
    seconds_kept = 0.0
    """What it took to encode the test texts, if that was done once for all supports."""

    def keep(self, texts):
        """Encode the test texts once, if the system's vectors do not depend on the support."""

    def fit(self, texts, labels, names, seed):
        """Learn from texts; ``names`` has the words of each label's name."""
        raise NotImplementedError

    def answer(self, texts):
        """Return a label for each text, and its probabilities or None."""
        raise NotImplementedError

    def threshold(self, precision):
        """Return the probability from which on answers reach a precision; None where nothing is promised."""
        return None

    def megabytes(self):
        """Return the size of what has to be kept to answer."""
        raise NotImplementedError


def serve(kind):
    """Answer standard input until it ends."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    first = json.loads(sys.stdin.readline())
    peer = kind(first["body"], **first["options"])
    peer.keep(first["test"])
    versions = {name: version(name) for name in peer.libraries}
    for line in sys.stdin:
        signal.alarm(first["limit"])  # ends the process
        found = answered(peer, first["test"], first["precision"], **json.loads(line))
        signal.alarm(0)
        print(json.dumps(found | {"versions": versions}), file=out, flush=True)


def answered(peer, test, precision, texts, labels, names, seed):
    """Return a support's answers, with the seconds and the megabytes that they took."""
    if not texts and not peer.reads_names:
        texts, labels = list(names.values()), list(names)
    start = time.process_time()
    peer.fit(texts, labels, names, seed)
    fitted = time.process_time()
    answers, confidence = peer.answer(test)
    done = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {
        "answers": list(answers), "confidence": None if confidence is None else [float(p) for p in confidence],
        "seconds_to_fit": fitted - start, "seconds_to_answer": done - fitted + peer.seconds_kept,
        "peak_mb": peak / (2**20 if sys.platform == "darwin" else 2**10),
        "threshold": peer.threshold(precision), "model_mb": peer.megabytes(),
    }  # fmt: skip


def megabytes_of(*files):
    """Return the size of files, in MB."""
    return sum(os.path.getsize(file) for file in files) / 1e6
