"""The contract of a tracker, one named check per clause, for plugin authors to run on theirs.

::

    from fewtext.testing import tracker_checks

    @tracker_checks(Lines)
    def test_lines(check):
        check()
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from fewtext.contracts.tracker import Tracker
from fewtext.errors import listed
from fewtext.testing.kit import Checks, checks_of, parametrized
from fewtext.testing.no_network import no_network

SETTINGS = {"learner": "protonet", "options": {"distance": "cosine"}, "seed": 0, "ways": [5, 5], "note": None}
METRICS = {"loss": 0.5, "gradient_norm": 1.0, "valid_accuracy": 0.25}


@dataclass(frozen=True)
class TrackerCase:
    """A tracker under test, in a run's folder made for it."""

    kind: type[Tracker]

    @contextmanager
    def run(self) -> Iterator[Path]:
        """Yield the folder of a run that has files of its own, without network."""
        with TemporaryDirectory() as parent, no_network():
            folder = Path(parent, "run")
            folder.mkdir()
            (folder / "settings.json").write_text("{}", encoding="utf-8")
            yield folder


def check_has_a_name(case: TrackerCase) -> None:
    """A tracker has a name that can be one of a folder."""
    name = case.kind.name
    assert isinstance(name, str) and name and Path(name).name == name, f"{name!r} cannot be the name of a folder"


def check_logs_a_run_and_closes(case: TrackerCase) -> None:
    """It takes the settings of a run as JSON types, metrics step by step, and is closed once."""
    with case.run() as folder:
        tracker = case.kind(folder, SETTINGS)
        for step in (0, 1, 2):
            tracker.log(step, METRICS)
        tracker.close()


def check_writes_into_its_own_folder(case: TrackerCase) -> None:
    """Whatever it writes into the run's folder is in a subfolder of its own name; the run's files stay."""
    with case.run() as folder:
        _log(case, folder, 1)
        others = sorted(path.name for path in folder.iterdir() if path.name not in (case.kind.name, "settings.json"))
        assert not others, f"it wrote {listed(others)} beside its folder {case.kind.name}"
        assert (folder / "settings.json").read_text(encoding="utf-8") == "{}", "it changed a file of the run"


def check_closes_an_empty_run(case: TrackerCase) -> None:
    """A run that is interrupted before its first step is closed as well."""
    with case.run() as folder:
        case.kind(folder, SETTINGS).close()


def check_resumes_in_the_same_folder(case: TrackerCase) -> None:
    """A resumed run passes the same folder, and may log a step again."""
    with case.run() as folder:
        _log(case, folder, 2)
        _log(case, folder, 2)


def check_takes_numbers_that_are_not_finite(case: TrackerCase) -> None:
    """A loss that is NaN or infinite is logged or left out, and ends no run."""
    with case.run() as folder:
        tracker = case.kind(folder, SETTINGS)
        tracker.log(1, {"loss": math.nan, "gradient_norm": math.inf})
        tracker.close()


def check_changes_nothing_that_it_is_given(case: TrackerCase) -> None:
    """Settings and metrics are the run's: it adds nothing to them."""
    with case.run() as folder:
        settings, metrics = dict(SETTINGS), dict(METRICS)
        tracker = case.kind(folder, settings)
        tracker.log(1, metrics)
        tracker.close()
        assert (settings, metrics) == (SETTINGS, METRICS), "it changed the settings or the metrics that it was given"


def may_print_nothing(case: TrackerCase) -> None:
    """The command's output is the user's: a tracker prints nothing of its own."""
    printed = io.StringIO()
    with case.run() as folder, redirect_stdout(printed), redirect_stderr(printed):
        _log(case, folder, 1)
    assert not printed.getvalue().strip(), f"it printed {printed.getvalue().strip().splitlines()[0]!r:.80}"


def _log(case: TrackerCase, folder: Path, steps: int) -> None:
    tracker = case.kind(folder, SETTINGS)
    for step in range(steps):
        tracker.log(step, METRICS)
    tracker.close()


TRACKER_CHECKS: Checks[TrackerCase] = checks_of(globals())


def tracker_checks(kind: type[Tracker]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Parametrize a test over every check of a tracker."""
    return parametrized(TRACKER_CHECKS, [("", TrackerCase(kind))])
