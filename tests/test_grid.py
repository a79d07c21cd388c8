"""A benchmark is a TOML file: the cells that it spans, and the errors where it is wrong."""

import json
from dataclasses import asdict

import pytest

from fewtext.benchmark.grid import read_grid
from fewtext.errors import FewtextError

LEAST = 'corpora = "office"\nlearners = "protonet"\n'


def read(write, content):
    return read_grid(write("bench.toml", content))


def test_lists_span_cells_learners_innermost(write):
    cells = read(write, 'corpora = ["a", "b"]\nshots = [1, "1-5"]\nlearners = ["protonet", "ridge"]\n')
    assert [(c.corpus, str(c.shots), c.learner) for c in cells][:3] == [
        ("a", "1", "protonet"), ("a", "1", "ridge"), ("a", "1-5", "protonet"),
    ]  # fmt: skip
    assert len(cells) == len({cell.key for cell in cells}) == 8
    assert (cells[0].track, cells[0].ways, cells[0].queries, cells[0].episodes, cells[0].seed) == (
        "episodic", 5, 15, 600, 0,
    )  # fmt: skip


def test_keys_above_the_grids_apply_to_all(write):
    cells = read(
        write,
        LEAST + '[[grid]]\nseeds = [0, 1]\n[[grid]]\ntrack = "full-way"\nshots = 0\n',
    )
    assert [(cell.track, cell.seed, cell.supports) for cell in cells] == [
        ("episodic", 0, None), ("episodic", 1, None), ("full-way", 0, 1),
    ]  # fmt: skip


def test_one_cell_that_two_grids_span_is_measured_once(write):
    assert len(read(write, LEAST + "[[grid]]\nshots = [1, 5]\n[[grid]]\nshots = 5\n")) == 2


def test_a_learner_is_a_name_or_a_table(write):
    learners = (
        '[{ learner = "logistic", options = { C = 1 } }, { learner = "maml", train = { steps = 9 }, name = "M" }]'
    )
    first, second = read(write, f'corpora = "office"\nfolds = "random_0"\nlearners = {learners}\n')
    assert (first.name, first.options, first.train) == ("logistic C=1", {"C": 1}, None)
    assert (second.name, second.options, second.train) == ("M", {}, {"steps": 9})


def test_keys_depend_on_everything(write):
    keys = [read(write, LEAST + more)[0].key for more in ("", "queries = 5\n", "ways = 4\n", 'encoders = "x"\n')]
    assert len(set(keys)) == 4 and all(key.startswith("office-protonet-1-shot-") for key in keys)
    assert keys[0] == read(write, LEAST)[0].key
    json.dumps(asdict(read(write, LEAST)[0]))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('learners = "protonet"\n', "names no corpora, or no learners"),
        (LEAST + "episode = 5\n", "unknown key 'episode'; did you mean episodes"),
        (LEAST + "shots = true\n", "shots: 'True' is not a number or range; write 5 or 1-5"),
        (LEAST + "shots = []\n", "'shots' is empty"),
        (LEAST + "shots = 0\n", "shots cannot be 0 on the track episodic"),
        (LEAST + 'shots = "5-1"\n', "'5-1' ends below its start"),
        (LEAST + "ways = 1\n", "'ways' cannot be 1; give 2 or more"),
        (LEAST + "seeds = -1\n", "'seeds' cannot be -1"),
        (LEAST + 'episodes = "many"\n', "'episodes' cannot be 'many'; write a whole number"),
        (LEAST + 'track = "sideways"\n', "no track 'sideways'; there are: full-way, episodic, open-set"),
        (LEAST + 'track = "full-way"\nfolds = "random_0"\n', "the track full-way has no key 'folds'"),
        (LEAST + "label_names = false\n", "the track episodic has no key 'label_names'"),
        (LEAST + "shots = 1.5\n", "shots: '1.5' is not a number or range"),
        (
            'corpora = "a"\nfolds = "f"\nlearners = { learner = "x", train = { step = 3 } }\n',
            "a recipe has no field 'step'",
        ),
        (
            'corpora = "a"\nlearners = { learner = "x", name = "a\\nb" }\n',
            "cannot be a name; write printable",
        ),
        (LEAST + "grid = 3\n", "'grid' is not a table; write [[grid]]"),
        (LEAST + "[[grid]]\n[[grid]]\nwhat = 1\n", "bench.toml: grid 2: unknown key 'what'"),
        ('corpora = "a"\nlearners = { name = "x" }\n', "is not a learner"),
        ('corpora = "a"\nlearners = { learner = "x", option = 3 }\n', "unknown key 'option' of a learner"),
        ('corpora = "a"\nlearners = { learner = "x", options = { a = [1] } }\n', "option 'a' is not a number"),
        ('corpora = "a"\nlearners = { learner = "x", train = true }\n', "no fold says on which classes"),
        ('corpora = "a"\nlearners = ["x", { learner = "y", name = "x" }]\n', "two learners called 'x'"),
        ("corpora = [\n", "is not valid TOML"),
    ],
)
def test_an_error_names_the_file(write, content, message):
    with pytest.raises(FewtextError) as error:
        read(write, content)
    assert message in str(error.value) and "bench.toml" in str(error.value)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(FewtextError, match="cannot be read"):
        read_grid(tmp_path / "no.toml")
