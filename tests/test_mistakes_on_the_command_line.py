"""Each mistake of an author's, in every command: one line that teaches, and the traceback in strict mode."""

import random

import pytest
from learner_mistakes import MISTAKES, RIGHT_FOR_ONE_TASK, assert_teaches, is_not_a_number
from odd_plugin import spelled

import fewtext.registry.failures as failures
from fewtext.registry import discovery

ENCODER = "--encoder", "odd-letters", "--device", "cpu"
TASKS = "--ways", "2", "--shots", "2", "--queries", "2"
OTHERWISE = {("train", is_not_a_number): "the loss or its gradient is NaN"}
"""Where a command says the same in words of its own: training looks at its loss, whoever made it no number."""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A corpus of seven classes, a support of two, and a query."""
    folder, draw = tmp_path_factory.mktemp("files"), random.Random(0)
    rows = [f"{c * 3}{draw.choice('xyz')}{draw.choice('vw')} {'u' * n},{c}" for c in "abcdefg" for n in range(8)]
    (folder / "corpus.csv").write_text("text,label\n" + "\n".join(rows))
    (folder / "support.csv").write_text("text,label\n" + "\n".join(rows[:16]))
    (folder / "query.txt").write_text("aaax\n")
    return folder


@pytest.fixture
def odd(files, tmp_path, monkeypatch, run_fewtext):
    """Install the plugin for a test, and return a function that runs a command on a learner of it."""
    info = tmp_path / "odd-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[fewtext]\nodd = odd_plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    discovery._offered.cache_clear()
    failures.warn_once.cache_clear()
    corpus = "--corpus", files / "corpus.csv", *TASKS
    commands = {
        "evaluate": (*corpus, "--episodes", "3"),
        "train": (*corpus, "--tasks", "2", "--steps", "1", "--backbone", "linear", "--tracker", "none"),
        "classify": ("--support", files / "support.csv", "--query", files / "query.txt", "--no-label-names"),
    }

    def run(command, learner, **environment):
        more = ("--output", tmp_path / "run") if command == "train" else ()
        done = run_fewtext(command, "--learner", learner, *commands[command], *ENCODER, *more, **environment)
        return done.returncode, done.stderr.decode()

    yield run
    discovery._offered.cache_clear()


@pytest.mark.parametrize("command", ["evaluate", "train", "classify"])
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_that_teaches(odd, command, mistake):
    code, said = odd(command, spelled(mistake))
    warned = command == "classify" and mistake in RIGHT_FOR_ONE_TASK
    assert code == (not warned) and "Traceback" not in said, said
    (line,) = [line for line in said.splitlines() if line.startswith("warning: " if warned else "error: ")]
    if (command, mistake) in OTHERWISE:
        assert OTHERWISE[command, mistake] in line
        return
    assert_teaches(line, mistake, spelled(mistake))
    assert not warned or "it answers one task, as here" in line


@pytest.mark.parametrize("command", ["evaluate", "train", "classify"])
@pytest.mark.parametrize("mistake", [mistake for mistake in MISTAKES if mistake is not is_not_a_number])
def test_strict_mode_shows_the_traceback(odd, command, mistake):
    """Of all but logits that are no numbers: nothing raises there, and the line is all there is."""
    if command == "classify" and mistake in RIGHT_FOR_ONE_TASK:
        pytest.skip("one task is answered, and nothing fails")
    code, said = odd(command, spelled(mistake), FEWTEXT_STRICT="1")
    assert code == 1 and "Traceback" in said and "failed: " not in said.splitlines()[-1], said
