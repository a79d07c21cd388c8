"""Grids: a benchmark as a TOML file, data and no code, and the cells that it spans."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Any

from fewtext.contracts.recipe import Range, Recipe
from fewtext.errors import FewtextError, InputError
from fewtext.training.plan import changed

TRACKS = ("full-way", "episodic", "open-set")
# The keys of a grid: what it is where it is not said, and whether a list of them spans cells.
_ONE: dict[str, Any] = {"track": "episodic", "queries": 15, "episodes": 600, "supports": 10, "unequal": False}
_MANY: dict[str, Any] = {
    "corpora": None, "folds": None, "encoders": None, "ways": 5, "shots": 1, "seeds": 0, "label_names": True,
    "transductive": False, "learners": None,
}  # fmt: skip
_LEAST = {"queries": 1, "episodes": 2, "supports": 2, "ways": 2, "seeds": 0}
_LEARNER = {"learner", "options", "name", "train"}


@dataclass(frozen=True)
class Cell:
    """One measurement: everything that its number depends on but the versions.

    ``name`` is what a table calls the learner. ``fold`` is of the episodic track, ``label_names`` of the others,
    ``transductive`` of the full-way track.
    ``train`` says how the learner is trained on the fold's other classes before: what differs from its recipe.
    """

    track: str
    corpus: str
    fold: str | None
    encoder: str | None
    ways: int | None
    shots: str
    queries: int | None
    episodes: int | None
    unequal: bool
    supports: int | None
    seed: int
    label_names: bool
    transductive: bool
    name: str
    learner: str
    options: dict[str, Any]
    train: dict[str, Any] | None

    def __str__(self) -> str:
        ways = f" {self.ways}-way" if self.ways else ""
        return (
            f"{self.name} on {'/'.join(filter(None, (self.corpus, self.fold)))}{ways} {self.shots}-shot ({self.track})"
        )

    @property
    def key(self) -> str:
        """A readable name of the cell, unlike any other's: what its files are called."""
        content = json.dumps(asdict(self), sort_keys=True)
        parts = (Path(self.corpus).name, self.fold, self.name, f"{self.shots}-shot")
        plain = "-".join(re.sub(r"[^a-z0-9]+", "-", str(part).lower()).strip("-")[:24] for part in parts if part)
        return f"{plain}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"


def read_grid(path: Path) -> list[Cell]:
    """Read a benchmark; raise ``InputError`` where a key is unknown, missing or of a wrong kind.

    The file is a table ``[[grid]]`` or several; what stands above them holds for all. Without any, it is one grid.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is no TOML: {error}", where=str(path)) from error
    grids = content.pop("grid", [{}])
    if not isinstance(grids, list) or not grids or not all(isinstance(grid, dict) for grid in grids):
        raise InputError("'grid' is no table", where=str(path), hint="write [[grid]] above each")
    cells: dict[str, Cell] = {}
    named: dict[str, Any] = {}
    for number, grid in enumerate(grids, 1):
        where = f"{path}: grid {number}" if len(grids) > 1 else str(path)
        for cell in _cells({**content, **grid}, set(grid) or set(content), where):
            cells.setdefault(cell.key, cell)
            what = cell.learner, cell.options, cell.train
            if named.setdefault(cell.name, what) != what:
                raise InputError(f"two learners called {cell.name!r}", where=where, hint='give one a name = "…"')
    return list(cells.values())


def _cells(grid: Mapping[str, Any], own: set[str], where: str) -> list[Cell]:
    known = {**_ONE, **_MANY}
    for key in grid:
        if key not in known:
            close = get_close_matches(key, known, n=1)
            hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
            raise InputError(f"unknown key {key!r}", where=where, hint=hint)
    one = {key: _checked(key, grid.get(key, default), where) for key, default in _ONE.items()}
    many = {key: _several(key, grid.get(key, default), where) for key, default in _MANY.items()}
    if one["track"] not in TRACKS:
        raise InputError(f"no track {one['track']!r}", where=where, hint=f"there are: {', '.join(TRACKS)}")
    episodic = one["track"] == "episodic"
    for key, of_episodic in {"folds": True, "ways": True, "queries": True, "episodes": True, "unequal": True,
                             "supports": False, "label_names": False, "transductive": False}.items():  # fmt: skip
        if key in own and (of_episodic is not episodic or key == "transductive" and one["track"] != "full-way"):
            raise InputError(f"{key!r} is not of the track {one['track']}", where=where, hint="leave it out")
    if many["corpora"] == [None] or many["learners"] == [None]:
        raise InputError("says no corpora, or no learners", where=where, hint='write corpora = ["office"]')
    learners = [_learner(spec, where) for spec in many["learners"]]
    if any(learner["train"] is not None for learner in learners) and many["folds"] == [None]:
        message = "a learner is trained on classes that it is not tried on"
        raise InputError(message, where=where, hint='say which: track = "episodic", folds = ["random_0"]')
    found = []
    axes = ("corpora", "folds", "encoders", "ways", "shots", "seeds", "label_names", "transductive")
    for values in itertools.product(*(many[axis] for axis in axes)):
        corpus, fold, encoder, ways, shots, seed, names, transductive = values
        if shots == "0" if episodic else not shots.isdigit():
            message = f"shots cannot be {shots!r} on the track {one['track']}"
            raise InputError(message, where=where, hint="write a number, 1 at least" if episodic else "write a number")
        found += [
            Cell(
                track=one["track"],
                corpus=corpus,
                fold=fold,
                encoder=encoder,
                ways=ways if episodic else None,
                shots=shots,
                queries=one["queries"] if episodic else None,
                episodes=one["episodes"] if episodic else None,
                unequal=one["unequal"],
                supports=None if episodic else one["supports"] if shots != "0" else 1,
                seed=seed,
                label_names=False if episodic else names,
                transductive=transductive and one["track"] == "full-way",
                **learner,
            )
            for learner in learners
        ]
    return found


def _several(key: str, value: Any, where: str) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise InputError(f"{key!r} is empty", where=where, hint="leave it out, or name one")
    return [_checked(key, each, where) for each in values]


def _checked(key: str, value: Any, where: str) -> Any:
    """Return a value of the kind that its key takes; shots as text, whether written 5 or "1-5"."""
    if value is None:  # not said, and there is no default
        return None
    if key == "shots":
        try:
            return "0" if str(value) == "0" else str(Range.parse(str(value)))
        except FewtextError as error:
            raise InputError(f"shots: {error.what}", where=where, hint=error.hint) from error
    kind = {"label_names": bool, "transductive": bool, "unequal": bool, "learners": dict}.get(
        key, int if key in _LEAST else str
    )
    if not value and kind is str or type(value) not in ((str, dict) if kind is dict else (kind,)):
        wanted = {bool: "true or false", int: "a number", str: "a text", dict: "a name or a table"}[kind]
        raise InputError(f"{key!r} cannot be {value!r}", where=where, hint=f"write {wanted}")
    if kind is int and not _LEAST[key] <= value < 2**63:
        raise InputError(f"{key!r} cannot be {value}", where=where, hint=f"{_LEAST[key]} is the least it can be")
    return value


def _learner(spec: str | dict[str, Any], where: str) -> dict[str, Any]:
    """Return a cell's fields on the learner: ``"protonet"``, or a table of learner, options, name and train.

    ``train`` is true, or a table of what differs from the learner's recipe.
    """
    table = {"learner": spec} if isinstance(spec, str) else spec
    options: Any = table.get("options", {})
    train: Any = table.get("train", False)
    train = {} if train is True else None if train is False else train
    if unknown := sorted(set(table) - _LEARNER):
        hint = f"known: {', '.join(sorted(_LEARNER))}"
        raise InputError(f"unknown key {unknown[0]!r} of a learner", where=where, hint=hint)
    if (
        not isinstance(table.get("learner"), str)
        or not isinstance(options, dict)
        or not isinstance(train, (dict, NoneType))
    ):
        hint = 'write { learner = "logistic", options = { C = 1 } }'
        raise InputError(f"{table!r} is no learner", where=where, hint=hint)
    given = {**options, **(train or {})}
    if odd := [key for key, value in given.items() if type(value) not in (bool, int, float, str)]:
        raise InputError(f"option {odd[0]!r} is no number, text, true or false", where=where)
    message = "".join(f" {key}={value}" for key, value in options.items())
    message += "" if train is None else ", trained" + "".join(f" {key}={value}" for key, value in train.items())
    name = table.get("name", Path(table["learner"]).name + message)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InputError(f"{name!r} is no name", where=where, hint="write some letters, in one line")
    try:
        changed(Recipe(), train or {})
    except FewtextError as error:
        raise InputError(f"train: {error.what}", where=where, hint=error.hint) from error
    return {"name": name, "learner": table["learner"], "options": options, "train": train}
