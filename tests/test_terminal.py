"""What files and plugins hold cannot act on the terminal: it is spelled out in all that is written for people."""

import ast
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fewtext.cli.answers import print_table
from fewtext.cli.app import make_app
from fewtext.cli.terminal import visible

CLI = Path(__file__).parent.parent / "fewtext/cli"
CLIPBOARD = "\x1b]52;c;cm0gLXJm\x07"  # OSC 52 writes to the clipboard
ACTING = [
    CLIPBOARD,
    "\x9b2J",
    "a\x7f",
    "a\rb",
    "a\nb",
    "\u202eabc",
    "\u2066abc",
    "a\u2028b",
    "a\u2029b",
    "\x85",
    "\ufeffa",
]


@pytest.mark.parametrize("text", ACTING)
def test_what_a_terminal_obeys_is_spelled_out(text):
    shown = visible(text)
    assert shown.isprintable() and shown.isascii() and "\\" in shown


@pytest.mark.parametrize("text", ["plain", "caf\u00e9\u00a0!", "\u65e5\u3000\u672c", "\U0001f468\u200d\U0001f469"])
def test_what_people_write_stays(text):
    assert visible(text) == text


@pytest.mark.parametrize("text", ACTING)
def test_a_table_spells_it_out_in_every_cell(capsys, monkeypatch, text):
    monkeypatch.setenv("COLUMNS", "500")
    columns = ["text", "label", "probability", "top", "scores", "nearest", text]
    top = [{"label": text, "probability": 0.5}]
    near = [{"similarity": 1.0, "label": text, "text": text, "is_name": False}]
    print_table(columns, [[text, text, 0.5, top, {text: 0.5}, near, text]])
    printed = capsys.readouterr().out
    assert len(printed.split("\n")) == 3, "a header, a row, an end"
    assert printed.replace("\n", "").isprintable()


@pytest.fixture
def run(monkeypatch):
    monkeypatch.setenv("COLUMNS", "500")
    return lambda *arguments: CliRunner().invoke(make_app(), list(map(str, arguments)), catch_exceptions=False)


def test_a_check_up_spells_out_labels_and_texts(run, write):
    pytest.importorskip("sklearn")
    rows = [(f"wifi {n} router{CLIPBOARD}", f"net{CLIPBOARD}") for n in range(4)]
    rows += [(f"salary {n} bonus\x9b", "pay\nall") for n in range(4)] + [("salary 1 bonus", f"net{CLIPBOARD}")] * 2
    rows += [("leave", "one\u202e"), ("wifi 2 router" + CLIPBOARD, "pay\nall")]
    lines = "".join(json.dumps({"text": text, "label": label}) + "\n" for text, label in rows)
    done = run("check", write("s.jsonl", lines), "--encoder", "tfidf", "--no-label-names")
    assert done.exit_code == 0 and done.stdout.replace("\n", "").isprintable()
    assert "net\\x1b]52" in done.stdout and "pay\\nall" in done.stdout and "  one\\u202e\n" in done.stdout


def test_nothing_is_printed_past_it():
    """Of the command line's other modules, seven print JSON, one tables that are data, one a version, one a rate."""
    printing = [
        path.stem
        for path in sorted(CLI.glob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    ]
    data = ["app", "benchmark", "cache", "check", "encode", "encoders", "evaluate", "info", "plugin_check", "score"]
    assert printing == [*data, "terminal", "terminal"]
