"""A cluster of Ray itself, which the tests share: workers die, machines have too few cores, commands join it."""

import os
import sys
from pathlib import Path

import pytest
from cluster_job import QUERIES, SIZE, fitted, heard, parts, support_in, written

from fewtext.classify.predict import classify
from fewtext.cluster import answers as on_cluster
from fewtext.cluster.ray_data import Pool, machine_of_driver
from fewtext.cluster.reading import reading_of
from fewtext.errors import FewtextError


@pytest.fixture(scope="module")
def model():
    return fitted()


@pytest.fixture
def queries(tmp_path):
    return written(tmp_path)


@pytest.fixture(scope="module")
def cluster():
    """Two cores of a cluster of our own, which the tests of this file share; its address."""
    ray = pytest.importorskip("ray")
    ray.init(num_cpus=2, num_gpus=0, include_dashboard=False, log_to_driver=False)
    yield ray.get_runtime_context().gcs_address
    ray.shutdown()


@pytest.fixture
def one_thread():
    """One thread of this process, so that a worker takes one core of the cluster."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def actors():
    """Return the processes of the workers that this process's cluster has."""
    children, names = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                names[int(entry.name)] = (entry / "cmdline").read_text()
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, left = [], [os.getpid()]
    while left:
        own = children.get(left.pop(), [])
        left += own
        found += [pid for pid in own if names[pid].startswith("ray::MapWorker")]
    return found


@pytest.mark.processes
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="finds the workers in /proc")
def test_a_killed_worker_costs_no_row(model, queries, cluster, one_thread):
    expected = heard(classify(model, parts(), top=2, explain=1))
    reading, killed, found = reading_of(queries, None, None, SIZE), [], []

    def answers():
        for answer in on_cluster.classify_on_cluster(model, parts(), reading, Pool(workers=2), top=2, explain=1):
            if not killed:
                killed.append(actors()[0])
                os.kill(killed[0], 9)
            yield answer

    found = heard(answers())
    assert killed and found == expected


@pytest.mark.processes
def test_the_machine_of_the_command_reads(queries, cluster):
    import ray
    import ray.data

    machine = machine_of_driver(ray)
    assert machine in ray.nodes()[0]["Resources"] and machine.startswith("node:") and "head" not in machine
    seen = queries.with_name("seen.txt")

    class Spy(ray.data.Datasource):
        def estimate_inmemory_data_size(self):
            return None

        def get_read_tasks(self, parallelism, *_, **__):
            from ray.data.block import BlockMetadata

            def read():
                import pyarrow

                seen.write_text(str(ray.get_runtime_context().get_assigned_resources()))
                yield pyarrow.table({"part": [1]})

            return [ray.data.ReadTask(read, BlockMetadata(None, None, None, None))]

    ray.data.read_datasource(Spy(), override_num_blocks=1, num_cpus=0, resources={machine: 0.001}).take_all()
    assert machine in seen.read_text(), "Ray Data passes on which machine a task needs"


@pytest.mark.processes
def test_more_cores_than_a_machine_has_is_told(model, queries, cluster, monkeypatch):
    monkeypatch.setattr("torch.get_num_threads", lambda: 64)
    with pytest.raises(FewtextError, match="no machine of the cluster has 64 cores.*; set OMP_NUM_THREADS=2"):
        list(on_cluster.classify_on_cluster(model, parts(), reading_of(queries, None, None, SIZE), Pool()))
    with pytest.raises(FewtextError, match="the cluster has no GPU"):
        reading = reading_of(queries, None, None, SIZE)
        list(on_cluster.classify_on_cluster(model, parts(), reading, Pool(device="cuda")))


@pytest.mark.processes
def test_the_commands_write_the_same_bytes(run_fewtext, run_process, cluster, one_thread, tmp_path):
    """One joins the cluster as another process does, the other is where it was started."""
    odd = tmp_path / "q.csv"
    rows = "".join(f'{i},"{text}"\n' for i, text in enumerate(QUERIES))
    odd.write_text(f"id,text\n{rows}481,one,too many\n482,\n", encoding="utf-8")
    told = ["--support", support_in(tmp_path), "--encoder", "tfidf", "--learner", "protonet", "--format", "jsonl"]
    command = "classify", *told, "--no-cache", "--query", odd
    here = run_fewtext(*command)
    there = run_process(*command, "--engine", "ray", "--workers", "1", OMP_NUM_THREADS="1", RAY_ADDRESS=cluster)
    assert there.returncode == 0, there.stderr.decode()
    assert there.stdout == here.stdout and here.stdout.count(b"\n") == len(QUERIES) + 2
    warned = [line for line in here.stderr.decode().splitlines() if line.startswith("warning:")]
    assert warned and [line for line in there.stderr.decode().splitlines() if line.startswith("warning:")] == warned
    address = odd.resolve().as_uri()
    features = [tmp_path / "here.npy", tmp_path / "there.npy"]
    for path, more in zip(features, ([], ["--engine", "ray", "--workers", "1"]), strict=True):
        done = run_fewtext("encode", address, "--output", path, *more)
        assert done.returncode == 0, done.stderr.decode()
    assert features[0].read_bytes() == features[1].read_bytes()
