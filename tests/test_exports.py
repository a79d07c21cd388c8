"""Exports of annotation and chatbot tools: what each holds comes out, what is no example is set aside, all is said."""

import importlib
import json
import warnings
from pathlib import Path

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.exports.conversion import WRITERS, read_to_write
from fewtext.files.exports.recognise import read_examples_table
from fewtext.files.queries import read_queries
from fewtext.files.tables import read_table

with pytest.MonkeyPatch.context() as patch:
    patch.syspath_prepend(Path(__file__).parent.parent / "benchmarks")
    file_kinds = importlib.import_module("file_kinds")
CASES = file_kinds.export_cases.CASES
NEEDS = {"hugging-face": "datasets", "indicators": "pandas"}


def written(case, folder):
    for beginning, library in NEEDS.items():
        if case.name.startswith(beginning):
            pytest.importorskip(library)
    path = folder / case.name
    case.write(path, *file_kinds.writers())
    return path


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_export_gives_its_examples(tmp_path, case):
    assert file_kinds.fault_of(case, written(case, tmp_path)) == ""


@pytest.mark.parametrize("case", [case for case in CASES if not case.error], ids=lambda case: case.name)
def test_an_export_is_the_same_in_another_format(tmp_path, case):
    path = written(case, tmp_path)
    assert {kind: file_kinds.fault_of_conversion(case, path, kind, tmp_path) for kind in WRITERS} == dict.fromkeys(
        WRITERS, ""
    )


def json_lines(*rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def read(path, *columns, **options):
    """Return the pairs of a file and what was said."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FewtextWarning)
        examples = read_support(path, *columns, several=None, **options)
    return list(zip(examples.texts, examples.labels, strict=True)), "\n".join(str(one.message) for one in caught)


@pytest.mark.parametrize(
    "rows",
    [
        [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}],
        [{"text": "a", "label": ["x"]}, {"text": "b", "label": ["y", "z"]}],
        [{"text": "a", "label": "x", "answer": "42"}, {"text": "b", "label": "y", "answer": "accept"}],
        [{"id": 1, "text": "a", "label": "C#"}, {"id": 2, "text": "b", "label": "F#"}],
        [{"text": "a", "label": "x", "cats": {"x": 1}}],
        [{"data": "a", "label": "x"}],
        [{"text": "a", "label": "x", "urgent": 1, "spam": 0}],
    ],
)
def test_an_ordinary_file_is_read_as_ever(write, rows):
    path = write("s.jsonl", json_lines(*rows))
    assert read_examples_table(path, labelled=True) == read_table(path)


def test_questions_and_fields_keep_the_names_that_the_user_gives(write):
    def record(number, body, topic, tone):
        given = {"topic": [{"value": topic}], "tone": [{"value": tone}]}
        return {"id": number, "fields": {"title": "t", "body": body}, "responses": given, "status": "completed"}

    path = write("r.jsonl", json_lines(record(1, "broken", "hardware", ["calm"]), record(2, "late", "post", ["cross"])))
    assert read(path, "body", "topic")[0] == [("broken", "hardware"), ("late", "post")]
    assert read(path, "body", "tone")[0] == [("broken", ("calm",)), ("late", ("cross",))]
    with pytest.warns(FewtextWarning), pytest.raises(InputError, match="no column 'text' among 'title', 'body'"):
        read_support(path)


def test_choices_beside_other_repeated_columns_are_asked_for(write):
    header = "annotation_id,annotator,text,topic,source\n"
    path = write("p.csv", header + "".join(f"{n},1,text {n},{'ab'[n % 2]},mail\n" for n in range(4)))
    with pytest.warns(FewtextWarning), pytest.raises(InputError, match="parameter 'label_column'"):
        read_support(path)
    assert [label for _, label in read(path, None, "topic")[0]] == ["a", "b", "a", "b"]


def test_prodigy_keeps_what_more_than_half_of_the_annotators_accepted(write):
    def task(text, label, who):
        return {"text": text, "accept": [label], "options": [], "answer": "accept", "_session_id": who}

    rows = [task("one", label, who) for label, who in (("a", "x"), ("b", "y"), ("b", "z"))]
    pairs, said = read(write("s.jsonl", json_lines(*rows, task("two", "a", "x"), task("two", "a", "x"))))
    assert pairs == [("one", "b"), ("two", "a"), ("two", "a")]  # one annotator's repetition is the user's own
    assert "2 rows skipped: the text of line 1 again (line 2, 3)" in said


def test_where_two_formats_fit_the_line_names_both(write):
    row = {"text": "a", "_input_hash": 1, "answer": "accept", "id": 4, "label": ["x"]}
    _, said = read(write("s.jsonl", json_lines(row)))
    assert "read as Prodigy" in said and "it looks like doccano too" in said


@pytest.mark.parametrize(
    ("name", "content", "where"),
    [
        ("s.jsonl", '{"text": "a", "cats": {"x": 1}}\n{"text": "b"\n', "s.jsonl:2: not a JSON object"),
        ("s.jsonl", '{"text": "a", "cats": {"x": 1}}\n{"text": "b", "cats": {"x": 7}}\n', "s.jsonl:2: cats has '7'"),
        ("s.json", '[{"id": 1, "data": {"text": "a"}, "annotations": []}, 7]', "s.json:2: not a JSON object"),
        ("s.json", '[{"id": 1, "data": {"text": "a"}, "annotations": [3]}]', "s.json:1: a task of Label Studio"),
        ("s.json", '[{"id": 1,\n "data": }]', "s.json: is not JSON (Expecting value: line 2"),
        ("s.txt", "__label__a one\n__label__ two\n", "s.txt:2: __label__ without a label"),
        ("s.yml", "nlu:\n- intent: a\n", "s.yml:2: intent 'a' without examples"),
        ("s.yml", "nlu:\n- intent: a\n  examples: >\n    - b\n    - c\n", "s.yml:3: examples whose lines YAML joins"),
        ("s.yml", "nlu:\n- intent: [a\n", "is no YAML"),
        ("s.yml", "stories: []\n", "s.yml: has no list nlu"),
        ("s.csv", "text,a,b\none,1,0\n" * 1 + "two,0,1\n" * 60 + "three,0,7\n", "s.csv:63: '7' in column 'b'"),
        ("s.json", json.dumps([{"id": 1, "fields": {"text": "a"}, "responses": {"q": [7]}}]), "s.json:1: a response"),
    ],
)
def test_a_broken_row_of_an_export_is_an_error_that_names_it(write, name, content, where):
    with pytest.raises(InputError) as error:
        read_support(write(name, content), several=None)
    assert where in str(error.value)


def test_yaml_makes_nothing_but_words(write, tmp_path):
    made = tmp_path / "made"
    content = f"nlu:\n- intent: !!python/object/apply:os.mkdir ['{made}']\n  examples: |\n    - a\n"
    with pytest.raises(InputError, match=r"s\.yml:2: a list"):
        read_support(write("s.yml", content))
    assert not made.exists()
    said = write("t.yml", "nlu:\n- intent: no\n  examples: |\n    - nope\n- intent: 1.0\n  examples: |\n    - one\n")
    assert read(said)[0] == [("nope", "no"), ("one", "1")]


def test_a_number_beyond_the_names_of_a_class_is_an_error(tmp_path):
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    features = {"label": {"names": ["a", "b"], "_type": "ClassLabel"}}
    about = {"huggingface": json.dumps({"info": {"features": features}})}
    path = tmp_path / "s.parquet"
    table = arrow.table({"text": ["one", "two"], "label": [1, 2]}).replace_schema_metadata(about)
    parquet.write_table(table, path)
    with pytest.warns(FewtextWarning), pytest.raises(InputError, match=r"s\.parquet:2: 2 in column 'label'"):
        read_support(path)


def test_texts_of_an_export_are_queries_whatever_the_annotator_said(write):
    rows = [{"text": "a", "_task_hash": 1, "answer": "reject"}, {"text": "b", "_task_hash": 2, "answer": "accept"}]
    with pytest.warns(FewtextWarning, match="read as Prodigy: 2 rows$"):
        assert read_queries(write("q.jsonl", json_lines(*rows))).texts == ["a", "b"]


def test_rows_about_one_text_and_a_label_each_are_joined(write):
    rows = [{"text": "a", "label": own, "_input_hash": 1, "answer": "accept"} for own in ("x", "y")]
    examples, said = read(write("s.jsonl", json_lines(*rows)))
    assert examples == [("a", ("x", "y"))] and "the text of line 1 again (line 2)" in said


@pytest.mark.parametrize(
    ("kind", "rows", "note"),
    [
        ("fasttext", [{"text": "a\nb", "label": "x y"}], "spaces in 1 label are written as _"),
        ("fasttext", [{"text": "a\nb", "label": "x"}], "line breaks and repeated spaces in 1 text"),
        ("fasttext", [{"text": "a", "label": "x"}, {"text": "b", "label": None}], "left out: 1 text without a label"),
        ("rasa", [{"text": "a", "label": ["x", "y"]}], "several labels of 1 text are one intent, joined by +"),
        ("rasa", [{"text": "a [b](c)", "label": "x"}], "brackets in 1 text are read as entities"),
        ("rasa", [{"text": "a", "label": "x", "agent": 7}], "columns left out: agent"),
        ("csv", [{"text": "a", "label": ["x"]}, {"text": "b", "label": []}], "1 text with none of the labels"),
    ],
)
def test_what_a_format_has_no_place_for_is_said(write, run_fewtext, tmp_path, kind, rows, note):
    done = run_fewtext("convert", write("s.jsonl", json_lines(*rows)), tmp_path / "out", "--to", kind)
    assert done.returncode == 0 and note in done.stderr.decode()


def test_labels_that_become_one_are_an_error_and_leave_the_file_as_it_was(write, run_fewtext):
    path = write("s.jsonl", json_lines({"text": "a", "label": "x y"}, {"text": "b", "label": "x_y"}))
    kept = write("old.ft", "as it was")
    done = run_fewtext("convert", path, kept)
    assert done.returncode == 1 and "two labels differ in spaces alone" in done.stderr.decode()
    assert kept.read_text() == "as it was"


def test_the_format_is_told_by_the_suffix_or_asked_for(write, run_fewtext, tmp_path):
    path = write("s.csv", "text,label,agent\nhello,greet,7\nbye,leave,8\n")
    assert run_fewtext("convert", path, tmp_path / "nlu.yml").returncode == 0
    assert read(tmp_path / "nlu.yml")[0] == [("hello", "greet"), ("bye", "leave")]
    done = run_fewtext("convert", path, tmp_path / "out.json")
    assert done.returncode == 1 and "add --to, one of csv, jsonl, label-studio" in done.stderr.decode()
    assert run_fewtext("convert", path, path).returncode == 1


def test_texts_alone_become_tasks_to_label(write, run_fewtext, tmp_path):
    done = run_fewtext("convert", write("q.txt", "one\ntwo\n"), tmp_path / "t.json", "--to", "label-studio")
    assert done.returncode == 0 and "2 texts, 0 with labels" in done.stderr.decode()
    tasks = json.loads((tmp_path / "t.json").read_text())
    assert [(task["data"], task["annotations"]) for task in tasks] == [({"text": "one"}, []), ({"text": "two"}, [])]


def test_rejected_rows_are_not_converted(write):
    path = write("s.csv", "text,label,status\none,a,\ntwo,b,rejected\nthree,,\n")
    content, left = read_to_write(path)
    assert [one.text for one in content.examples] == ["one", "three"]
    assert left == {"marked rejected in column 'status'": 1}


def test_a_command_takes_an_export(write, run_fewtext):
    rows = [
        {"text": f"{word} {n}", "cats": {"x": word == "cat", "y": word == "dog"}}
        for word in ("cat", "dog")
        for n in range(3)
    ]
    path = write("s.jsonl", json_lines(*rows))
    done = run_fewtext(
        "classify", "--support", path, "--query", write("q.txt", "cat\ndog\n"), "--encoder", "tfidf", "--format", "csv"
    )
    assert [line.split(",")[1] for line in done.stdout.decode().splitlines()[1:]] == ["x", "y"]
    assert "read as spaCy: 6 rows; one label a text from 'cats'" in done.stderr.decode()


ODD = [None, 7, "x", "", [], {}, [None], ["a"], {"a": 1}, True, 1.5, [["a"]], [{}]]


def places(value, path=()):
    """Yield where each value stands in a document."""
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        yield (*path, key)
        yield from places(child, (*path, key))


@pytest.mark.parametrize("case", [case for case in CASES if ".json" in case.name], ids=lambda case: case.name)
def test_no_value_in_the_wrong_place_makes_the_reader_fall(tmp_path, case):
    path = written(case, tmp_path)
    whole = path.suffix == ".json"
    rows = json.loads(path.read_text()) if whole else [json.loads(line) for line in path.read_text().splitlines()]
    for number, place in enumerate(places(rows)):
        changed = json.loads(json.dumps(rows))
        holder = changed
        for key in place[:-1]:
            holder = holder[key]
        holder[place[-1]] = ODD[number % len(ODD)]
        path.write_text(json.dumps(changed) if whole else json_lines(*changed))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for call in (lambda: read_support(path, several=None), lambda: read_to_write(path)):
                try:
                    call()
                except InputError as error:
                    assert "\n" not in str(error) and case.name in str(error)
