"""Labels keep their type: what a file gives as text is read as the labels that were fitted in Python."""

from enum import Enum

import pytest

import fewtext
from fewtext import FewShotClassifier, FewtextError
from fewtext.contracts.label_types import typed_like

TEXTS = [f"{colour} {kind}" for colour in "red green old big new fast".split() for kind in ("apple", "car")]


class Topic(Enum):
    FRUIT = 1
    VEHICLE = 2


class Shape(Enum):
    ROUND = (1, 2)
    SQUARE = (3, 4)


@pytest.mark.parametrize(
    ("classes", "written", "read"),
    [
        ([1, 2], ["1", "+2", " 3", "3.0", "-4"], [1, 2, 3, 3, -4]),
        ([1.5, 2.0], ["1.5", "2", "1e3"], [1.5, 2.0, 1000.0]),
        ([False, True], ["True", "false", "TRUE"], [True, False, True]),
        (["1", "2"], ["1", "x"], ["1", "x"]),
        ([1, 2], [("1", "2"), (), None, 3], [(1, 2), (), None, 3]),
    ],
)
def test_written_labels_are_read_as_the_classifiers(classes, written, read):
    found = typed_like(classes, written)
    assert found == read and list(map(type, found)) == list(map(type, read))


@pytest.mark.parametrize(
    ("classes", "written", "message"),
    [
        ([1, 2], ["1", "one", "2.5", "1_0"], "are whole numbers, and here is 'one', '2.5', '1_0'; write"),
        ([1.5, 2.0], ["nan", "1_0", "x"], "are numbers, and here is 'nan', '1_0', 'x'"),
        ([False, True], ["1", "yes"], "are True and False, and here is '1', 'yes'"),
        ([1, 2], [("1", "b")], "whole numbers, and here is 'b'"),
    ],
)
def test_labels_written_otherwise_are_an_error(classes, written, message):
    with pytest.raises(FewtextError, match=message):
        typed_like(classes, written)


def model_of(labels, folder):
    model = FewShotClassifier(encoder="tfidf", learner="protonet", label_names=False).fit(TEXTS, labels)
    model.save(folder)
    return model


@pytest.mark.parametrize(
    "kinds", [(1, 2), (1.5, 7.0), (False, True), ("fruit", "vehicle"), (Topic.FRUIT, Topic.VEHICLE)]
)
def test_labels_keep_their_type_through_a_folder_and_the_commands(kinds, run_fewtext, write, tmp_path):
    model = model_of(list(kinds) * 6, tmp_path / "m")
    plain = [kind.value if isinstance(kind, Enum) else kind for kind in kinds]
    assert fewtext.load(tmp_path / "m").classes_.tolist() == model.classes_.tolist() == plain
    queries = write("q.csv", "text\nmy apple\nthe car\n")
    done = run_fewtext("classify", "--model", str(tmp_path / "m"), "--query", str(queries))
    written = [line.split(",")[1] for line in done.stdout.decode().splitlines()[1:]]
    assert written == list(map(str, plain)), "a csv has what was fitted"
    labelled = write("more.csv", "".join(f"{line}\n" for line in ["text,label", *zip_rows(written)]))
    scored = run_fewtext("score", "--model", str(tmp_path / "m"), "--test", str(labelled), "--format", "json")
    assert scored.returncode == 0 and b'"accuracy": 1.0' in scored.stdout, scored.stdout + scored.stderr
    added = run_fewtext("add", str(labelled), "--model", str(tmp_path / "m"))
    assert added.returncode == 0, added.stderr
    again = fewtext.load(tmp_path / "m")
    assert again.classes_.tolist() == plain and list(map(type, again.classes_.tolist())) == list(map(type, plain))
    assert again.model_.n_examples_ == 14
    removed = run_fewtext("remove", str(labelled), "--model", str(tmp_path / "m"))
    assert removed.returncode == 0 and fewtext.load(tmp_path / "m").model_.n_examples_ == 12, removed.stderr


def zip_rows(labels):
    return [f"{text},{label}" for text, label in zip(["blue apple", "blue car"], labels, strict=True)]


def test_a_new_label_of_another_type_is_an_error_that_names_the_file(run_fewtext, write, tmp_path):
    model_of([1, 2] * 6, tmp_path / "m")
    more = write("more.csv", "text,label\na boat,ship\n")
    done = run_fewtext("add", str(more), "--model", str(tmp_path / "m"))
    assert done.returncode == 1
    assert f"{more}: the labels of the classifier are whole numbers, and here is 'ship'" in done.stderr.decode()
    write("more.csv", "text,label\na boat,3\n")
    assert run_fewtext("add", str(more), "--model", str(tmp_path / "m")).returncode == 0
    assert fewtext.load(tmp_path / "m").classes_.tolist() == [1, 2, 3]


def test_several_labels_a_text_are_numbers_too(run_fewtext, write, tmp_path):
    model_of([[1], [2]] * 6, tmp_path / "m")
    more = write("more.csv", "text,label\na boat,2|3\na ship,3\n")
    assert run_fewtext("add", str(more), "--model", str(tmp_path / "m")).returncode == 0
    assert fewtext.load(tmp_path / "m").classes_.tolist() == [1, 2, 3]


def test_a_member_of_an_enumeration_stands_for_its_value(toy_encoder):
    model = FewShotClassifier(encoder=toy_encoder, label_names=False)
    model.fit(TEXTS, [Topic.FRUIT, Topic.VEHICLE] * 6)
    assert Topic(model.predict(["my apple"])[0]) is Topic.FRUIT and model.score(TEXTS, [Topic(1), Topic(2)] * 6) == 1.0
    with pytest.raises(FewtextError, match="a label of type Shape; its value is no string or number.*label.name"):
        model.fit(TEXTS, [Shape.ROUND, Shape.SQUARE] * 6)
