"""Results become rows, tables and sentences: different conditions stay separate, and pairs share their tasks."""

import warnings
from dataclasses import replace

import pytest
from grids import full_way

from fewtext.benchmark.compare import compare, pairs_between, pairs_within
from fewtext.benchmark.grid import read_grid
from fewtext.benchmark.results import RESULTS, read_results
from fewtext.benchmark.run import run_grid
from fewtext.benchmark.summary import rows
from fewtext.benchmark.tables import footnotes, latex, long_table, markdown, text
from fewtext.errors import FewtextError

pytest.importorskip("pandas", reason="grids need the extra benchmarks")


def quiet(*_):
    pass


def test_tables_for_people_scripts_and_papers(done):
    results = read_results(done)
    found = rows(results)
    notes = footnotes(results, found)
    names = [line.split("  ")[0] for line in text(found, notes).splitlines()[2:5]]
    assert names == ["protonet", "ridge", "logistic C=5.0"]
    assert "| learner " in markdown(found, notes) and "words 3-way 1-shot" in markdown(found, notes)
    assert (
        r"\begin{tabular}" in latex(found, notes) and r"$\pm$" in latex(found, notes) and "±" not in latex(found, notes)
    )
    assert any("30 tasks of 3 classes, k examples a class, 4 queries a class" in note for note in notes)
    table = long_table(found)
    assert len(table) == 6 and table["accuracy"].between(0, 1).all() and table["auroc"].isna().all()


def test_seeds_are_taken_together(corpus, session, write, tmp_path):
    grid = f'corpora = "{corpus}"\nlearners = "protonet"\nways = 3\nqueries = 4\nepisodes = 20\nseeds = [0, 1]\n'
    run_grid(read_grid(write("seeds.toml", grid)), tmp_path / "out", session, quiet)
    results = read_results(tmp_path / "out")
    (row,) = rows(results)
    assert len(row.results) == 2 and row.accuracy == pytest.approx(sum(r.report["accuracy"] for r in results) / 2)
    assert row.interval < min(result.report["interval"] for result in results)


def test_pairs_are_compared_on_the_same_tasks(done):
    found = rows(read_results(done))
    sentences = [str(comparison) for comparison in compare(pairs_within(found))]
    assert len(sentences) == 3 and all(" words 3" in sentence for sentence in sentences)
    assert all(
        " beats " in s or "not significantly" in s or "same accuracy" in s or " differ by " in s for s in sentences
    )
    with pytest.raises(
        FewtextError, match="no learner 'x' in the results; there are: 'protonet', 'ridge', 'logistic C=5.0'"
    ):
        pairs_within(found, "x")
    same = compare(pairs_between(found, found))
    assert len(same) == 6 and all(c.difference.mean == 0 and c.p == 1 for c in same)


def test_results_on_different_tasks_are_not_compared(done, corpus, grid, session, tmp_path):
    (corpus / "train.jsonl").write_text((corpus / "train.jsonl").read_text() + '\n{"text": "a1", "label": "class a"}')
    session._kept.clear()  # what it has read before
    run_grid(read_grid(grid), tmp_path / "other", session, quiet)
    first, second = (rows(read_results(folder)) for folder in (done, tmp_path / "other"))
    with pytest.raises(FewtextError, match="measured on different (tasks|texts) of"):
        compare(pairs_between(first, second)[:1])
    with warnings.catch_warnings(record=True) as message:
        warnings.simplefilter("always")
        assert compare(pairs_between(first, second)) == []
    assert len(message) == 6 and str(message[0].message).startswith("not compared on words 3-way 1-shot: protonet and ")


def test_names_of_conditions_are_as_short_as_distinguishes_them(corpus, session, write, tmp_path):
    grid = (
        full_way(corpus, shots=2, learners="protonet")
        + "[[grid]]\nsupports = 2\n[[grid]]\nsupports = 3\nshots = [1, 2]\n"
        + "[[grid]]\nlabel_names = false\nsupports = 3\n"
    )
    run_grid(read_grid(write("apart.toml", grid)), tmp_path / "out", session, quiet)
    found = rows(read_results(tmp_path / "out"))
    assert [(row.where, row.learner) for row in found] == [
        ("words 2-shot, 2 supports", "protonet, with label names"),
        ("words 1-shot", "protonet, with label names"),
        ("words 2-shot, 3 supports", "protonet, with label names"),
        ("words 2-shot, 3 supports", "protonet, no label names"),
    ]  # fmt: skip


def test_a_row_over_fewer_seeds_is_marked_and_is_not_the_best(corpus, session, write, tmp_path):
    grid = (
        full_way(corpus, shots=2, supports=2)
        + '[[grid]]\nseeds = [0, 1]\nlearners = "protonet"\n[[grid]]\nlearners = "ridge"\n'
    )
    run_grid(read_grid(write("part.toml", grid)), tmp_path / "out", session, quiet)
    results = read_results(tmp_path / "out")
    whole, part = rows(results)
    assert whole.complete and not part.complete and part.shown.endswith(" *")
    notes = footnotes(results, [whole, part])
    assert any(note.startswith("* Averaged over fewer class folds or seeds") for note in notes)


def test_one_support_has_no_interval(corpus, session, write, tmp_path):
    grid = write("one.toml", full_way(corpus, shots=2, learners="protonet"))
    run_grid([replace(cell, supports=1) for cell in read_grid(grid)], tmp_path / "out", session, quiet)
    (result,) = results = read_results(tmp_path / "out")
    assert result.report["interval"] is None and "NaN" not in (tmp_path / "out" / RESULTS).read_text()
    assert "±" not in rows(results)[0].shown and rows(results)[0].shown != "nan"
