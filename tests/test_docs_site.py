"""The documentation is whole: its options and files exist, its reference and its tables are the code's, it builds."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib

import check_site
import command_reference
import encoder_tables
import feedback_tables
import generate_pages
import pytest
import result_tables
import typer
from pages import DOCS, OUTPUT, PAGES, PROCESSES, ROOT, blocks, commands, name, redirected

import fewtext.api
from fewtext.benchmark.grid import read_grid
from fewtext.registry import discovery


@pytest.fixture(scope="module")
def app():
    """Every command under its full name, as the reference is made."""
    return dict(command_reference.leaves())


def parsed(app, words):
    """Parse a command line as the command would; return what it leaves unsaid that has to be said."""
    depth = max((depth for depth in range(2, len(words) + 1) if " ".join(words[:depth]) in app), default=0)
    assert depth, "there is no such command"
    command = app[" ".join(words[:depth])]
    context = typer.Context(command)
    given, rest, _ = command.make_parser(context).parse_args(words[depth:])
    assert not rest, f"{rest} is not understood"
    return [p.name for p in command.params if p.required and given.get(p.name) is None]


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_its_commands_parse(page, app):
    own = [found for *_, code in blocks(page) for found in re.findall(r'app\.command\("(\w+)"\)', code)]
    for _, kind, _, code in blocks(page):
        for words in commands(code) if kind == "bash" else []:
            if words[1] in own:  # which the page's plugin adds
                continue
            for sign in "<>":
                _, words = redirected(words, sign)
            if words[1:] != ["--version"]:
                assert parsed(app, words) == [], shlex.join(words)


def test_every_command_of_the_reference_has_its_options(app):
    page = command_reference.page()
    assert set(re.findall(r"^## (.*)$", page, re.M)) == set(app)
    for command in app.values():
        for option in (option for p in command.params for option in p.opts if option.startswith("--")):
            assert f"{option} " in page or f"{option}<" in page, option


def test_every_option_that_is_named_exists(app):
    known = {option for command in app.values() for p in command.params for option in (*p.opts, *p.secondary_opts)}
    for page in PAGES:
        prose = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
        named = {
            option
            for code in re.findall(r"`([^`\n]+)`", prose)
            for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", code)
        }
        assert named - known <= {"--help", "--version", "--tuned"}, name(page)


def test_every_grid_spans_cells(tmp_path):
    grids = [code for page in PAGES for _, kind, _, code in blocks(page) if kind == "toml" and "learners" in code]
    assert len(grids) > 3
    for code in grids:
        (tmp_path / "bench.toml").write_text(code, encoding="utf-8")
        assert read_grid(tmp_path / "bench.toml")


def test_every_block_has_a_language_and_every_mark_is_known():
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        assert len(re.findall(r"^```", text, re.M)) == 2 * len(blocks(page)), name(page)
        for mark in re.findall(r"<!-- (.*) -->", text):
            assert mark in (PROCESSES, OUTPUT) or re.fullmatch(r"not run: .+", mark), f"{name(page)}: {mark}"


def test_images_exist_and_say_what_they_show():
    for page in PAGES:
        for alternative, source in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert len(alternative) > 20 and (page.parent / source).is_file(), f"{name(page)}: {source}"


def test_the_learner_of_the_tutorial_is_the_example():
    example = ROOT / "examples" / "fewtext-nearest"
    files = {title: code for _, _, title, code in blocks(DOCS / "tutorials" / "learner.md") if title}
    for file in ("fewtext_nearest.py", "test_nearest.py"):
        assert files[file] == (example / file).read_text(encoding="utf-8")
    shown, real = (tomllib.loads(text) for text in (files["pyproject.toml"], (example / "pyproject.toml").read_text()))
    assert shown["project"]["entry-points"] == real["project"]["entry-points"] and shown["tool"] == real["tool"]


def test_every_learner_has_a_page():
    built_in = {o.thing.name for o in discovery.offers("learners") if o.thing.__module__.startswith("fewtext_plugins.")}
    pages = {page.stem.replace("-plus-plus", "++") for page in (DOCS / "learners").glob("*.md")}
    assert built_in <= pages


def test_everything_public_is_in_the_reference():
    pages = {name: (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8") for name in ("api", "python")}
    assert set(re.findall(r"^::: fewtext\.api\.(\w+)$", pages["api"], re.M)) == set(fewtext.api.__all__)
    public = {name for name in fewtext.__all__ if not name.startswith("__")} - {"hookimpl"}
    assert set(re.findall(r"^::: fewtext\.(\w+)$", pages["python"], re.M)) == public


def test_every_page_is_in_the_contents():
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text(encoding="utf-8")))
    assert listed == {page.relative_to(DOCS).as_posix() for page in PAGES}


def test_the_tables_are_the_results():
    lines = [json.loads(line) for line in (ROOT / "benchmarks/results/full_way/results.jsonl").open(encoding="utf-8")]
    (cell,) = (x for x in lines if x["key"].startswith("banking77-logistic-1-shot") and not x["cell"]["encoder"])
    shown = f"{100 * cell['report']['accuracy']:.1f} ± {100 * cell['report']['interval']:.1f}"
    assert f"| BANKING77 (77) | `logistic` | {shown} |" in result_tables.full_way().replace(result_tables.UNBROKEN, " ")
    assert all(len(table.splitlines()) > 5 for table in result_tables.files().values())
    assert all(len(table.splitlines()) > 5 for table in encoder_tables.files().values())
    assert all(len(table.splitlines()) > 5 for table in feedback_tables.files().values())


def test_every_file_that_a_page_includes_is_generated():
    made = generate_pages.files()
    for page in PAGES:
        for taken in re.findall(r'^--8<-- "(.+)"$', page.read_text(encoding="utf-8"), re.M):
            assert taken in made or (ROOT / taken.partition(":")[0]).is_file(), f"{name(page)}: {taken}"


def test_the_check_of_the_site_sees_what_is_wrong(tmp_path):
    (tmp_path / "there.html").write_text('<h2 id="here">Here</h2>')
    right = '<a href="there.html#here">x</a> <a href="https://example.org">x</a> <img src="there.html" alt="a page">'
    (tmp_path / "index.html").write_text(right)
    check_site.read.cache_clear()
    assert check_site.problems(tmp_path) == []
    wrong = '<a href="gone.html">x</a> <a href="there.html#gone">x</a> <img src="there.html"> <script src="//a.b/c.js">'
    (tmp_path / "index.html").write_text(wrong)
    (tmp_path / "style.css").write_text("@font-face { src: url(https://a.b/c.woff) }")
    check_site.read.cache_clear()
    assert len(check_site.problems(tmp_path)) == 5


@pytest.mark.processes
def test_the_site_builds(tmp_path):
    pytest.importorskip("zensical", reason="the site needs the extra docs")
    for folder in (DOCS, ROOT / "examples"):
        shutil.copytree(folder, tmp_path / folder.name)
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    generate_pages.main(tmp_path / "build" / "docs")
    command = [sys.executable, "-m", "zensical", "build", "--strict", "-f", "mkdocs.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(ROOT / "benchmarks" / "results", tmp_path / "site" / "data")
    check_site.read.cache_clear()
    assert check_site.problems(tmp_path / "site") == []
