"""A service in memory: its models, the thread that answers, its limits and what it counts."""

from __future__ import annotations

import asyncio
import re
from typing import Any

from fewtext.errors import FewtextError, PluginError
from fewtext.service.batching import Batching, Job
from fewtext.service.limits import Limits
from fewtext.service.logs import log_error
from fewtext.service.metrics import Metrics
from fewtext.service.models import Models
from fewtext.service.refusals import Refusal

_PARAMETER = re.compile(r"\bparameter '(\w+)'")
_FIELDS = {"set_coverage": "set"}
FAILED = "the service failed to answer; its log says where"


class Service:
    """Begins its thread at once; ``close`` finishes what was taken and ends it."""

    def __init__(self, models: Models, limits: Limits | None = None) -> None:
        self.models, self.limits, self.metrics = models, limits or Limits(), Metrics()
        self.draining = False
        self.batching = Batching(self.limits.waiting, self.metrics.batches.observe)
        self.metrics.waiting.set_function(lambda: self.batching.waiting)
        models.on_reload = self._count_reload

    async def result(self, job: Job) -> Any:
        """Return the result of a job; raise ``Refusal`` where it cannot be had, or not in time."""
        future = asyncio.wrap_future(self.batching.submit(job))
        try:
            async with asyncio.timeout(self.limits.seconds):
                return await future
        except TimeoutError:
            seconds = f"{self.limits.seconds:g}"
            raise Refusal(504, f"there was no answer within {seconds} seconds: send fewer texts at once") from None
        except PluginError as error:  # of the encoder or the learner, memory too: no fault of the request
            log_error("failed", error)
            raise Refusal(500, FAILED) from None
        except FewtextError as error:
            raise Refusal(422, with_fields(str(error))) from None
        except Refusal:
            raise
        except Exception as error:
            log_error("failed", error)
            raise Refusal(500, FAILED) from None

    def close(self) -> None:
        """Finish everything that was taken."""
        self.models.close()
        self.batching.close()

    def _count_reload(self, name: str, done: bool) -> None:
        self.metrics.reloads.labels(name, "loaded" if done else "failed").inc()


def with_fields(message: str) -> str:
    """Return a message of the core in which ``parameter 'x'`` is a field of the request."""
    return _PARAMETER.sub(lambda match: f"field '{_FIELDS.get(match[1], match[1])}'", message)
