"""The functions for databases in the documentation do what they say: rows stay in place, and nulls stay nulls."""

import shutil
import subprocess
import sys

import pytest
from pages import DOCS, blocks

PAGE = DOCS / "howto" / "databases.md"
TEXTS = ["the wifi is gone", None, "out of toner"]


def code(word):
    """Return the page's block of Python that has this word in it."""
    (found,) = [block for _, kind, title, block in blocks(PAGE) if kind == "python" and word in block]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the classifier that the page makes."""
    import fewtext

    folder = tmp_path_factory.mktemp("databases")
    texts = ["vpn down", "wifi is slow", "no internet", "paper jam", "toner is empty", "the printer is broken"]
    fewtext.FewShotClassifier().fit(texts, ["network"] * 3 + ["printer"] * 3).save(folder / "my-model")
    return folder


@pytest.fixture
def here(folder, monkeypatch):
    monkeypatch.chdir(folder)
    return {}


def expected():
    import fewtext

    model = fewtext.load("my-model")
    return [(one.label or None, one.probability) for one in model.classify([text or "" for text in TEXTS])]


def test_duckdb_answers_row_by_row(here):
    pytest.importorskip("duckdb")
    exec(code("import duckdb"), here)
    assert here["rows"] == [(i, label) for i, (label, _) in enumerate(expected(), 1)]
    database = here["database"]
    database.sql(
        "CREATE TABLE many AS SELECT i AS id, IF(i % 3 = 0, NULL, 'out of toner') AS text FROM range(5000) t(i)"
    )
    found = database.sql("SELECT id, answer(text).label FROM many ORDER BY id").fetchall()
    assert found == [(i, None if i % 3 == 0 else "printer") for i in range(5000)]
    answered = database.sql("SELECT answer(text).probability FROM tickets ORDER BY id").fetchall()
    assert [row[0] for row in answered] == pytest.approx([probability for _, probability in expected()], abs=1e-4)


def test_polars_answers_row_by_row(here):
    pl = pytest.importorskip("polars")
    import fewtext

    here["model"] = fewtext.load("my-model")
    exec(code("import polars"), here)
    assert here["frame"]["label"].to_list() == [label for label, _ in expected()]
    many = pl.LazyFrame({"text": TEXTS * 500}).select(here["answer"].alias("answer")).unnest("answer")
    assert many.collect(engine="streaming")["label"].to_list() == [label for label, _ in expected()] * 500


def test_the_function_for_spark_takes_data_frames_one_after_another(here):
    pd = pytest.importorskip("pandas")
    function = code("mapInPandas").partition("spark = ")[0].replace("from pyspark.sql import SparkSession\n", "")
    exec(function, here)
    frames = [pd.DataFrame({"id": [1, 2], "text": TEXTS[:2]}), pd.DataFrame({"id": [3], "text": TEXTS[2:]})]
    first, second = here["classified"](iter(frames))
    labels = [None if pd.isna(label) else label for label in (*first["label"], *second["label"])]
    assert labels == [label for label, _ in expected()]
    assert list(first.columns) == ["id", "text", "label", "probability"] and list(second["id"]) == [3]


@pytest.mark.processes
def test_spark_answers_row_by_row(folder):
    pytest.importorskip("pyspark")
    if shutil.which("java") is None:
        pytest.skip("Spark needs Java")
    shown = "\nfor row in answers.orderBy('id').collect():\n    print('row', row.id, row.label)\n"
    setting = "import os\nos.environ['SPARK_LOCAL_IP'] = '127.0.0.1'\n"
    (folder / "spark.py").write_text(
        setting + code("mapInPandas").replace("builder.", "builder.master('local[1]').") + shown
    )
    done = subprocess.run([sys.executable, "spark.py"], cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    found = [line for line in done.stdout.splitlines() if line.startswith("row")]
    assert found == ["row 1 network", "row 2 None", "row 3 printer"]
