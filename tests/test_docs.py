"""The documentation is true: its commands, its Python and its TOML run, its options exist, its tables are the results'.

The blocks of a page run in order in a folder that holds the example files. A block with a title is a file; one after a
comment ``not run: WHY`` is parsed only, and one after ``starts processes`` runs with the slow tests.
"""

import importlib
import json
import re
import shlex
import shutil
import sys
import tomllib
from pathlib import Path

import pytest
import running

import fewtext.api
from fewtext.registry import discovery

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<kind>\w+)(?: title=\"(?P<title>[^\"]+)\")?\n(?P<code>.*?)```", re.S
)
RUNNABLE = ("bash", "python", "toml")
PROCESSES = "starts processes"

sys.path.insert(0, str(DOCS / "scripts"))


def blocks(page):
    """Return the mark, the language, the title and the code of each block of a page."""
    return [match.groups() for match in BLOCK.finditer(page.read_text(encoding="utf-8"))]


def commands(code):
    """Return the words of each fewtext command of a block, with redirections last."""
    lines = code.replace("\\\n", " ").splitlines()
    return [shlex.split(line, comments=True) for line in lines if line.split()[:1] == ["fewtext"]]


def name(page):
    return page.relative_to(DOCS).with_suffix("").as_posix()


def has(*kinds, processes=False):
    """Return the pages that have something of these kinds to run."""
    return [
        pytest.param(page, id=name(page))
        for page in PAGES
        if any(
            kind in kinds and not title and (mark == PROCESSES) is processes for mark, kind, title, _ in blocks(page)
        )
    ]


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    """Where features are kept, which all pages share."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def loaded_once():
    """Load each encoder once for all commands: reading and checking its weights is half of what a quick one takes."""
    kind = discovery.encoder("bert")
    load, made = kind.__init__, {}

    def init(self, model=None, **options):
        key = type(self), model, *options.items()
        if key not in made:
            load(self, model, **options)
            made[key] = dict(vars(self))
        vars(self).update(made[key])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, "__init__", init)
        yield


@pytest.fixture
def reader(tmp_path, monkeypatch, run_fewtext, cache, loaded_once):
    """Somebody who follows a page in an empty folder: writes its files, types its commands, runs its Python."""
    for example in ("support.csv", "q.txt"):
        shutil.copy(ROOT / "examples" / example, tmp_path)
    shutil.copy(tmp_path / "support.csv", tmp_path / "s.csv")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "ROOT", tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("FEWTEXT_CACHE", str(cache))
    known = set(sys.modules)

    def follow(page, processes):
        variables = {"__name__": "docs"}
        for mark, kind, title, code in blocks(page):
            if title:
                (tmp_path / title).write_text(code, encoding="utf-8")
            elif mark is None or (mark == PROCESSES and processes):
                if kind == "python":
                    exec(compile(code, name(page), "exec"), variables)
                elif kind == "bash":
                    type_in(code)

    def type_in(code):
        if "pip install -e ." in code.splitlines():
            install(tmp_path)
        for words in commands(code):
            stdin, words = redirected(words, "<")
            stdout, words = redirected(words, ">")
            given = (tmp_path / stdin).read_bytes() if stdin else None
            done = run_fewtext(*words[1:], stdin=given)
            assert done.returncode == 0, f"{shlex.join(words)}\n{done.stderr.decode()}"
            if stdout:
                (tmp_path / stdout).write_bytes(done.stdout)

    yield follow
    look_again()
    for module in set(sys.modules) - known:
        if str(getattr(sys.modules[module], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[module]


def redirected(words, sign):
    """Return the file that a command is redirected to or from, and its other words."""
    if sign not in words:
        return None, words
    at = words.index(sign)
    return words[at + 1], words[:at] + words[at + 2 :]


def install(folder):
    """Do what an editable install does: say in the folder which entry points its package has."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    info = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    groups = project["entry-points"].items()
    lines = [line for group, entries in groups for line in (f"[{group}]", *(f"{k} = {v}" for k, v in entries.items()))]
    (info / "entry_points.txt").write_text("\n".join(lines))
    look_again()


def look_again():
    """Forget which plugins there are."""
    importlib.invalidate_caches()
    for remembered in (value for value in vars(discovery).values() if hasattr(value, "cache_clear")):
        remembered.cache_clear()


@pytest.mark.parametrize("page", has("bash", "python"))
def test_a_page_can_be_followed(page, reader):
    reader(page, processes=False)


@pytest.mark.processes
@pytest.mark.parametrize("page", has("bash", processes=True))
def test_a_page_that_starts_processes_can_be_followed(page, reader):
    reader(page, processes=True)


@pytest.fixture(scope="module")
def app():
    """Every command under its full name, as the reference is made."""
    import command_reference

    return dict(command_reference.leaves())


def parsed(app, words):
    """Parse a command line as the command would; return what it leaves unsaid that has to be said."""
    import typer

    depth = max(depth for depth in range(1, len(words) + 1) if " ".join(words[:depth]) in app or depth == 1)
    command = app[" ".join(words[:depth])]
    context = typer.Context(command)
    given, rest, _ = command.make_parser(context).parse_args(words[depth:])
    assert not rest, f"{rest} is not understood"
    return [p.name for p in command.params if p.required and given.get(p.name) is None]


@pytest.mark.parametrize("page", has("bash"))
def test_its_commands_parse(page, app):
    for _, kind, _, code in blocks(page):
        for words in commands(code) if kind == "bash" else []:
            for sign in "<>":
                _, words = redirected(words, sign)
            if words[1:] != ["--version"]:
                assert parsed(app, words) == [], shlex.join(words)


def test_every_command_of_the_reference_has_its_options(app):
    import command_reference

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
            option for code in re.findall(r"`([^`\n]+)`", prose) for option in re.findall(r"(?<![\w-])--[a-z-]+", code)
        }
        assert named - known <= {"--help", "--version", "--tuned"}, name(page)


def test_every_grid_spans_cells(tmp_path):
    from fewtext.benchmark.grid import read_grid

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
            assert mark == PROCESSES or re.fullmatch(r"not run: .+", mark), f"{name(page)}: {mark}"


def test_images_say_what_they_show():
    for page in PAGES:
        for alternative, _ in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", page.read_text(encoding="utf-8")):
            assert len(alternative) > 20, name(page)


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
    import result_tables

    lines = [json.loads(line) for line in (ROOT / "benchmarks/results/full_way/results.jsonl").open(encoding="utf-8")]
    (cell,) = (x for x in lines if x["key"].startswith("banking77-logistic-1-shot") and not x["cell"]["encoder"])
    shown = f"{100 * cell['report']['accuracy']:.1f} ± {100 * cell['report']['interval']:.1f}"
    assert f"| BANKING77 (77) | `logistic` | {shown} |" in result_tables.full_way()
    assert all(len(table.splitlines()) > 5 for table in result_tables.files().values())


def test_what_a_page_takes_in_is_made():
    import generate_pages

    made = generate_pages.files()
    for page in PAGES:
        for taken in re.findall(r'^--8<-- "(.+)"$', page.read_text(encoding="utf-8"), re.M):
            assert taken in made, f"{name(page)}: {taken}"
