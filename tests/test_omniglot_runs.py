"""Omniglot's one-shot runs: tasks in a zip, read as they are written."""

import io
import json
import random
import zipfile

import pytest

from fewtext.errors import InputError
from fewtext.evaluation.omniglot_runs import read_runs
from fewtext.registry import discovery

Image = pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")


def zip_of_runs(path, runs=3, ways=6, top="all_runs/", key=lambda line: line):
    """Write runs of glyphs in the layout of Omniglot's all_runs.zip: black ink on white, queries in any order."""
    items = discovery.corpus("glyphs").load_all()
    of = {}
    for image, label in zip(items.items, items.labels, strict=True):
        of.setdefault(label, []).append(image)
    labels, dice = sorted(of), random.Random(0)
    with zipfile.ZipFile(path, "w") as archive:

        def put(name, image):
            written = io.BytesIO()
            Image.frombytes("L", (28, 28), bytes(255 - value for value in image.pixels)).save(written, "PNG")
            archive.writestr(top + name, written.getvalue())

        for run in range(1, runs + 1):
            chosen, lines = dice.sample(labels, ways), []
            for number, place in enumerate(dice.sample(range(ways), ways), 1):
                names = f"run{run:02}/test/item{number:02}.png", f"run{run:02}/training/class{place + 1:02}.png"
                put(names[0], of[chosen[place]][0])
                put(names[1], of[chosen[place]][1])
                lines.append(key(" ".join(names)))
            archive.writestr(f"{top}run{run:02}/class_labels.txt", "\n".join(lines) + "\n")
            archive.writestr(f"__MACOSX/{top}run{run:02}/class_labels.txt", b"\0")
    return path


@pytest.mark.parametrize("top", ["all_runs/", ""])
def test_runs_become_tasks(top, tmp_path):
    images, tasks = read_runs(zip_of_runs(tmp_path / "runs.zip", top=top))
    assert len(images) == 3 * 12 and len(tasks) == 3 and tasks.ways == 6
    with zipfile.ZipFile(tmp_path / "runs.zip") as archive:
        for task, run in enumerate(("run01", "run02", "run03")):
            lines = archive.read(f"{top}{run}/class_labels.txt").decode().split("\n")[:-1]
            for line, query, target in zip(lines, tasks.query[task], tasks.target[task], strict=True):
                assert [images[query].member, images[tasks.rows[task, target]].member] == [
                    top + name for name in line.split()
                ]


def test_runs_are_evaluated_from_the_command_line(run_fewtext, tmp_path):
    path = zip_of_runs(tmp_path / "runs.zip")
    done = run_fewtext("evaluate", "--runs", path, "--learner", "protonet", "--encoder", "pixels:28x28x1,invert",
                       "--format", "json")  # fmt: skip
    report = json.loads(done.stdout)
    assert report["task"] == "3 tasks of 6 classes, 1 example a class, 6 queries"
    assert report["accuracy"] > 0.3 and report["queries_a_task"] == 6


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (
            lambda line: "nonsense",
            "runs.zip/all_runs/run01/class_labels.txt:1: does not name a pair of images of this run",
        ),
        (lambda line: line.replace("class01", "class99"), "does not name a pair"),
        (lambda line: "", "holds no runs of equal size"),
    ],
)
def test_what_is_not_a_run_is_refused(key, fault, tmp_path):
    with pytest.raises(InputError, match=fault):
        read_runs(zip_of_runs(tmp_path / "runs.zip", key=key))


def test_a_file_that_is_not_a_zip_is_refused(tmp_path):
    (tmp_path / "runs.zip").write_text("no zip")
    with pytest.raises(InputError, match="cannot be read as a zip"):
        read_runs(tmp_path / "runs.zip")
