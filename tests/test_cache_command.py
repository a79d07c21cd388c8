"""The cache of features: commands write the same bytes with it and without; processes that share it may be killed."""

import hashlib
import json
import re
import sqlite3
import subprocess
import sys
import time

import pytest

from fewtext.files.feature_database import Row, connect, read_rows
from fewtext.files.feature_store import FILE, FeatureStore

SUPPORT = "text,label\n" + "".join(
    f"{text},{label}\n"
    for label, texts in {
        "network": ("vpn down", "wifi is slow", "no internet here"),
        "vacation": ("two days off", "a week off in May", "holiday next month"),
    }.items()
    for text in texts
)
QUERIES = "the wifi is gone\nleave in May?\n\nthe wifi is gone\nmy vpn does not start\n"


@pytest.fixture
def run(run_fewtext, write, tmp_path):
    support, query = write("s.csv", SUPPORT), write("q.txt", QUERIES)

    def classify(*options, cache=tmp_path / "cache", **environment):
        command = ("classify", "--support", support, "--query", query, "--scores", "--dtype", "float32", *options)
        return run_fewtext(*command, FEWTEXT_CACHE=str(cache), **environment)

    return classify


def test_a_second_run_writes_the_same_bytes_and_says_what_came_from_the_cache(run, tmp_path):
    outputs = [tmp_path / f"{name}.csv" for name in ("off", "first", "second", "none")]
    runs = [
        run("--output", outputs[0], cache="off"),
        run("--output", outputs[1]),
        run("--output", outputs[2]),
        run("--output", outputs[3], "--no-cache"),
    ]
    assert [done.returncode for done in runs] == [0] * 4
    assert len({output.read_bytes() for output in outputs}) == 1
    lines = [done.stderr.decode().splitlines()[-1] for done in runs]
    assert ["from the cache" in line for line in lines] == [False, False, True, False]
    assert "; 11 of 11 encodings from the cache; " in lines[2]


def test_no_cache_makes_none(run, tmp_path):
    assert run("--no-cache").returncode == 0 and not (tmp_path / "cache").exists()
    assert run(FEWTEXT_CACHE_SIZE="0").returncode == 0 and not (tmp_path / "cache").exists()
    wrong = run(FEWTEXT_CACHE_SIZE="much")
    assert wrong.returncode == 1 and b"FEWTEXT_CACHE_SIZE: much is no size" in wrong.stderr


@pytest.mark.parametrize("command", ["check", "score", "suggest", "add"])
def test_other_commands_share_it(run, run_fewtext, write, tmp_path, command):
    assert run("--save", tmp_path / "m").returncode == 0
    support, query = write("s.csv", SUPPORT), write("q.txt", QUERIES)
    arguments = {
        "check": (support,),
        "score": ("--support", support, "--test", support),
        "suggest": ("--support", support, "--pool", query),
        "add": (write("more.csv", "text,label\nleave in May?,vacation\n"), "--model", tmp_path / "m"),
    }[command]
    done = run_fewtext(command, *arguments, "--dtype", "float32", FEWTEXT_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr
    assert re.search(r"; (\d+) of \1 encodings from the cache; ", done.stderr.decode().splitlines()[-1])


def test_stats_and_clear(run, run_fewtext, tmp_path):
    def cache(*arguments, folder=tmp_path / "cache"):
        return run_fewtext("cache", *arguments, FEWTEXT_CACHE=str(folder))

    assert json.loads(cache("stats", "--format", "json").stdout)["items"] == 0
    run()
    facts = json.loads(cache("stats", "--format", "json").stdout)
    folder = tmp_path / "cache" / "features"
    assert facts["items"] == 11 and facts["folder"] == str(folder) and facts["most_bytes"] == 2_000_000_000
    assert facts["bytes"] == sum(path.stat().st_size for path in folder.iterdir())
    shown = cache("stats").stdout.decode()
    assert "items       11\n" in shown and "of at most 2,000.0 MB" in shown and "oldest use  20" in shown
    assert cache("clear").stdout.decode().startswith(f"11 items removed from {folder}, ")
    assert json.loads(cache("stats", "--format", "json").stdout)["items"] == 0
    off = cache("clear", folder="off")
    assert off.returncode == 1 and b"FEWTEXT_CACHE is off" in off.stderr


COUNT, ITEM = 3000, 200

FILL = f"""
import hashlib, sys
from pathlib import Path
from fewtext.files.feature_database import Row
from fewtext.files.feature_store import FeatureStore
store = FeatureStore(Path(sys.argv[1]), 10**9)
print("begins", flush=True)
for start in range(0, {COUNT}, 30):
    keys = [b"%d" % i for i in range(start, start + 30)]
    there = store.read(keys)
    store.add([(key, Row(hashlib.blake2b(key).digest() * {ITEM}, 0)) for key in keys if key not in there])
store.close()
"""


def filling(folder):
    return subprocess.Popen([sys.executable, "-W", "error", "-c", FILL, folder], stdout=subprocess.PIPE)


@pytest.mark.processes
def test_two_processes_fill_one_cache_and_one_is_killed(tmp_path):
    killed, other = filling(tmp_path), filling(tmp_path)
    for process in (killed, other):
        assert process.stdout.readline() == b"begins\n"
    until = time.monotonic() + 60
    while killed.poll() is None and size_of(tmp_path) < 2**23 and time.monotonic() < until:
        time.sleep(0.005)
    killed.kill()
    assert killed.wait() == -9, "it was at work"
    assert other.wait(120) == 0
    keys = [b"%d" % i for i in range(COUNT)]
    store = FeatureStore(tmp_path, 10**9)
    found = store.read(keys)
    store.close()
    assert len(found) == COUNT
    assert all(row == Row(hashlib.blake2b(key).digest() * ITEM, 0) for key, row in found.items())
    with sqlite3.connect(tmp_path / FILE) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert database.execute("SELECT count(*) FROM features").fetchone() == (COUNT,)


def size_of(folder):
    return sum(path.stat().st_size for path in folder.glob(f"{FILE}*") if path.exists())


@pytest.mark.processes
def test_a_process_that_is_killed_alone_leaves_whole_rows(tmp_path):
    process = filling(tmp_path)
    until = time.monotonic() + 60
    while process.poll() is None and size_of(tmp_path) < 2**22 and time.monotonic() < until:
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -9
    database = connect(tmp_path / FILE)
    found = read_rows(database, [b"%d" % i for i in range(COUNT)])
    assert found and len(found) % 30 == 0 and len(found) < COUNT
    database.close()
