"""Metrics in the format of Prometheus, of one service each."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)


class Metrics:
    """Counts of requests, texts and batches; no label of a metric holds what a client made up."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self._registry = own = CollectorRegistry()
        self.requests = Counter("fewtext_requests", "Requests", ["route", "status"], registry=own)
        self.seconds = Histogram("fewtext_request_seconds", "Time to answer", ["route"], buckets=SECONDS, registry=own)
        self.in_flight = Gauge("fewtext_requests_in_flight", "Requests that are being answered", registry=own)
        self.texts = Counter("fewtext_texts", "Texts that were answered", ["model"], registry=own)
        self.batches = Histogram("fewtext_batch_texts", "Texts answered at once", buckets=SIZES, registry=own)
        self.waiting = Gauge("fewtext_texts_waiting", "Texts that wait for an answer", registry=own)
        self.reloads = Counter("fewtext_reloads", "Models loaded again", ["model", "outcome"], registry=own)

    def text(self) -> bytes:
        """Return all of them as they are now."""
        return generate_latest(self._registry)
