"""The line at the end of a command, how much is said beside the results, and progress without a terminal."""

import logging
import re

import pytest

from fewtext.classify.prediction import Prediction
from fewtext.classify.summary import AnswerSummary
from fewtext.cli.closing import by_count, counted, duration
from fewtext.cli.progress_lines import ProgressLines
from fewtext.cli.terminal import LOGGER
from fewtext.cli.verbosity import logged_to_standard_error

SUPPORT = "text,label\nred apple,fruit\ngreen apple,fruit\nfast car,vehicle\nold car,vehicle\n"
SECONDS = r"; \d+(\.\d)? s"


@pytest.fixture
def run(run_fewtext, write):
    support, query = write("s.csv", SUPPORT), write("q.txt", "an apple\n\nmy car\nthat car\n")

    def classify(*options):
        return run_fewtext("classify", "--support", support, "--query", query, "--encoder", "tfidf", *options)

    return classify


def last_line(done):
    return done.stderr.decode().splitlines()[-1]


def test_classify_says_what_became_of_every_row(run, tmp_path):
    out, model = tmp_path / "a.csv", tmp_path / "m"
    done = run("--output", out, "--save", model)
    counts = "4 rows read, 3 answered, 1 set aside as blank or unreadable; vehicle 2, fruit 1"
    assert done.returncode == 0 and re.fullmatch(counts + SECONDS + f"; written to {out} and {model}", last_line(done))


def test_quiet_says_nothing_and_verbose_how_long_each_step_took(run):
    assert run("--quiet").stderr == b"" and run("-q").stdout == run("-v").stdout
    said = run("--verbose").stderr.decode()
    assert re.search(r"^learning: \d", said, re.M) and re.search(r"^classifying: \d", said, re.M)
    both = run("-q", "-v")
    assert both.returncode == 1 and b"--quiet and --verbose contradict each other" in both.stderr


def test_warnings_and_errors_are_said_when_quiet(run_fewtext, write):
    support = write("s.csv", SUPPORT + "no label,\n")
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "x\n"), "-q", "--encoder", "tfidf")
    assert b"warning: " in done.stderr and b"empty label" in done.stderr
    assert b"error: " in run_fewtext("classify", "--support", support, "--query", "none.txt", "-q").stderr


def test_the_other_commands_end_with_a_line(run, run_fewtext, write, tmp_path):
    model, table = tmp_path / "m", write("t.csv", SUPPORT)
    assert run("--save", model).returncode == 0
    more = write("more.csv", "text,label\nred apple,fruit\na pear,fruit\n")
    lines = {
        ("add", more, "--model", model): "2 examples read, 1 added, 1 there already; fruit 1",
        ("remove", write("gone.txt", "a pear\n"), "--model", model): "1 row read, 1 example removed",
        ("score", "--model", model, "--test", table): "4 texts read, 4 right, 0 wrong",
        ("suggest", "--model", model, "--pool", write("p.txt", "a plum\nblue\n"), "-n", 1): "2 rows read, 1 suggested",
    }
    for command, expected in lines.items():
        done = run_fewtext(*command)
        assert done.returncode == 0 and last_line(done).startswith(expected), (command, done.stderr)


def test_the_logger_carries_what_is_said(run, caplog):
    LOGGER.addHandler(caplog.handler)
    try:
        run()
    finally:
        LOGGER.removeHandler(caplog.handler)
    assert "3 answered" in caplog.messages[-1] and caplog.records[-1].levelno == logging.INFO
    assert caplog.records[-1].name == "fewtext"


def test_the_logger_is_left_as_it_was():
    before = LOGGER.level, LOGGER.propagate, list(LOGGER.handlers)
    with logged_to_standard_error():
        assert LOGGER.level == logging.INFO and len(LOGGER.handlers) == len(before[2]) + 1
    assert (LOGGER.level, LOGGER.propagate, list(LOGGER.handlers)) == before


def test_every_kind_of_answer_is_counted():
    counts, ranked = AnswerSummary(), [("a", 0.75), ("b", 0.25)]
    answers = [
        Prediction("given", ranked),
        Prediction("not sure", ranked, given=False),
        Prediction("elsewhere", ranked, given=False, out_of_scope=True, otherwise="other"),
        Prediction(" "),
        Prediction("two", ranked, labels=[("a", 0.25), ("b", 0.25)]),
        Prediction("none", ranked, labels=[], given=False),
    ]
    assert list(counts.counting(answers)) == answers
    assert (counts.read, counts.answered, counts.abstained, counts.out_of_scope, counts.without_label) == (
        6,
        2,
        1,
        1,
        1,
    )
    assert counts.labels == {"a": 2, "b": 1} and counts.mean_confidence("a") == pytest.approx(0.5)
    assert counts.read == counts.answered + sum(counts.unanswered.values())


def test_a_summary_counts_labels_and_answers_go_to_the_file(run, tmp_path):
    done = run("--summary", "--output", tmp_path / "a.csv")
    rows = [line.split(",")[:3] for line in done.stdout.decode().splitlines()]
    assert rows == [["label", "texts", "share"], ["vehicle", "2", "0.5"], ["fruit", "1", "0.25"],
                    ["(set aside as blank or unreadable)", "1", "0.25"]]  # fmt: skip
    assert (tmp_path / "a.csv").read_text().count("\n") == 5
    assert run("--summary").stdout == done.stdout


def test_the_least_confident_comes_first(run):
    by_file, by_confidence = (run("--sort", order).stdout.decode().splitlines() for order in ("file", "confidence"))
    probabilities = [line.split(",")[2] for line in by_confidence[1:]]
    assert sorted(by_file) == sorted(by_confidence) and probabilities[-1] == ""
    assert list(map(float, probabilities[:-1])) == sorted(map(float, probabilities[:-1]))


def test_numbers_for_people():
    assert counted(1, "row") == "1 row" and counted(1000, "row") == "1,000 rows"
    assert by_count({str(n): n for n in range(1, 9)}) == "8 8, 7 7, 6 6, 5 5, 4 4, 3 3, and 2 more labels"
    assert [duration(s) for s in (0.84, 42.2, 119, 700)] == ["0.8 s", "42 s", "119 s", "12 min"]


def test_progress_is_said_every_half_minute(caplog):
    now = [0.0]
    lines = ProgressLines("classifying", clock=lambda: now[0])
    with caplog.at_level(logging.INFO, "fewtext"):
        for second in range(100):
            now[0] = float(second)
            lines(second, 200)
        now[0] = 131.0
        lines(0, None)
    assert caplog.messages == [
        "classifying: 15% after 30 s, about 3 min left",
        "classifying: 30% after 60 s, about 2 min left",
        "classifying: 45% after 90 s, about 110 s left",
        "classifying: 2 min so far",
    ]


def test_what_came_before_the_first_report_is_no_measure_of_the_rest(caplog):
    now = [0.0]
    lines = ProgressLines("training", clock=lambda: now[0])
    with caplog.at_level(logging.INFO, "fewtext"):
        for now[0], step in (300.0, 0), (310.0, 10), (331.0, 31):
            lines(step, 131)
    assert caplog.messages == ["training: 0% after 5 min", "training: 24% after 6 min, about 100 s left"]


def test_each_phase_is_measured_by_itself(caplog):
    now = [0.0]
    lines = ProgressLines("classifying", clock=lambda: now[0])
    with caplog.at_level(logging.INFO, "fewtext"):
        for now[0], done, total in (10.0, 4000, 9000), (100.0, 0, 1000), (140.0, 400, 1000), (180.0, 1200, 1000):
            lines(done, total)
    assert caplog.messages == [
        "classifying: 0% after 100 s",
        "classifying: 40% after 2 min, about 60 s left",
        "classifying: 120% after 3 min",
    ]
