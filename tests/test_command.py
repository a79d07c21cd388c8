"""The command: what it prints where, and how it ends."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SUPPORT, QUERY = "examples/support.csv", "examples/q.txt"
SMALL = """text,label
my card is lost,lost_card
where is my card,lost_card
how is the weather,weather
will it rain,weather
"""


def rows(done):
    assert done.returncode == 0, done.stderr.decode()
    return list(csv.DictReader(io.StringIO(done.stdout.decode(), newline="")))


@pytest.mark.processes
def test_the_demo_classifies_real_texts(run_process):
    answers = rows(run_process("classify", "--support", SUPPORT, "--query", QUERY, "--learner", "protonet"))
    assert [a["text"] for a in answers] == open(QUERY, encoding="utf-8").read().split("\n")[:-1]
    expected = ["book_meeting_room", "printer_problem", "network_problem", "request_vacation", "reset_password"]
    assert [a["label"] for a in answers[:5]] == expected
    assert all(0 < float(a["probability"]) <= 1 for a in answers)


@pytest.mark.processes
def test_output_is_byte_stable_and_nothing_but_answers(run_process, run_fewtext, tmp_path):
    command = "classify", "--support", SUPPORT, "--query", QUERY, "--quiet"
    first, second = run_process(*command), run_process(*command, "--output", tmp_path / "out.csv")
    here = run_fewtext(*command)
    assert (here.stdout, here.stderr, here.returncode) == (first.stdout, b"", 0), "tests hear what a person hears"
    assert first.returncode == second.returncode == 0 and first.stderr == second.stderr == second.stdout == b""
    assert (tmp_path / "out.csv").read_bytes() == first.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["out.csv"]


def test_everything_that_can_be_asked_of_an_answer(run_fewtext, write):
    support = write("s.csv", SMALL)
    query = write("q.csv", "id,text,label\n7,card gone,?\n8,,?\n9,rain tomorrow,?\n")
    done = run_fewtext("classify", "--support", support, "--query", query, "--top", 2, "--scores", "--explain", 1)
    assert "column 'label' is renamed to 'query_label'" in done.stderr.decode()
    answers = rows(done)
    assert list(answers[0]) == [
        *("id", "text", "query_label", "label", "probability", "label_2", "probability_2"),
        *("p(lost_card)", "p(weather)", "nearest_1", "nearest_1_label", "nearest_1_similarity"),
    ]
    assert [(a["id"], a["label"], a["label_2"]) for a in answers] == [
        *[("7", "lost_card", "weather"), ("8", "", ""), ("9", "weather", "lost_card")]
    ]
    assert answers[0]["nearest_1_label"] == "lost_card" and answers[1]["probability"] == ""
    arguments = "--top", 2, "--scores", "--explain", 1, "--format", "jsonl"
    lines = run_fewtext("classify", "--support", support, "--query", query, *arguments).stdout.decode().splitlines()
    first, blank, _ = map(json.loads, lines)
    assert first["label"] == "lost_card" == first["top"][0]["label"] == first["nearest"][0]["label"]
    assert set(first["scores"]) == {"lost_card", "weather"} and blank["label"] == "" and blank["probability"] is None


def test_a_saved_model_answers_alike_from_standard_input(run_fewtext, write, tmp_path):
    support, model = write("s.csv", SMALL), tmp_path / "model"
    texts = "card gone\n\nrain tomorrow\n"
    first = run_fewtext("classify", "--support", support, "--query", write("q.txt", texts), "--save", model)
    second = run_fewtext("classify", "--model", model, "--query", "-", stdin=texts.encode())
    assert first.returncode == second.returncode == 0 and first.stdout == second.stdout
    assert [a["label"] for a in rows(second)] == ["lost_card", "", "weather"]


def test_descriptions_are_enough(run_fewtext, write):
    names = write("names.csv", "label,description\n0,a payment card that is lost\n1,weather forecast\n")
    done = run_fewtext("classify", "--labels", names, "--query", write("q.txt", "card gone\nrain tomorrow\n"))
    assert [a["label"] for a in rows(done)] == ["0", "1"]


def test_labels_without_words_are_warned_of(run_fewtext, write):
    support = write("s.csv", SMALL.replace("lost_card", "LABEL_0").replace("weather\n", "LABEL_1\n"))
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "card gone\n"))
    assert "carry no words" in done.stderr.decode() and rows(done)[0]["label"] == "LABEL_0"
    quiet = run_fewtext("classify", "--support", support, "--query", write("q.txt", "x\n"), "--no-label-names", "-q")
    assert quiet.stderr == b""


def test_an_empty_query_file_is_an_empty_answer(run_fewtext, write):
    done = run_fewtext("classify", "--support", write("s.csv", SMALL), "--query", write("q.txt", ""))
    assert done.returncode == 0 and done.stdout == b"text,label,probability\n"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--support", "none.csv"], "error: none.csv: no such file"),
        (["--support", "tests"], "error: tests: "),
        (["--support", SUPPORT, "--learner", "protonett"], "did you mean protonet"),
        (["--support", SUPPORT, "-o", "c=1"], "no option 'c'; did you mean C? its options: C=20.0 steps=100"),
        (["--support", SUPPORT, "-o", "steps"], "write steps=VALUE"),
        (["--support", SUPPORT, "-o", "steps=many"], "give a whole number"),
        (["--support", SUPPORT, "--output", "no/such/folder.csv"], "its folder does not exist"),
        (["--support", SUPPORT, "--output", "answers.docx"], "cannot tell the format of"),
        (["--support", SUPPORT, "--output", SUPPORT], "is an input, which the answers would overwrite"),
        (["--support", SUPPORT, "--encoder", "no/model"], "cannot be downloaded"),
        (["--support", SUPPORT, "--device", "warp"], "device 'warp' cannot be used"),
        (["--model", "tests", "--query", QUERY], "not a saved model"),
        (
            ["--model", "x", "--support", SUPPORT],
            "--support has no effect with --model, a classifier that is already fitted",
        ),
        ([], "give --support, --labels or --model"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_1(run_fewtext, arguments, complaint):
    done = run_fewtext("classify", "--query", QUERY, *arguments)
    message = done.stderr.decode()
    assert done.returncode == 1 and complaint in message and message.count("\n") == 1 and done.stdout == b""


def test_a_bad_support_leaves_no_output(run_fewtext, write, tmp_path):
    for content in ("text,label\n", "text,label\na,x\nb,x\n", 'text,label\na,x\n"b,y\n'):
        done = run_fewtext(
            *("classify", "--support", write("s.csv", content), "--query", QUERY, "--output", tmp_path / "out.csv")
        )
        assert done.returncode == 1 and b"Traceback" not in done.stderr and not (tmp_path / "out.csv").exists()


def test_wrong_usage_is_exit_code_2(run_fewtext):
    assert run_fewtext("classify").returncode == 2
    assert run_fewtext("clasify").returncode == 2


@pytest.mark.processes
def test_a_reader_that_goes_away_is_no_error(run_fewtext, write):
    query = write("q.txt", "hello\n" * 50_000)
    command = [sys.executable, "-m", "fewtext", "classify", "--support", SUPPORT, "--query", str(query)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ)
    process.stdout.readline()
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.wait()


@pytest.mark.processes
def test_starting_and_listing_import_nothing_heavy():
    """Asked of the interpreter itself: neither torch nor transformers, and for ``plugins`` no plugin either."""
    program = (
        "import sys; from fewtext.cli.app import main\n"
        "sys.argv = ['fewtext', *sys.argv[1:]]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'transformers', 'numpy', 'rich', 'sklearn', 'fewtext_plugins'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    for arguments in (["--help"], ["--version"], ["plugins"], ["classify", "--help"], []):
        done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr


def test_lists_say_what_is_installed(run_fewtext):
    assert b"protonet" in run_fewtext("plugin", "check", "protonet").stdout
    assert b"Prototypical networks (Snell et al., 2017): the nearest class mean wins." in run_fewtext("learners").stdout
    assert b"sentence-transformers" in run_fewtext("encoders").stdout
    assert b"office" in run_fewtext("corpora").stdout


def test_a_label_with_a_line_end_does_not_break_a_message_in_two(run_fewtext, write):
    support = write("s.jsonl", '{"text": "a b", "label": "one\\ntwo"}\n{"text": "c", "label": "one\\ntwo"}\n')
    done = run_fewtext("classify", "--support", support, "--query", QUERY)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"one\\ntwo" in done.stderr


@pytest.mark.processes
def test_closed_streams_are_no_traceback(tmp_path):
    command = f"{sys.executable} -m fewtext classify --support {SUPPORT} --query {QUERY} >&- 2> {tmp_path / 'said'}"
    done = subprocess.run(command, shell=True, cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"})
    assert done.returncode == 0 and "Traceback" not in (tmp_path / "said").read_text()


def test_more_neighbours_than_there_are_is_all_of_them(run_fewtext):
    done = run_fewtext("classify", "--support", SUPPORT, "--query", QUERY, "--explain", "3000000", "--format", "csv")
    assert done.returncode == 0 and 3 < done.stdout.split(b"\n")[0].count(b"nearest_") < 300
