"""The kits of backbones, corpora, tuners, trackers and commands: ours keep them, and each clause catches a breach."""

import socket
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from fewtext_plugins.contrastive import Contrastive
from fewtext_plugins.tensorboard import TensorBoard
from torch import nn

from fewtext.api import Backbone, Corpus, Items, Tracker, Tuner
from fewtext.learners import backbones
from fewtext.registry import discovery
from fewtext.testing import (
    BACKBONE_CHECKS,
    COMMAND_CHECKS,
    CORPUS_CHECKS,
    TRACKER_CHECKS,
    TUNER_CHECKS,
    BackboneCase,
    CommandCase,
    CorpusCase,
    Excused,
    TrackerCase,
    TunerCase,
    backbone_checks,
    command_checks,
    corpus_checks,
    tracker_checks,
    tuner_checks,
)
from fewtext.testing.kit import clause_of, run, tier_of
from fewtext.testing.no_network import no_network


def named(checks):
    return {clause_of(check): check for check in checks}


@backbone_checks(backbones.Mlp)
def test_the_mlp_keeps_the_contract(check):
    check()


@corpus_checks(discovery.corpus("office"))
def test_the_office_corpus_keeps_the_contract(check):
    check()


@tuner_checks(Contrastive)
def test_the_contrastive_tuner_keeps_the_contract(check):
    check()


@tracker_checks(TensorBoard)
def test_tensorboard_keeps_the_contract(check):
    pytest.importorskip("tensorboard")
    check()


class Straight(Backbone):
    """A linear map, written so that a subclass can get one clause wrong."""

    name = "straight"

    def __init__(self, shape, *, size: int = 8):
        super().__init__(shape)
        if len(shape) != 1:
            raise ValueError("it takes vectors")
        self.features, self.map = size, nn.Linear(shape[0], size)

    def forward(self, x):
        return self.map(x)


class TakesAnything(Straight):
    def __init__(self, shape, **options):
        super().__init__(shape)


class TakesNothing(Straight):
    def __init__(self, shape):
        raise ValueError("no")


class SaysAnotherLength(Straight):
    def __init__(self, shape):
        super().__init__(shape)
        self.features = 9


class NormalisesByTheBatch(Straight):
    def forward(self, x):
        z = self.map(x)
        return z - z.mean(0)


class Loops(Straight):
    def forward(self, x):
        return torch.stack([self.map(row) for row in x]) if float(x.sum()) else self.map(x)


class Drops(Straight):
    def forward(self, x):
        return self.map(x) * (torch.rand(1) + 0.5)


class Detaches(Straight):
    def forward(self, x):
        return self.map(x).detach() + self.map.bias


class Hides(Straight):
    def __init__(self, shape):
        super().__init__(shape)
        self.secret = torch.rand(1, dtype=torch.float64)

    def forward(self, x):
        return self.map(x) * self.secret


class Counts(Straight):
    made = 0

    def __init__(self, shape):
        super().__init__(shape)
        Counts.made += 1
        self.number = Counts.made

    def forward(self, x):
        return self.map(x) * self.number


BACKBONES = [
    (TakesAnything, "options_are_declared"),
    (TakesNothing, "takes_vectors_or_images"),
    (SaysAnotherLength, "embeds_each_row_to_a_vector"),
    (NormalisesByTheBatch, "rows_do_not_see_each_other"),
    (Loops, "vmap_equals_the_loop"),
    (Drops, "asking_twice_gives_one_answer"),
    (Detaches, "gradients_reach_every_parameter"),
    (Hides, "survives_a_state_dict_round_trip"),
    (Counts, "same_seed_same_weights"),
]


def items(*texts):
    return Items(list(texts), [f"label {i % 2}" for i, _ in enumerate(texts)])


def doors(**changes):
    readers = {"train": lambda: items("open", "close"), "test": lambda: items("ajar", "shut")}
    facts = {"name": "doors", "modality": "text", "description": "two", "licence": "Apache-2.0", "citation": "none"}
    return Corpus(**{**facts, "readers": readers, **changes})


def downloads():
    import urllib.request

    urllib.request.urlopen("http://192.0.2.1/")


readings = iter(range(100))
CORPORA = [
    ({"modality": "sound"}, "says_what_it_is"),
    ({"licence": " "}, "has_a_licence_and_a_citation"),
    ({"readers": {"train": downloads}}, "reads_without_network"),
    ({"readers": {"train": lambda: Items(["a", "b"], ["same", "same"])}}, "labels_are_names"),
    ({"readers": {"train": lambda: items(f"{next(readings)}", "b")}}, "reads_the_same_twice"),
    ({"out_of_scope": ("oos",)}, "out_of_scope_splits_exist"),
    ({"readers": {"train": lambda: items("a", "b"), "test": lambda: items("b", "c")}}, "splits_be_disjoint"),
]


class Nudges(Tuner):
    """Adds to every weight, written so that a subclass can get one clause wrong."""

    name = "nudges"

    def __init__(self, *, by: float = 0.1):
        self.by = by

    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        for step in (1, 2):
            if progress:
                progress(step, 2)
        weights = {name: w.detach() + self.by * (1 + w) for name, w in encoder.trainable().named_parameters()}
        return encoder.with_weights(weights)


class TakesOptionsByPlace(Nudges):
    def __init__(self, by=0.1):
        self.by = by


class ReturnsNothing(Nudges):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        super().tune(encoder, texts, y)


class TrainsInPlace(Nudges):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        encoder._use(encoder._weight + 1)
        return encoder


class LearnsNothing(Nudges):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        return encoder


class RollsDice(Nudges):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        self.by = float(torch.rand(1))
        return super().tune(encoder, texts, y)


class Overshoots(Nudges):
    def tune(self, encoder, texts, y, *, seed=0, progress=None):
        if progress:
            progress(3, 2)
        return super().tune(encoder, texts, y)


TUNERS = [
    (TakesOptionsByPlace, "options_are_declared"),
    (ReturnsNothing, "returns_an_encoder_of_the_same_shape"),
    (TrainsInPlace, "leaves_the_given_encoder_unchanged"),
    (LearnsNothing, "learns_something"),
    (RollsDice, "same_seed_same_encoder"),
    (RollsDice, "leaves_the_random_state_unchanged"),
    (Overshoots, "progress_ends_at_the_total"),
]


class Lines(Tracker):
    """Writes a line a step, written so that a subclass can get one clause wrong."""

    name = "lines"

    def __init__(self, folder, settings):
        self.folder = folder / self.name
        self.folder.mkdir(exist_ok=True)
        self.written = 0

    def log(self, step, metrics):
        with open(self.folder / "lines.txt", "a") as file:
            self.written += file.write(f"{step} {sorted(metrics.items())}\n")


class NamedAPath(Lines):
    name = "a/b"


class NeedsOnlySettings(Lines):
    def __init__(self, settings):
        pass


class WritesBeside(Lines):
    def log(self, step, metrics):
        (self.folder.parent / "lines.txt").write_text("beside")


class NeedsAStep(Lines):
    def close(self):
        1 / self.written


class StartsOnce(Lines):
    def __init__(self, folder, settings):
        self.folder, self.written = folder / self.name, 0
        self.folder.mkdir()


class WantsWholeNumbers(Lines):
    def log(self, step, metrics):
        super().log(step, {name: round(value) for name, value in metrics.items()})


class AddsTheStep(Lines):
    def log(self, step, metrics):
        metrics["step"] = step


class Talks(Lines):
    def log(self, step, metrics):
        print(f"step {step}")


TRACKERS = [
    (NamedAPath, "has_a_name"),
    (NeedsOnlySettings, "logs_a_run_and_closes"),
    (WritesBeside, "writes_into_its_own_folder"),
    (NeedsAStep, "closes_an_empty_run"),
    (StartsOnce, "resumes_in_the_same_folder"),
    (WantsWholeNumbers, "takes_numbers_that_are_not_finite"),
    (AddsTheStep, "changes_nothing_that_it_is_given"),
    (Talks, "print_nothing"),
]


@pytest.mark.parametrize(
    ("checks", "case", "right", "wrong", "clause"),
    [
        *((BACKBONE_CHECKS, BackboneCase, Straight, kind, clause) for kind, clause in BACKBONES),
        *((TUNER_CHECKS, TunerCase, Nudges, kind, clause) for kind, clause in TUNERS),
        *((TRACKER_CHECKS, TrackerCase, Lines, kind, clause) for kind, clause in TRACKERS),
        *((CORPUS_CHECKS, CorpusCase, doors(), doors(**changes), clause) for changes, clause in CORPORA),
    ],
)
def test_a_broken_clause_is_caught(checks, case, right, wrong, clause):
    check = named(checks)[clause]
    assert run(check, [("", case(right))]).outcome == "holds"
    result = run(check, [("", case(wrong))])
    assert result.outcome == "fails" and result.message, result


def test_a_fold_has_every_class_in_one_part(card):
    from fewtext.api import read_card

    csv = "text,label\n" + "".join(f"{label} {n},{label}\n" for label in "abcdef" for n in range(2))
    fold = {"train": ["a", "b"], "valid": ["c", "d"], "test": ["e", "f"]}
    check = named(CORPUS_CHECKS)["folds_partition_the_classes"]
    for test, outcome in ((["e", "f"], "holds"), (["e"], "fails"), (["e", "f", "a"], "fails")):
        folder = card('folds = "folds.json"', files={"train.csv": csv}, folds={"one": {**fold, "test": test}})
        corpus = read_card(Path(folder, "card.toml"))
        assert run(check, [("", CorpusCase(corpus))]).outcome == outcome, test


def test_data_that_are_not_here_excuse_a_corpus():
    from fewtext.errors import InputError

    def missing():
        raise InputError("is not here", hint="fetch it")

    check = named(CORPUS_CHECKS)["reads_without_network"]
    with pytest.raises(Excused, match="its data are not here: is not here; fetch it"):
        check(CorpusCase(doors(readers={"train": missing})))


COMMANDS = {
    "good": ("", 'app.command(name="hello")(hello)'),
    "registers_commands": ("", "pass"),
    "prints_nothing_at_import": ("print('loaded')", 'app.command(name="hello")(hello)'),
    "imports_nothing_heavy": ("import torch", 'app.command(name="hello")(hello)'),
    "sets_nothing_before_every_command": ("", 'app.callback()(hello); app.command(name="hello")(hello)'),
    "each_command_have_help": ("", 'app.command(name="hello")(lambda: None)'),
}


@pytest.fixture
def commands(tmp_path, monkeypatch):
    """Return a function that writes a module of commands and returns what registers them."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(name):
        before, body = COMMANDS[name]
        code = f'{before}\ndef hello():\n    """Say hello."""\ndef register_commands(app):\n    {body}\n'
        (tmp_path / f"made_{name}.py").write_text(code)
        register = ModuleType("made")
        register.__module__, register.__name__ = f"made_{name}", "register_commands"
        return register

    return written


@pytest.mark.processes
@pytest.mark.parametrize("clause", [clause for clause in COMMANDS if clause != "good"])
def test_a_broken_clause_of_commands_is_caught(commands, clause):
    check = named(COMMAND_CHECKS)[clause]
    check(CommandCase(commands("good")))
    with pytest.raises(AssertionError):
        check(CommandCase(commands(clause)))


@pytest.mark.processes
def test_a_commands_start_up_cost_is_reported(commands):
    notes = CommandCase(commands("good")).notes()
    assert notes["commands"] == ["hello"] and notes["ms to start"] > 0


def test_every_check_is_shown_to_fail():
    shown = {*(clause for _, clause in BACKBONES + CORPORA + TUNERS + TRACKERS), *COMMANDS}
    kits = (BACKBONE_CHECKS, CORPUS_CHECKS, TUNER_CHECKS, TRACKER_CHECKS, COMMAND_CHECKS)
    assert {clause_of(check) for kit in kits for check in kit} - shown == {"folds_partition_the_classes"}


def test_advice_is_told_from_what_must_hold():
    tiers = {clause_of(check): tier_of(check) for check in TRACKER_CHECKS}
    assert tiers["print_nothing"] == "may" and tiers["has_a_name"] == "must"


@pytest.mark.processes
def test_the_kits_need_no_pytest():
    code = "import sys; sys.modules['pytest'] = None; import fewtext.testing.kits"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_commands_have_a_mark_for_pytest_too():
    mark = command_checks(lambda app: None)
    assert [param.id for param in mark.args[1]] == [clause_of(check) for check in COMMAND_CHECKS]


def test_a_socket_that_is_a_file_is_no_network(tmp_path):
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client, no_network() as asked:
        server.bind(str(tmp_path / "s"))
        server.listen()
        client.connect(str(tmp_path / "s"))
        assert not asked
        with socket.socket() as other, pytest.raises(OSError, match="no network during a check"):
            other.connect(("127.0.0.1", 9))
        assert asked
