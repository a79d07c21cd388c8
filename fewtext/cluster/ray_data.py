"""Ray Data: one task reads the parts of a file, a pool of actors works on them, and results come in their order.

Each part is one row of one block, whatever its size, so that the actors get the parts as they were read. The reading
task runs on the machine of the driver, where a local file is. A killed actor is started again by Ray, which gives its
parts out once more. How many actors there are between one and all that fit is left to Ray.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fewtext.cluster.own_output import to_standard_error
from fewtext.cluster.reading import Reading
from fewtext.cluster.work import Done, Task, Worker
from fewtext.errors import FewtextError, first_line
from fewtext.registry.failures import reason

PART, RESULT = "part", "result"  # columns of the blocks
AHEAD = 2  # parts that wait at an actor, so that it need not wait for them
_HEAD, _LITTLE = "node:__internal_head__", 0.001  # of a machine's own resource, which is one
# Of the first its C++ part would say that a lost task cannot be sent again, which the driver keeps for as long.
_QUIET = {"RAY_BACKEND_LOG_LEVEL": "fatal", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0"}


@dataclass(frozen=True)
class Pool:
    """How many actors there are: so many, or as many as fit; and whether one has a GPU or cores."""

    workers: int | None = None
    device: str = "auto"


def results(reading: Reading, task: Task, pool: Pool) -> Iterator[Done]:
    """Yield what becomes of each part, in order; Ray is joined, or started here, for as long as that takes."""
    ray = _ray()
    with to_standard_error() as aside, contextlib.ExitStack() as undone:
        joined = ray.is_initialized()
        with aside:
            if not joined:
                _start(ray)
        try:
            with aside, _failures():
                undone.callback(_kept_in_order(ray))
                rows = iter(_mapped(ray, reading, task, pool).iter_rows())
            while True:
                with aside, _failures():
                    row = next(rows, None)
                if row is None:
                    return
                yield opened(ray, row[RESULT])
        finally:
            with aside:
                if not joined:
                    ray.shutdown()


def _ray() -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise FewtextError("a cluster needs Ray", hint='pip install "fewtext[ray]"') from error
    return ray


def _start(ray: Any) -> None:
    """Join the cluster that RAY_ADDRESS names or that runs here, or start one of this machine alone."""
    try:
        ray.init(log_to_driver=False, logging_level=logging.ERROR, include_dashboard=False)
    except Exception as error:
        hint = "check RAY_ADDRESS and ray status; without the variable, this machine is a cluster of its own"
        raise FewtextError(f"no cluster of Ray can be had ({reason(error)})", hint=hint) from error


def _kept_in_order(ray: Any) -> Callable[[], None]:
    """Let Ray Data keep parts apart and in order, without bars, and return what puts back how it was."""
    context = ray.data.DataContext.get_current()
    options = context.execution_options
    wanted: dict[str, Any] = {"enable_progress_bars": False}
    wanted |= dict.fromkeys(("target_max_block_size", "target_min_block_size"), 1)  # byte: a part is a block
    before, order = {name: getattr(context, name) for name in wanted}, options.preserve_order

    def put(values: Mapping[str, Any], preserve_order: bool) -> None:
        options.preserve_order = preserve_order
        for name, value in values.items():
            setattr(context, name, value)

    put(wanted, True)
    return partial(put, before, order)


def _mapped(ray: Any, reading: Reading, task: Task, pool: Pool) -> Any:
    """Return the data set of results, of which nothing is computed yet."""
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    resources, fitting = resources_of(ray, task, pool)
    parts = ray.data.read_datasource(
        _source(ray, reading), override_num_blocks=1, num_cpus=0, resources={machine_of_driver(ray): _LITTLE}
    )
    size = {"size": pool.workers} if pool.workers else {"min_size": 1, "initial_size": fitting}
    actors = ray.data.ActorPoolStrategy(**size, max_tasks_in_flight_per_actor=AHEAD)
    sent = ray.put(task)
    return parts.map_batches(
        Actor,
        fn_constructor_args=[sent],
        batch_size=1,
        batch_format="pyarrow",
        compute=actors,
        **resources,
    )


def machine_of_driver(ray: Any) -> str:
    """Return the resource that only the machine of this process has, so that a task that takes it runs here."""
    own = ray.get_runtime_context().get_node_id()
    (machine,) = (node for node in ray.nodes() if node["NodeID"] == own)
    return next(str(name) for name in machine["Resources"] if name.startswith("node:") and name != _HEAD)


def resources_of(ray: Any, task: Task, pool: Pool) -> tuple[dict[str, float], int]:
    """Return what an actor takes, and how many fit: one GPU each where there are any, else the driver's threads."""
    every = ray.cluster_resources()
    if pool.device == "auto" and every.get("GPU", 0) or pool.device.startswith("cuda"):
        if not every.get("GPU", 0):
            raise FewtextError("the cluster has no GPU", hint="set parameter 'device'=cpu, or add a machine with one")
        return {"num_gpus": 1, "num_cpus": 1}, int(every["GPU"])
    largest = max((node["Resources"].get("CPU", 0) for node in ray.nodes() if node["Alive"]), default=0)
    if largest < task.threads:
        message = f"no machine of the cluster has {task.threads} cores, as many as a worker has threads"
        raise FewtextError(message, hint=f"set OMP_NUM_THREADS={max(1, int(largest))}")
    fitting = sum(int(node["Resources"].get("CPU", 0) // task.threads) for node in ray.nodes() if node["Alive"])
    return {"num_cpus": task.threads}, max(1, fitting)


class Actor:
    """An actor of Ray: it starts a worker with its first part, so that an error of the start is told, not retried."""

    def __init__(self, task: Any) -> None:
        self._task = task
        self._worker: Worker | None = None

    def __call__(self, batch: Any) -> Any:
        """Return a table with the result of each part of a table."""
        import pyarrow
        import ray

        results = []
        for part in batch.column(PART).to_pylist():
            try:
                if self._worker is None:
                    task = ray.get(self._task) if isinstance(self._task, ray.ObjectRef) else self._task
                    self._worker = task.start()
                result: Any = self._worker(part)
            except FewtextError as error:
                result = error.what, error.where, error.hint
            results.append(ray.cloudpickle.dumps(result))
        return pyarrow.table({RESULT: pyarrow.array(results, pyarrow.large_binary())})


def _source(ray: Any, reading: Reading) -> Any:
    """Return the data source of one task, which yields a block a part."""
    from ray.data.block import BlockMetadata

    class Parts(ray.data.Datasource):  # type: ignore[misc]
        """The parts of a file."""

        def estimate_inmemory_data_size(self) -> None:
            """Nobody knows before it is read."""

        def get_read_tasks(self, parallelism: int, *_: Any, **__: Any) -> list[Any]:
            """Return the one task, whatever the wanted number: the parts of a file follow each other."""
            metadata = BlockMetadata(num_rows=None, size_bytes=None, input_files=None, exec_stats=None)
            return [ray.data.ReadTask(lambda: _blocks(reading), metadata)]

    return Parts()


def _blocks(reading: Reading) -> Iterator[Any]:
    import pyarrow

    for part in reading.parts():
        yield pyarrow.table({PART: pyarrow.array([part], pyarrow.large_binary())})


def opened(ray: Any, content: bytes) -> Done:
    """Return the result of a part; raise the ``FewtextError`` that the worker has sent instead.

    What is unpickled was pickled by a worker of this very job, and has never been in a file.
    """
    result = ray.cloudpickle.loads(content)
    if isinstance(result, tuple):
        what, where, hint = result
        raise FewtextError(what, where=where, hint=hint)
    assert isinstance(result, Done)
    return result


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """Turn what Ray raises into one sentence: its own would be pages."""
    try:
        yield
    except FewtextError:
        raise
    except Exception as error:
        hint = "ray status and Ray's own logs say more"
        raise FewtextError(f"the cluster failed ({reason(_cause(error))})", hint=hint) from error


def _cause(error: BaseException) -> BaseException:
    """Return the error of a worker that Ray's errors lead to: the last one that says anything."""
    found = error
    while (deeper := getattr(error, "cause", None) or error.__cause__) is not None and deeper is not error:
        error = deeper
        found = error if first_line(error) else found
    return found
