"""The leaderboard: everybody has the supports of the official grid, and the tables are what was measured."""

import importlib
import json
import shutil
from pathlib import Path

import leaderboard_tables as tables
import numpy as np
import pytest
import torch

from fewtext.benchmark.grid import read_grid
from fewtext.benchmark.results import read_results
from fewtext.datasets.open import open_corpus
from fewtext.errors import InputError
from fewtext.evaluation.full_way import Supports, evaluate_supports
from fewtext.files.json_files import read_lines, sealed_line
from fewtext.metrics.classification import calibration_error, reliability

pytest.importorskip("pandas", reason="grids need the extra benchmarks")
BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
RESULTS = BENCHMARKS / "results"
LINES = [json.loads(line) for line in (RESULTS / "leaderboard.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def module(monkeypatch):
    """Return a module of benchmarks by its name."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module


def test_supports_and_data_have_the_hashes_of_the_official_grid():
    grid = {cell.key for cell in read_grid(BENCHMARKS / "grids" / "official.toml") if cell.encoder != "tfidf"}
    official = {
        (result.cell.corpus, result.cell.shots.high): (result.report["episode_list"], result.report["data"])
        for result in read_results(RESULTS / "full_way")
        if result.key in grid
    }
    assert len(official) == 19 and len(LINES) > 100
    for line in LINES:
        assert (line["episode_list"], line["data"]) == official[line["corpus"], line["shots"]], line["peer"]
    rows = {}
    for line in LINES:
        rows.setdefault((line["corpus"], line["shots"], line["support"]), set()).add(line["rows"])
    assert all(len(hashes) == 1 for hashes in rows.values())


def test_fewtext_is_as_right_there_as_in_the_grid():
    results = read_results(RESULTS / "full_way")
    shares = {(r.cell.corpus, r.cell.shots.high): r.report["by_support"] or [r.report["accuracy"]] for r in results
              if r.cell.track == "full-way" and r.cell.name == "logistic" and r.cell.encoder is None}  # fmt: skip
    own = [line for line in LINES if line["peer"] == "fewtext"]
    assert {line["corpus"] for line in own} == {"banking77", "clinc150", "hwu64", "trec6", "sst2"}
    for line in own:  # other hardware and threads change a few answers
        assert line["accuracy"] == pytest.approx(shares[line["corpus"], line["shots"]][line["support"]], abs=0.012)


def test_the_hash_of_supports_is_that_of_an_evaluation(module, session, corpus):
    train = open_corpus(str(corpus)).load("train")
    supports, digest = module("leaderboard").drawn(train, 4)
    report = evaluate_supports(session, str(corpus), "protonet", {}, Supports(4, 10), label_names=False)
    assert digest == report.episode_list and supports == Supports(4, 10).draw(train)
    assert module("leaderboard").drawn(train, 0)[0] == [[]]


def test_a_changed_number_is_refused(tmp_path):
    line = LINES[0]
    del line["sha256"]
    (tmp_path / "lines.jsonl").write_text(sealed_line(line))
    assert list(read_lines(tmp_path / "lines.jsonl")) == [line]
    assert len(list(read_lines(RESULTS / "leaderboard.jsonl"))) == len(LINES)
    changed = sealed_line(line).replace(f'"examples": {line["examples"]}', '"examples": 99')
    (tmp_path / "lines.jsonl").write_text(changed)
    with pytest.raises(InputError, match=r"lines\.jsonl:1"):
        list(read_lines(tmp_path / "lines.jsonl"))


def test_an_adapter_answers_and_from_names_alone_too(module):
    answered, peer = module("peers.process").answered, module("peers.tfidf").TfIdf("")
    names = {"pay": "pay a bill", "room": "book a room"}
    support = {"texts": ["pay the bill now", "a room for two"], "labels": ["pay", "room"], "names": names, "seed": 0}
    test = ["the room please", "my bill"]
    found = answered(peer, test, 0.95, **support)
    assert found["answers"] == ["room", "pay"] and all(0.5 < p < 1 for p in found["confidence"])
    assert found["threshold"] is None and found["peak_mb"] > 10 and 0 < found["model_mb"] < 1
    assert answered(peer, test, 0.95, **support | {"texts": [], "labels": []})["answers"] == ["room", "pay"]


def test_kept_vectors_are_of_one_list_and_others_are_computed(module):
    asked = []
    kept = module("peers.kept").Kept(lambda texts: asked.append(texts) or [len(text) for text in texts])
    kept.keep(["a", "bb"])
    assert kept(["bb", "a", "bb"]) == [2, 1, 2] and kept(["a", "ccc"]) == [1, 3]
    assert asked == [["a", "bb"], ["a", "ccc"]] and kept.seconds >= 0


def test_answers_are_scored_with_what_was_promised(module):
    scored = module("leaderboard").scored
    found = {"answers": list("aabb"), "confidence": [0.9, 0.8, 0.7, 0.6], "threshold": 0.7}
    line = scored(found, list("abbb"))
    assert line["accuracy"] == 0.75 and line["promise"] == {"asked": 0.95, "precision": 2 / 3, "coverage": 0.75}
    assert line["calibration_error"] == pytest.approx((0.1 + 0.8 + 0.3 + 0.4) / 4)
    assert scored(found | {"threshold": 2.0}, list("abbb"))["promise"]["precision"] is None
    unsure = scored(found | {"confidence": None, "threshold": None}, list("abbb"))
    assert unsure["calibration_error"] is None and unsure["promise"] is None and unsure["right"] == line["right"]


def test_the_calibration_error_of_a_cell_is_of_all_its_answers_together():
    generator = torch.Generator().manual_seed(0)
    confidence = torch.rand(3, 200, generator=generator, dtype=torch.float64)
    right = torch.rand(3, 200, generator=generator) < 0.6
    together = calibration_error(reliability(confidence.flatten(), right.flatten()))
    each = [reliability(*pair) for pair in zip(confidence, right, strict=True)]
    assert tables.pooled_error(each) == pytest.approx(together)
    assert np.mean([calibration_error(bins) for bins in each]) != pytest.approx(together)


def cell(accuracies, right=None):
    return tables.Cell(accuracies, 0.0, None, None, None, None, right)


def test_a_difference_is_of_the_supports_that_both_have():
    mean, half = tables.gap(cell([0.5, 0.7]), cell([0.4, 0.5, 0.9]))
    assert mean == pytest.approx(0.15) and half == pytest.approx(12.706 * 0.05, rel=1e-3)
    right = np.array([[1.0, 1, 0, 1], [0, 0, 0, 0]])
    mean, half = tables.gap(cell([0.75], right[:1]), cell([0.5, 0.0], np.array([[1.0, 0, 0, 1], [0, 0, 0, 0]])))
    assert mean == 0.25 and 0 < half < 1


def test_the_tables_have_a_row_of_each_peer_and_say_who_is_ahead():
    about = tables._systems()[1]
    made = tables.files()
    for text in made.values():
        assert [line.split(" | ")[0][2:] for line in text.splitlines()[2:]] == [one["title"] for one in about.values()]
    own = sorted((one for one in LINES if (one["peer"], one["corpus"], one["shots"]) == ("tfidf", "sst2", 5)),
                 key=lambda line: line["support"])  # fmt: skip
    assert f" {100 * np.mean([line['accuracy'] for line in own]):.1f}" in made["leaderboard-sst2.md"]
    key = "sst2", 5
    for ours, theirs, leader in ((0.5, 0.6, "other"), (0.6, 0.5, "fewtext")):
        assert list(tables._leaders(key, {"fewtext": {key: cell([ours])}, "other": {key: cell([theirs])}})) == [leader]


def test_a_folder_of_the_official_grid_is_an_entry(tmp_path):
    shutil.copytree(RESULTS / "full_way", tmp_path / "mine")
    entry = 'title = "mine"\nlearner = "logistic"\nencoder = "bert"\nmodel_mb = 91\ncontamination = "none"\n'
    (tmp_path / "mine" / "entry.toml").write_text(entry)
    cells, about = tables.entry(tmp_path / "mine")
    (report,) = (r.report for r in read_results(RESULTS / "full_way") if r.cell.encoder == "bert"
                 and r.cell.corpus == "hwu64" and r.cell.shots.high == 5)  # fmt: skip
    own = cells["hwu64", 5]
    assert own.accuracy == pytest.approx(report["accuracy"]) and own.calibration_error > 0
    assert own.promise[1] == report["metrics"]["abstention"]["coverage"] and about["versions"]["torch"]
    assert set(cells) == {(corpus, shots) for corpus in tables.CORPORA for shots in (1, 3, 5, 10)}
