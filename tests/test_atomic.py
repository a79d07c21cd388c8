"""Files and folders are there whole or not at all; what killed processes left is put right by the next one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fewtext.errors import FewtextError, InputError
from fewtext.files import atomic
from fewtext.files.atomic import clear, new_file, new_folder, write_bytes, write_text
from fewtext.files.locks import lock, locked

pytest.importorskip("fcntl", reason="needs file locks")
LEFT = ".{}.123.0123abcd.part"


def modes(folder):
    return {path.name: path.stat().st_mode & 0o777 for path in [folder, *folder.iterdir()]}


def put(folder, name="model", content=b"new"):
    with new_folder(folder / name, "another") as made:
        write_bytes(made / "file", content)


@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002])
def test_modes_are_those_that_the_umask_allows(tmp_path, mask):
    before = os.umask(mask)
    try:
        put(tmp_path)
    finally:
        os.umask(before)
    assert modes(tmp_path / "model") == {"model": 0o777 & ~mask, "file": 0o666 & ~mask}


def test_what_is_replaced_keeps_its_modes(tmp_path):
    put(tmp_path)
    (tmp_path / "model").chmod(0o700)
    (tmp_path / "model/file").chmod(0o640)
    put(tmp_path)
    write_text(tmp_path / "model/file", "newer")
    assert modes(tmp_path / "model") == {"model": 0o700, "file": 0o640}


@pytest.mark.parametrize("at_once", [True, False])
def test_a_folder_is_replaced_and_nothing_else_stays(tmp_path, monkeypatch, at_once):
    if not at_once:
        monkeypatch.setattr(atomic, "_exchanged_atomically", lambda one, other: False)
    put(tmp_path, content=b"old")
    with locked(tmp_path / "model", "another"):
        put(tmp_path)
    assert (tmp_path / "model/file").read_bytes() == b"new" and os.listdir(tmp_path) == ["model"]
    os.close(lock(tmp_path / "model", "nobody holds it"))


def test_what_a_killed_process_moved_aside_is_put_back(tmp_path, monkeypatch):
    put(tmp_path, content=b"old")
    monkeypatch.setattr(atomic, "_exchanged_atomically", lambda one, other: False)
    (tmp_path / "model").rename(tmp_path / ".model.123.0123abcd.old")
    (tmp_path / LEFT.format("model")).mkdir()
    clear(tmp_path, "model")
    assert (tmp_path / "model/file").read_bytes() == b"old" and os.listdir(tmp_path) == ["model"]


def test_what_killed_processes_left_goes_and_only_that(tmp_path):
    ours = [LEFT.format("a.csv"), LEFT.format("other")]
    others = [".a.csv.part", ".a.csv.x.0123abcd.part", "a.csv.123.0123abcd.part", ".hidden"]
    for name in [*ours, *others]:
        (tmp_path / name).write_text("")
    (tmp_path / LEFT.format("link")).symlink_to(tmp_path / ".hidden")
    write_text(tmp_path / "a.csv", "whole")
    assert not (tmp_path / ours[0]).exists() and (tmp_path / ours[1]).exists()
    clear(tmp_path)
    assert set(os.listdir(tmp_path)) == {"a.csv", LEFT.format("link"), *others}


def test_what_is_being_written_is_left_alone(tmp_path):
    with new_file(tmp_path / "a.csv") as stream, new_folder(tmp_path / "b", "another") as made:
        write_text(tmp_path / "a.csv", "another's")
        put(tmp_path, "b", b"another's")
        stream.write(b"mine")
        write_text(made / "file", "mine")
    assert (tmp_path / "a.csv").read_text() == (tmp_path / "b/file").read_text() == "mine"
    assert set(os.listdir(tmp_path)) == {"a.csv", "b"}


def test_a_name_as_long_as_the_system_allows_can_be_written(tmp_path):
    write_text(tmp_path / ("é" * 127), "whole")
    assert os.listdir(tmp_path) == ["é" * 127]


@pytest.mark.processes
def test_a_disk_that_is_full_is_an_error_that_names_the_file(tmp_path):
    program = (
        "import resource, sys; from pathlib import Path; from fewtext.files.tables import atomic_output\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "with atomic_output(Path(sys.argv[1])) as stream: stream.write('x' * 100_000)"
    )
    done = subprocess.run([sys.executable, "-c", program, tmp_path / "a.csv"], capture_output=True, text=True)
    last = done.stderr.splitlines()[-1]
    assert f"{tmp_path / 'a.csv'}: cannot be written: File too large" in last and not os.listdir(tmp_path)


def test_a_folder_that_is_not_there_is_an_error_that_names_the_file(tmp_path):
    with pytest.raises(InputError, match=r"none/a.csv: cannot be written: No such file"):
        write_text(tmp_path / "none" / "a.csv", "")


def test_errors_of_what_fills_a_file_stay_what_they_are(tmp_path):
    with pytest.raises(FileNotFoundError), new_file(tmp_path / "a.csv"):
        (tmp_path / "none").read_text()
    assert not os.listdir(tmp_path)


@pytest.mark.processes
def test_a_lock_survives_that_its_folder_is_replaced(tmp_path):
    """Another process is refused before and after, by whichever folder it finds at the name."""
    put(tmp_path)
    program = (
        "import sys; from pathlib import Path; from fewtext.files.locks import lock; lock(Path(sys.argv[1]), 'another')"
    )

    def refused():
        done = subprocess.run([sys.executable, "-c", program, tmp_path / "model"], capture_output=True, text=True)
        return "is in use by another" in done.stderr

    with locked(tmp_path / "model", "another"):
        assert refused()
        put(tmp_path)
        assert refused()
    assert not refused()


def test_a_folder_that_another_has_locked_is_not_replaced(tmp_path):
    put(tmp_path, content=b"old")
    handle = lock(tmp_path / "model", "nobody")
    with pytest.raises(FewtextError, match="is in use by another"):
        put(tmp_path)
    os.close(handle)
    assert (tmp_path / "model/file").read_bytes() == b"old" and os.listdir(tmp_path) == ["model"]


KILLED = """
import os, signal, sys
from pathlib import Path
from fewtext.files import atomic
from fewtext.files.atomic import new_folder, write_bytes

def count(event, arguments):
    global left
    if event.startswith(("open", "os.", "shutil.", "ctypes.")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "renames":
    atomic._exchanged_atomically = lambda one, other: False
for at in range(1, 200):
    number = os.fork()
    if not number:
        left = at
        sys.addaudithook(count)
        with new_folder(Path(sys.argv[1], sys.argv[2]), "another") as made:
            write_bytes(made / "file", b"%d" % at)
        os._exit(0)
    ended = os.waitpid(number, 0)[1]
    atomic.clear(Path(sys.argv[1]), sys.argv[2])
    content = Path(sys.argv[1], sys.argv[2], "file").read_bytes()
    print(at, content.decode(), sorted(os.listdir(sys.argv[1])) == [sys.argv[2]])
    if not ended:
        break
"""


@pytest.mark.processes
@pytest.mark.parametrize("how", ["exchange", "renames"])
def test_a_kill_at_any_call_of_the_system_leaves_the_old_or_the_new(tmp_path, how):
    put(tmp_path, content=b"0")
    done = subprocess.run([sys.executable, "-c", KILLED, tmp_path, "model", how], capture_output=True, text=True)
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) > 15, done.stderr
    expected = "0"
    for at, content, alone in lines:
        assert alone == "True" and content in (expected, at), (at, content)
        expected = content
    assert expected == lines[-1][0]


@pytest.mark.processes
def test_an_interrupt_while_the_command_loads_is_no_traceback():
    program = (
        "import signal, sys, types\n"
        "class Interrupting(types.ModuleType):\n"
        "    def __getattr__(self, name): signal.raise_signal(signal.SIGINT)\n"
        "sys.modules['fewtext.cli.app'] = Interrupting('app')\n"
        "from fewtext.__main__ import main\n"
        "main()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


ROOT = Path(__file__).parent.parent


@pytest.mark.processes
@pytest.mark.parametrize(
    "command", [["damage.py", "--bits", "2"], ["kills.py", "--times", "2", "save over", "add", "cache"]], ids=str
)
def test_the_benchmark_of_it_holds(command, tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / command[0], *command[1:]],
        capture_output=True,
        text=True,
        env=os.environ | {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
