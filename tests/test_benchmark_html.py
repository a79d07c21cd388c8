"""The HTML report of a grid's results: one file, which loads nothing from the network, and works in a browser."""

import json
import re
import shutil
import subprocess

import pytest
from grids import full_way

from fewtext.benchmark.grid import read_grid
from fewtext.benchmark.html import page
from fewtext.benchmark.results import read_results
from fewtext.benchmark.run import run_grid
from fewtext.benchmark.summary import rows
from fewtext.datasets.session import Session

GRID = full_way(supports=2, shots=[1, 2], learners=["protonet", {"learner": "ridge", "name": "<b>ridge</b> & co"}])
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "bench.toml").write_text(GRID)
    run_grid(read_grid(folder / "bench.toml"), folder / "results", Session(), lambda *_: None)
    results = read_results(folder / "results")
    path = folder / "page.html"
    path.write_text(page(results, rows(results), title="a page"), encoding="utf-8")
    return path


def test_nothing_is_loaded_from_the_network(written):
    content = written.read_text(encoding="utf-8")
    assert "default-src 'none'" in content
    assert not re.search(
        r"""(src|href|action|data|poster)\s*=\s*["']?(?!data:image/svg)[^"'#\s>]""", content.split("</style>")[1]
    )
    assert not re.search(r"@import|url\(|fetch\(|XMLHttp", content)


def test_it_holds_tables_charts_and_confusions(written):
    content = written.read_text(encoding="utf-8")
    for part in ("Accuracy by shots", "Accuracy against the time to adapt", "Reliability", "Confused labels"):
        assert f"<h2>{part}</h2>" in content
    assert content.count("data:image/svg+xml;base64,") == 3 and content.count('alt="office') == 3
    assert "&lt;b&gt;ridge&lt;/b&gt; &amp; co" in content and "<b>ridge" not in content


def test_the_same_results_give_the_same_report(written):
    results = read_results(written.parent / "results")
    assert page(results, rows(results), title="a page") == written.read_text(encoding="utf-8")


def seen(path, script, width=1200):
    """Load the page in a browser, run a script in it, and return what that put into the title, as JSON."""
    probe = path.with_name(f"probe-{width}.html")
    probe.write_text(path.read_text(encoding="utf-8") + f"<script>document.title = JSON.stringify({script})</script>")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--window-size={width},900",
               f"--user-data-dir={path.parent / 'profile'}", "--dump-dom", f"file://{probe}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return json.loads(re.search(r"<title>(.*?)</title>", done.stdout, re.S)[1].replace("&amp;", "&"))


@pytest.mark.processes
@pytest.mark.skipif(BROWSER is None, reason="no chromium to drive")
def test_a_click_on_a_column_sorts_by_it(written):
    script = """(() => {
      const lines = () => [...document.querySelector("tbody").rows];
      const shown = () => lines().map(line => Number(line.children[1].dataset.value));
      const button = document.querySelectorAll("thead button")[1], seen = [];
      for (let n = 0; n < 2; n++) { button.click(); seen.push([button.parentElement.ariaSort, shown()]); }
      return seen;
    })()"""
    (first, down), (second, up) = seen(written, script)
    assert (first, second) == ("descending", "ascending") and down == sorted(down, reverse=True) and up == sorted(up)


@pytest.mark.processes
@pytest.mark.skipif(BROWSER is None, reason="no chromium to drive")
@pytest.mark.parametrize("width", [500, 1200])
def test_it_fits_the_window_and_its_charts_are_drawn(written, width):
    script = """[innerWidth, document.documentElement.scrollWidth,
      [...document.images].map(image => (image.loading = "eager", image.getBoundingClientRect().width))]"""
    inner, content, images = seen(written, script, width)
    assert content <= inner and all(200 < image <= inner for image in images)
