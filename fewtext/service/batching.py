"""Micro-batches: one thread owns the models, and answers together whatever has come while it was busy."""

from __future__ import annotations

import math
import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from fewtext.service.refusals import Refusal

AT_ONCE = 256  # texts of a batch, where no request has more: others wait for less than a second
WINDOW = 0.002  # seconds to wait for more, where the last batch was of several requests


@dataclass(eq=False)
class Job:
    """Texts to work on. Those of jobs with an equal key ``together`` are given to one call of ``act``.

    It takes the texts of each job, and returns as many results.
    """

    together: Hashable
    texts: list[str]
    act: Callable[[list[list[str]]], list[Any]]
    size: int
    done: Future[Any] = field(default_factory=Future)


class Batching:
    """The thread, and what waits for it: at most ``waiting`` texts."""

    def __init__(self, waiting: int, on_batch: Callable[[int], None] = lambda texts: None) -> None:
        self._most, self._on_batch = waiting, on_batch
        self._jobs: deque[Job] = deque()
        self._changed = threading.Condition()
        self._closed = self._shared = False
        self.waiting = 0
        self._pace = 0.005  # seconds a text, as measured lately
        self._thread = threading.Thread(target=self._work, name="answers")
        self._thread.start()

    def submit(self, job: Job) -> Future[Any]:
        """Return the result to come; raise ``Refusal`` where too much is waiting."""
        with self._changed:
            if self._closed:
                raise Refusal(503, "the service is shutting down", {"retry-after": "5"})
            if self.waiting and self.waiting + job.size > self._most:
                seconds = max(1, math.ceil(self.waiting * self._pace))
                sentence = f"{self.waiting:,} texts are waiting already: try again in {seconds} s"
                raise Refusal(429, sentence, {"retry-after": str(seconds)})
            self._jobs.append(job)
            self.waiting += job.size
            self._changed.notify()
        return job.done

    def close(self) -> None:
        """Take nothing more, finish what was taken, and end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while batch := self._next():
            start, texts = perf_counter(), sum(job.size for job in batch)
            groups: dict[Hashable, list[Job]] = {}
            for job in batch:
                if job.done.set_running_or_notify_cancel():  # else nobody waits for it any more
                    groups.setdefault(job.together, []).append(job)
            for group in groups.values():
                _answer(group)
            self._pace += 0.2 * ((perf_counter() - start) / max(texts, 1) - self._pace)
            self._on_batch(texts)

    def _next(self) -> list[Job]:
        """Wait for jobs, and return as many as make a batch; none at the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._jobs or self._closed)
            if self._shared and not self._closed and self.waiting < AT_ONCE:
                self._changed.wait_for(lambda: self._closed or self.waiting >= AT_ONCE, WINDOW)
            batch: list[Job] = []
            texts = 0
            while self._jobs and (not batch or texts + self._jobs[0].size <= AT_ONCE):
                batch.append(self._jobs.popleft())
                texts += batch[-1].size
            self.waiting -= texts
            self._shared = len(batch) > 1
            return batch


def _answer(jobs: list[Job]) -> None:
    """Answer jobs at once; where that fails, each by itself, so that one does not fail another."""
    try:
        results = jobs[0].act([job.texts for job in jobs])
    except BaseException as error:
        if len(jobs) == 1:
            jobs[0].done.set_exception(error)
            return
        for job in jobs:
            _answer([job])
        return
    for job, result in zip(jobs, results, strict=True):
        job.done.set_result(result)
