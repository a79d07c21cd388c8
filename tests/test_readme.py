"""The README is true and short: its code runs, its commands and options exist, its numbers are those of the results."""

import importlib.util
import json
import re
import shlex
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest
from readme import README, SHOWN, answer
from typer.main import get_command

from fewtext.cli.app import make_app

ROOT = README.parent
TEXT = README.read_text(encoding="utf-8")
FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PROSE = FENCED.sub("", TEXT)
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
IMAGES = sorted((ROOT / "docs" / "images").iterdir())
SVG = "{http://www.w3.org/2000/svg}"


def blocks(language):
    return [code for kind, code in FENCED.findall(TEXT) if kind == language]


def test_it_is_read_in_some_minutes():
    assert len(TEXT.splitlines()) <= 170 and len(TEXT.split()) <= 1800


def test_no_code_in_it_escapes_these_tests():
    assert len(blocks("")) == 2 and len(blocks("console")) == 3 and len(blocks("python")) == 2
    assert len(FENCED.findall(TEXT)) == 7 and "```" not in PROSE


@pytest.mark.parametrize("shown", [*SHOWN.finditer(TEXT)], ids=lambda shown: shown["command"].split()[1])
def test_its_commands_answer_as_it_shows(shown, run_fewtext, tmp_path, monkeypatch):
    """But for digits after a point, which are a machine's own; ``make readme`` writes the answers again."""
    monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path))
    given = answer(shown["command"], run_fewtext)
    assert re.sub(r"\d+\.\d+", "0.0", given) == re.sub(r"\d+\.\d+", "0.0", shown["answer"])
    for seen, printed in zip(*(re.findall(r"(\d+\.\d)%", text) for text in (given, shown["answer"])), strict=True):
        assert float(seen) == pytest.approx(float(printed), abs=1.5)


def test_its_library_example_runs(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    example = blocks("python")[0]
    found = {}
    exec(example, found)
    assert len(example.splitlines()) == 10
    assert re.match(r"vacation 0\.\d+ two days off please\n", capsys.readouterr().out)
    assert found["model"].predict(["no internet in the east wing", "paper jam"]).tolist() == ["network", "printer"]
    assert (tmp_path / "my-model" / "README.md").exists()


def test_its_plugin_is_the_examples(tmp_path):
    plugin = blocks("python")[1]
    example = (ROOT / "examples" / "fewtext-nearest" / "fewtext_nearest.py").read_text(encoding="utf-8")
    assert example.endswith(plugin) and len(re.findall(r"^.", plugin, re.MULTILINE)) <= 20
    found = {}
    exec(plugin, found)
    assert found["learners"]() == [found["Nearest"]]
    project = tomllib.loads((ROOT / "examples" / "fewtext-nearest" / "pyproject.toml").read_text(encoding="utf-8"))
    assert project["project"]["entry-points"]["fewtext"] == {"nearest": "fewtext_nearest"}
    assert '`nearest = "fewtext_nearest"` under `[project.entry-points.fewtext]`' in TEXT


def commands():
    """Yield what follows ``fewtext`` wherever the README names a command."""
    spans = [shown["command"] for shown in SHOWN.finditer(TEXT)]
    spans += [line for block in blocks("") for line in block.splitlines()]
    spans += re.findall(r"`(fewtext [^`]+)`", PROSE)
    for span in spans:
        words = shlex.split(span.partition(" | ")[0], comments=True)
        if len(words) > 1 and Path(words[0]).name == "fewtext":
            yield words[1:]


def options(command):
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


@pytest.mark.parametrize("words", [*commands()], ids=" ".join)
def test_a_command_that_it_names_exists_with_its_options(words):
    command, rest = get_command(make_app()), list(words)
    while hasattr(command, "commands"):
        assert rest[0] in command.commands
        command = command.commands[rest.pop(0)]
    assert {word for word in rest if word.startswith("-")} <= options(command)


def test_every_other_option_that_it_names_is_one_of_classify():
    named = {word for span in re.findall(r"`(--[^`]+)`", PROSE) for word in span.split() if word.startswith("--")}
    known = {*options(get_command(make_app()).commands["classify"]), "--learner"}
    assert len(named) > 8 and named <= known


def test_the_raw_commands_are_the_makefiles():
    demo = re.search(r"\$\(BIN\)/fewtext (classify .*)", MAKEFILE).group(1)
    assert f".venv/bin/fewtext {demo}" in TEXT
    for extra in ("bundled", "dev"):
        assert f'-e ".[{extra}]"' in MAKEFILE and f'install -c constraints.txt -e ".[{extra}]"' in TEXT
    for target in re.findall(r"\bmake ([a-z-]+)", "\n".join([*blocks(""), *re.findall(r"`[^`]+`", PROSE)])):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_torch_alone_is_pinned_for_every_install():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(pins) == 1 and re.match(r"torch==\d+\.\d+\.\d+; platform_", pins[0])
    assert all("-c constraints.txt" in line for line in re.findall(r"pip install .*", TEXT))


def test_what_it_links_to_is_there():
    links = [link for link in re.findall(r"\]\(([^)]+)\)", TEXT) if "://" not in link]
    assert len(links) > 10 and [link for link in links if not (ROOT / link).exists()] == []


def test_its_table_is_that_of_the_results():
    chart = import_from(ROOT / "benchmarks" / "pictures" / "setfit_chart.py")
    runs = [json.loads(line) for line in chart.RESULTS.read_text(encoding="utf-8").splitlines()]
    found = chart.accuracies(runs)
    corpora = {shown: corpus for corpus, (shown, _) in chart.CORPORA.items()}
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in TEXT.splitlines() if "] | " in line]
    assert len(rows) == 7
    for name, shots, setfit, fewtext, difference, seconds in rows:
        corpus, system = corpora[re.split(r"[, ]", name)[0]], "logistic, tuned" if "--tune" in name else "logistic"
        theirs, ours = (found[corpus, which, int(shots)] for which in ("SetFit", system))
        assert [setfit, fewtext] == [f"{100 * right.mean():.1f}" for right, _ in (theirs, ours)]
        assert seconds == " / ".join(f"{took:.0f}" if took >= 10 else f"{took:.1f}" for _, took in (theirs, ours))
        gap = chart.paired_bootstrap([ours[0] - theirs[0]])
        assert difference == f"{100 * gap.mean:+.1f} [{100 * gap.low:.1f}, {100 * gap.high:.1f}]"


def import_from(path):
    """Import a file that is in no package, with its folder's other files."""
    sys.path.insert(0, str(path.parent))
    try:
        spec = importlib.util.spec_from_file_location(path.stem, path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(path.parent))
    return module


@pytest.mark.parametrize("path", IMAGES, ids=lambda path: path.name)
def test_an_image_is_small_and_fetches_nothing(path):
    assert path.stat().st_size < 200_000
    if path.suffix == ".svg":
        drawing = path.read_text(encoding="utf-8")
        assert "://" not in drawing.replace("http://www.w3.org/2000/svg", "") and "@import" not in drawing
        assert ElementTree.fromstring(drawing).find(f"{SVG}title").text


def test_the_architecture_names_every_folder():
    folders = {path.parent.name for path in (ROOT / "fewtext").glob("*/__init__.py")}
    drawing = ElementTree.parse(ROOT / "docs" / "images" / "architecture.svg")
    assert folders <= {words.text for words in drawing.iter(f"{SVG}text")}


def test_the_reliability_diagram_is_that_of_the_results(tmp_path, monkeypatch):
    chart = import_from(ROOT / "benchmarks" / "pictures" / "reliability.py")
    monkeypatch.setattr(sys.modules["svg"], "IMAGES", tmp_path)
    chart.draw()
    assert (tmp_path / "reliability.svg").read_bytes() == (ROOT / "docs/images/reliability.svg").read_bytes()
