"""A grid is measured cell by cell; interrupted anywhere, it ends with the same bytes."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from grids import full_way

from fewtext.benchmark.grid import read_grid
from fewtext.benchmark.results import CELLS, RESULTS, TIMINGS, read_results
from fewtext.benchmark.run import run_grid
from fewtext.benchmark.summary import rows
from fewtext.benchmark.tables import footnotes
from fewtext.benchmark.verify import sample, verify
from fewtext.datasets.open import open_corpus
from fewtext.datasets.session import Session
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.evaluation.full_way import Supports
from fewtext.evaluation.report import TIMES
from fewtext.files.json_files import sealed_line

pytest.importorskip("pandas", reason="grids need the extra benchmarks")


def quiet(*_):
    pass


def test_each_cell_has_a_line_from_which_it_is_reproducible(done, grid):
    results = read_results(done)
    assert [result.cell for result in results] == read_grid(grid)
    report = results[0].report
    assert report["track"] == "episodic, inductive" and report["versions"]["torch"] and report["dtype"] == "float32"
    assert 1 / 3 < report["accuracy"] < 1 and 0 < report["interval"] < 0.2 and len(report["episode_list"]) == 16
    assert {"macro_f1", "calibration_error", "log_loss", "auroc_right"} <= set(report["metrics"])
    assert results[0].right().shape == (30, 12) and results[0].right().mean() == pytest.approx(report["accuracy"])
    assert results[0].seconds["seconds_to_adapt"] > 0 and "seconds_to_adapt" not in report
    last = results[-1].report
    assert last["track"] == "full-way, inductive" and not last["label_names"] and len(last["by_support"]) == 3
    assert any("carry no words" in note for result in results for note in result.notes), "class a says nothing"
    assert last["options"]["C"] == 5.0 and last["encoder"] == "tfidf" and last["metrics"]["confusions"]


@pytest.mark.parametrize("name", ["full_way", "replications"])
def test_committed_results_are_whole_and_their_cells_have_the_same_names(name):
    results = read_results(Path(__file__).parent.parent / "benchmarks/results" / name)
    assert len(results) > 7 and all(result.key == result.cell.key for result in results)


def test_results_are_verified_by_measuring_them_again(done, session):
    results = sample(read_results(done), None)
    assert [verdict.differences for verdict in verify(results, session, 0.005, quiet)] == [[]] * len(results)
    first = results[0]
    claimed = first.report | {"accuracy": first.report["accuracy"] + 0.02, "episode_list": "another"}
    (verdict,) = verify([replace(first, report=claimed)], session, 0.005, quiet)
    tasks, accuracy = verdict.differences
    assert tasks.startswith("the tasks or supports differ: another was claimed") and "% was claimed" in accuracy
    (verdict,) = verify([replace(first, cell=replace(first.cell, corpus="nowhere"))], session, 0.005, quiet)
    assert "it cannot be measured here" in verdict.differences[0]


def test_some_cells_are_verified_by_a_command(run_fewtext, tmp_path):
    draw = 'track = "full-way"', 'corpora = "office"', "shots = 1", "supports = 2"
    lines = *draw, 'encoders = "tfidf"', 'learners = ["protonet", "ridge"]'
    (tmp_path / "grid.toml").write_text("\n".join(lines))
    run_fewtext("benchmark", "run", tmp_path / "grid.toml", "--output", tmp_path / "done")
    shutil.rmtree(tmp_path / "done" / CELLS)  # whoever publishes results sends two files
    shown = run_fewtext("benchmark", "verify", tmp_path / "done", "--cells", 1)
    assert shown.returncode == 0 and shown.stdout.startswith(b"verified: ") and shown.stdout.count(b"\n") == 1
    written = (tmp_path / "done" / RESULTS).read_bytes()
    (tmp_path / "done" / RESULTS).write_bytes(written.replace(b'"accuracy": 0.', b'"accuracy": 0.9', 1))
    shown = run_fewtext("benchmark", "verify", tmp_path / "done", "--cells", 1)
    assert shown.returncode == 1 and b"results.jsonl" in shown.stderr and not shown.stdout


def test_a_changed_number_is_refused_in_both_files(done):
    first = json.loads((done / TIMINGS).read_text().splitlines()[0])
    assert first["peak_mb"] > 50 and set(read_results(done)[0].seconds) == {"seconds", *TIMES} - {"seconds_by_step"}
    for name, number in ((TIMINGS, f'"peak_mb": {first["peak_mb"]}'), (RESULTS, '"supports": 3')):
        written = (done / name).read_text()
        (done / name).write_text(written.replace(number, number[:-1] + "7", 1))
        with pytest.raises(InputError, match=name):
            read_results(done)
        (done / name).write_text(written)


def test_learners_of_one_condition_have_the_same_tasks(done):
    lists = {}
    for result in read_results(done):
        lists.setdefault((result.cell.track, result.cell.shots), set()).add(result.report["episode_list"])
    assert len(lists) == 3 and all(len(found) == 1 for found in lists.values())


@pytest.mark.parametrize("stopped_before", range(1, 6))
def test_stopped_between_cells_it_ends_with_the_same_bytes(done, grid, session, tmp_path, stopped_before):
    def stop(cell, at, total):
        if at == stopped_before:
            raise KeyboardInterrupt

    cells = read_grid(grid)
    with pytest.raises(KeyboardInterrupt):
        run_grid(cells, tmp_path / "again", session, stop)
    assert len(read_results(tmp_path / "again")) == stopped_before
    run_grid(cells, tmp_path / "again", session, quiet)
    assert same_files(done, tmp_path / "again")


def same_files(one, other):
    names = [sorted(path.name for path in (folder / CELLS).iterdir()) for folder in (one, other)]
    files = [RESULTS, *(f"{CELLS}/{name}" for name in names[0])]
    return names[0] == names[1] and all((one / name).read_bytes() == (other / name).read_bytes() for name in files)


def test_one_thread_and_two_agree(done, grid, session, tmp_path):
    before = torch.get_num_threads()
    torch.set_num_threads(3 - min(before, 2))  # the other of one and two
    try:
        run_grid(read_grid(grid), tmp_path / "again", session, quiet)
    finally:
        torch.set_num_threads(before)
    for one, other in zip(read_results(done), read_results(tmp_path / "again"), strict=True):
        assert one.report["episode_list"] == other.report["episode_list"]
        assert one.report["accuracy"] == pytest.approx(other.report["accuracy"], abs=1e-3)
        assert one.report["metrics"]["log_loss"] == pytest.approx(other.report["metrics"]["log_loss"], rel=1e-3)


def test_what_is_finished_is_not_measured_again(done, grid, session):
    before = {path: path.stat().st_mtime_ns for path in (done / CELLS).iterdir()}
    run_grid(read_grid(grid), done, session, quiet)
    assert {path: path.stat().st_mtime_ns for path in (done / CELLS).iterdir()} == before


def test_a_damaged_cell_is_measured_again(done, grid, session):
    path, *_ = sorted((done / CELLS).iterdir())
    whole = path.read_bytes()
    path.write_bytes(whole[:-7] + b"\0" * 7)
    run_grid(read_grid(grid), done, session, quiet)
    assert path.read_bytes() == whole


def test_a_cell_that_fails_is_reported_and_the_others_are_measured(grid, session, tmp_path):
    grid.write_text(grid.read_text().replace('"protonet"', '"protonett"').replace("shots = [1, 3]", "shots = 3"))
    failed = run_grid(read_grid(grid), tmp_path / "out", session, quiet)
    assert [reason for _, reason in failed] == [failed[0][1]] * 2 and "did you mean protonet" in failed[0][1]
    results = read_results(tmp_path / "out")
    assert [bool(result.error) for result in results] == [True, False, True, False]
    assert any(note.startswith("Failed: protonett on ") for note in footnotes(results, rows(results)))


def test_a_learner_is_trained_once_for_the_cells_that_share_it(corpus, session, write, tmp_path):
    for split in ("train", "test"):  # six classes: two to train, to validate and to try
        lines = (corpus / f"{split}.jsonl").read_text()
        (corpus / f"{split}.jsonl").write_text("\n".join([lines, lines.replace("class ", "kind ")]))
    grid = (
        f'corpora = "{corpus}"\nfolds = "random_1"\nways = 2\nqueries = 3\nepisodes = 20\nshots = [1, 2]\n'
        'learners = { learner = "protonet", train = { steps = 3, ways = 2, shots = 1, queries = 3 } }\n'
    )
    cells = read_grid(write("train.toml", grid))
    assert run_grid(cells, tmp_path / "out", session, quiet) == []
    assert len(list((tmp_path / "out/learners").iterdir())) == 1
    assert read_results(tmp_path / "out")[0].report["trained"] == "words/random_1, seed 0"


def test_supports_of_two_seeds_have_nothing_in_common(corpus):
    items = open_corpus(str(corpus)).load("train")
    drawn = [tuple(rows) for seed in (0, 1, 2) for rows in Supports(2, 4, seed).draw(items)]
    assert len(set(drawn)) == 12


def test_other_settings_do_not_mix(done, grid):
    with pytest.raises(FewtextError, match=r"holds results with other settings: dtype auto \(now float32\)"):
        run_grid(read_grid(grid), done, Session(dtype="float32"), quiet)


def test_cells_of_another_grid_are_kept_and_warned_of(done, grid, session, write):
    smaller = write("smaller.toml", grid.read_text().replace("shots = [1, 3]", "shots = 1"))
    with pytest.warns(FewtextWarning, match="2 finished cells are of other grids"):
        run_grid(read_grid(smaller), done, session, quiet)
    assert len(read_results(done)) == 4
    run_grid(read_grid(grid), done, session, quiet)
    assert len(read_results(done)) == 6


def test_an_incomplete_line_of_timings_is_dropped(done, grid, session):
    with (done / TIMINGS).open("a") as stream:
        stream.write('{"key": "x", "sec')
    next((done / CELLS).iterdir()).unlink()
    run_grid(read_grid(grid), done, session, quiet)
    assert all(result.seconds["seconds_to_adapt"] > 0 for result in read_results(done))


def test_a_folder_of_other_files_is_refused(grid, session, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine/letter.txt").write_text("dear")
    with pytest.raises(FewtextError, match="holds other files than results"):
        run_grid(read_grid(grid), tmp_path / "mine", session, quiet)


@pytest.mark.parametrize(
    "content",
    ["", "{}\n", '{"schema": 3}\n', "nonsense\n", "[1]\n", '{"schema": 3, "key": "k", "cell": 5, "report": 5}\n'],
)
def test_what_is_not_a_result_is_refused(tmp_path, content):
    lines = [
        line if line in ("nonsense", "[1]") else sealed_line(json.loads(line))[:-1] for line in content.splitlines()
    ]
    (tmp_path / RESULTS).write_text("".join(line + "\n" for line in lines))
    with pytest.raises(FewtextError, match="no cell is finished|is not a result|:1: is damaged"):
        rows(read_results(tmp_path))


def test_a_result_that_is_cut_short_is_not_left_out_in_silence(tmp_path):
    whole = sealed_line({"schema": 3})
    (tmp_path / RESULTS).write_text(whole[: len(whole) // 2])
    with pytest.raises(FewtextError, match=":1: is damaged"):
        read_results(tmp_path)


@pytest.mark.processes
def test_a_killed_command_resumes_to_the_same_bytes(write, tmp_path):
    grid = write("office.toml", full_way(supports=4, shots=[1, 2, 3], learners=["protonet", "ridge", "lda"]))

    def started(folder):
        command = [sys.executable, "-m", "fewtext", "benchmark", "run", str(grid), "--output", str(folder)]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)

    process = started(tmp_path / "killed")
    deadline = time.time() + 60
    while not list((tmp_path / "killed").glob(f"{CELLS}/*-2-shot-*.safetensors")) and time.time() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert 0 < len(read_results(tmp_path / "killed")) < 9
    outputs = []
    for name in ("killed", "whole"):
        process = started(tmp_path / name)
        out, err = process.communicate(timeout=300)
        outputs.append((out, [line for line in err.splitlines() if not line.startswith(b"cells: ")]))  # its progress
        assert process.returncode == 0, err
    assert same_files(tmp_path / "killed", tmp_path / "whole")
    assert outputs[0] == outputs[1] and b"office 1-shot" in outputs[0][0] and not outputs[0][1]


def test_the_command_reports_what_failed(run_fewtext, write, tmp_path):
    grid = write("bad.toml", full_way(supports=4, shots=1, learners=["protonet", "ridgee"]))
    ran = run_fewtext("benchmark", "run", grid, "--output", tmp_path / "out")
    assert ran.returncode == 1 and b"protonet" in ran.stdout
    assert b"failed: ridgee on office 1-shot (full-way): no learner 'ridgee'" in ran.stderr
    assert b"error: 1 of 2 cells failed; fix what they name" in ran.stderr
    ran = run_fewtext("benchmark", "report", tmp_path / "out", "--output", tmp_path / "table.tex")
    assert ran.returncode == 0 and ran.stdout == b"" and r"\toprule" in (tmp_path / "table.tex").read_text()
    for command, message in [
        (["run", grid], b"Missing option '--output'"),
        (["report", tmp_path / "nothing"], b"has no results.jsonl"),
        (["report", tmp_path / "out", "--output", tmp_path / "table.doc"], b"cannot tell the format of"),
        (
            ["report", tmp_path / "out", "--output", tmp_path / "out" / "results.jsonl", "--format", "csv"],
            b"results.jsonl is an input, which the answers would overwrite",
        ),
        (["compare", tmp_path / "out"], b"there are no two learners to compare"),
    ]:
        ran = run_fewtext("benchmark", *command)
        assert ran.returncode in (1, 2) and message in ran.stderr and b"Traceback" not in ran.stderr
    assert Path(tmp_path / "out" / RESULTS).is_file()
