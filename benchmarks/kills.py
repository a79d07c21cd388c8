"""Kills at random moments: what is kept survives them, nothing stays of what they cut short.

Each kind of work is begun again and again in a process of its own and ended by SIGKILL, or by SIGINT, at a moment drawn
from the time that it takes undisturbed. What is there then is as it was before or as it was to be, the same command
brings it to the bytes of an undisturbed one, and no other file is left. ``startup`` ends the command with SIGINT in
its first second, while its modules load. Prints a table of what was tried and what held, and exits with 1 where not all
of it did.

    python benchmarks/kills.py --times 200
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from small_grid import small_grid

from fewtext.__main__ import main as fewtext

TEXTS = [f"{which} {kind}" for kind in ("apple", "car", "boat") for which in ("red", "old", "this", "big", "my")]
LABELS = [label for label in ("fruit", "vehicle", "on_water") for _ in range(5)]
GRID = small_grid("protonet", "ridge")
STARTUP = "from fewtext.__main__ import main; print('begun', flush=True); main()"


@dataclass(frozen=True)
class Kind:
    """A kind of work: its command, what has to be there before, and the command that goes on after a kill."""

    command: tuple[str, ...]
    before: tuple[str, ...] = ()
    again: tuple[str, ...] = ()
    changing: tuple[str, ...] = ()
    """The ends of names whose content differs from run to run."""


def kinds() -> dict[str, Kind]:
    """Return the kinds of work; they run in a folder with the files of ``prepare``."""
    classify = "classify", "--query", "q.txt", "--encoder", "tfidf", "--output", "answers.csv", "--save", "out/model"
    train = (
        *("train", "--corpus", "glyphs", "--encoder", "pixels:16x16x1", "--backbone", "conv4:width=2", "--tracker"),
        *("none", "--learner", "protonet", "--steps", "6", "--validate-every", "2", "--tasks", "1", "--ways", "2"),
        *("--shots", "1", "--queries", "2", "--output", "out/run"),
    )
    grid = "benchmark", "run", "bench.toml", "--output", "out/grid"
    save, first = (*classify, "--support", "all.csv"), (*classify, "--support", "some.csv")
    return {
        "save": Kind(save),
        "save over": Kind(save, first),
        "add": Kind(("add", "all.csv", "--model", "out/model"), first),
        "remove": Kind(("remove", "more.txt", "--model", "out/model"), save),
        "train": Kind(train, again=(*train, "--resume")),
        "grid": Kind(grid, changing=("timings.jsonl",)),
        "cache": Kind(("cache",), changing=(".sqlite3",)),
    }


def prepare(folder: Path) -> None:
    """Write the files that the commands read."""
    for name, rows in (("all.csv", range(15)), ("some.csv", [i for i in range(15) if i % 5])):
        lines = ["text,label", *(f"{TEXTS[i]},{LABELS[i]}" for i in rows)]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "more.txt").write_text("".join(TEXTS[i] + "\n" for i in range(0, 15, 5)), encoding="utf-8")
    (folder / "q.txt").write_text("an apple\na car\n", encoding="utf-8")
    (folder / "bench.toml").write_text(GRID, encoding="utf-8")


def run(command: tuple[str, ...]) -> None:
    """Do the work in this process."""
    if command != ("cache",):
        sys.argv = ["fewtext", *command]
        return fewtext()
    from fewtext.datasets.features import encoded
    from fewtext.encoders.load import load_encoder
    from fewtext.registry import discovery

    os.environ["FEWTEXT_CACHE"] = "out"
    encoder, glyphs = load_encoder("pixels:16x16x1", device="cpu"), discovery.corpus("glyphs").load_all().items
    parts = [encoded(encoder, glyphs[start : start + 20]) for start in range(0, 400, 20)]
    Path("out/features.bin").write_bytes(torch.cat(parts).numpy().tobytes())


def begun(command: tuple[str, ...]) -> int:
    """Begin the work in a copy of this process, which has loaded all modules; return its number."""
    sys.stdout.flush()
    if number := os.fork():
        return number
    code = 70
    try:
        out, err = (
            os.open("stdout", os.O_CREAT | os.O_WRONLY | os.O_TRUNC),
            os.open("stderr", os.O_CREAT | os.O_WRONLY | os.O_TRUNC),
        )
        os.dup2(out, 1)
        os.dup2(err, 2)
        run(command)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def finished(command: tuple[str, ...]) -> tuple[int, float]:
    """Do the work undisturbed; return its exit code and the seconds it took."""
    start = time.perf_counter()
    code = os.waitstatus_to_exitcode(os.waitpid(begun(command), 0)[1])
    return code, time.perf_counter() - start


def files(kind: Kind) -> dict[str, bytes]:
    """Return what there is, but for what differs from run to run."""
    paths = sorted(Path("out").rglob("*"))
    return {str(p): b"" if p.is_dir() or str(p).endswith(kind.changing or "/") else p.read_bytes() for p in paths}


def reset(kind: Kind) -> None:
    """Make what has to be there before."""
    shutil.rmtree("out", ignore_errors=True)
    Path("out").mkdir()
    if kind.before:
        shutil.copytree("before", "out", dirs_exist_ok=True)


def outcome(kind: Kind, how: signal.Signals, after: float, before: dict[str, bytes], whole: dict[str, bytes]) -> str:
    """End the work after some seconds; return what is wrong then, or nothing."""
    reset(kind)
    number = begun(kind.command)
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):
        os.kill(number, how)
    code = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    said = Path("stderr").read_text(encoding="utf-8")
    if how == signal.SIGINT and code and (code not in (130, -2) or said.count("\n") > 1):  # 0: the work was done
        return f"exit code {code}: {said[-300:]}"
    found = files(kind)
    if how == signal.SIGINT and (parts := [name for name in found if name.endswith(".part")]):
        return f"left after an interrupt: {parts}"
    if kind.command[0] in ("classify", "add", "remove"):
        model = {name: content for name, content in found.items() if name.startswith("out/model")}
        if model not in (before, whole):
            return f"neither the model from before nor the new one: {sorted(model)}"
    code, _ = finished(kind.again or kind.command)
    said = Path("stderr").read_text(encoding="utf-8")
    if "Traceback" in said or code and "nothing to" not in said and "no new example to add" not in said:
        return f"exit code {code} of the next run: {said[-300:]}"
    if (now := files(kind)) != whole:
        names = [name for name in sorted({*now, *whole}) if now.get(name) != whole.get(name)]
        return f"not the files of an undisturbed run: {names}"
    if stray := [name for name in os.listdir(".") if name.startswith(".")]:
        return f"left: {stray}"
    return ""


def startup(after: float) -> str:
    """End the command by an interrupt, this many seconds from when it begins to load its modules."""
    command = [
        sys.executable,
        "-c",
        STARTUP,
        "classify",
        "--support",
        "all.csv",
        "--query",
        "q.txt",
        "--encoder",
        "tfidf",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        time.sleep(after)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    return (
        "" if process.returncode in (0, 130, -2) and said.count("\n") <= 1 else f"{process.returncode}: {said[-300:]}"
    )


def tried(kind: Kind, times: int, how: signal.Signals, draw: random.Random) -> list[str]:
    """Return what was wrong, after each of so many kills."""
    reset(Kind(()))
    if kind.before:
        finished(kind.before)
        shutil.rmtree("before", ignore_errors=True)
        shutil.copytree("out", "before")
    before = files(kind)
    with (
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.suppress(SystemExit),
        contextlib.redirect_stderr(nowhere),
    ):
        run(kind.command)  # here, so that the copies of this process need not load the modules
    reset(kind)
    code, seconds = finished(kind.command)
    assert code == 0, Path("stderr").read_text(encoding="utf-8")
    whole = files(kind)
    return [outcome(kind, how, draw.uniform(0, seconds), before, whole) for _ in range(times)]


def main(times: int, chosen: list[str]) -> int:
    """Print the table; return 1 where something did not hold."""
    torch.set_num_threads(1)
    os.environ["FEWTEXT_CACHE"] = str(Path("features").resolve())
    draw = random.Random(0)
    prepare(Path("."))
    failed = 0
    print(f"{'ended':12} {'by':8} {'tried':>6} {'held':>6}")
    rows: dict[tuple[str, str], Callable[[], list[str]]] = {}
    for name, kind in kinds().items():
        for how in (signal.SIGKILL, signal.SIGINT):
            count = times if how == signal.SIGKILL else -(-times // 4)
            rows[name, how.name] = lambda kind=kind, how=how, count=count: tried(kind, count, how, draw)
    rows["startup", "SIGINT"] = lambda: [startup(draw.uniform(0, 1)) for _ in range(times)]
    for (name, how), trials in rows.items():
        if chosen and name not in chosen:
            continue
        wrong = trials()
        print(f"{name:12} {how:8} {len(wrong):6} {wrong.count(''):6}", flush=True)
        for message in sorted(set(wrong) - {""})[:5]:
            print(f"    {message}", flush=True)
        failed += len(wrong) - wrong.count("")
    return int(failed > 0)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument(
        "--times", type=int, default=200, help="kills of each kind, default 200, and a quarter as many interrupts"
    )
    parser.add_argument("kinds", nargs="*", help="of these kinds alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        os.chdir(name)
        sys.exit(main(arguments.times, arguments.kinds))
