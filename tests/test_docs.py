"""The documentation can be followed: its commands and its Python run, page by page.

The blocks of a page run in order in a folder that holds the example files. A block with a title is a file. One after a
comment ``not run: WHY`` is parsed only, one after ``starts processes`` runs with the slow tests, one after ``output``
is what the last command wrote.
"""

import importlib
import re
import shlex
import shutil
import sys
import tomllib

import pytest
import running
from pages import OUTPUT, PAGES, PROCESSES, ROOT, blocks, commands, name, redirected

from fewtext.registry import discovery


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
        variables, shown = {"__name__": "docs"}, ""
        for mark, kind, title, code in blocks(page):
            if title:
                (tmp_path / title).write_text(code, encoding="utf-8")
            elif mark == OUTPUT:
                assert rounded(code) == rounded(shown)
            elif mark is None or (mark == PROCESSES and processes):
                if kind == "python":
                    exec(compile(code, name(page), "exec"), variables)
                elif kind == "bash":
                    shown = type_in(code)

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
        return done.stdout.decode() if commands(code) else ""

    yield follow
    look_again()
    for module in set(sys.modules) - known:
        if str(getattr(sys.modules[module], "__file__", None)).startswith(str(tmp_path)):
            del sys.modules[module]


def rounded(output):
    """Return what a command writes without the digits of its numbers, which are a processor's own."""
    return re.sub(r"\d+\.\d+", "0.0", output)


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
