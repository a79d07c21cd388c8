"""Grids: a benchmark as a TOML file, and the cells that it spans."""

from __future__ import annotations

import hashlib
import itertools
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import NoneType
from typing import Any

from fewtext.contracts.recipe import Range, Recipe
from fewtext.errors import FewtextError, InputError, did_you_mean
from fewtext.evaluation.episodic import Tasks
from fewtext.evaluation.full_way import Supports
from fewtext.training.plan import changed

TRACKS = ("full-way", "episodic", "open-set")
# The keys of a grid with their defaults: those of one value each, and those of which a list spans cells.
_ONE: dict[str, Any] = {"track": "episodic", "queries": 15, "episodes": 600, "supports": 10, "unequal": False}
_MANY: dict[str, Any] = {
    "corpora": None, "folds": None, "encoders": None, "ways": 5, "shots": 1, "seeds": 0, "label_names": True,
    "transductive": False, "learners": None,
}  # fmt: skip
_LEAST = {"queries": 1, "episodes": 2, "supports": 2, "ways": 2, "seeds": 0}
_LEARNER = {"learner", "options", "name", "train"}


@dataclass(frozen=True)
class Cell:
    """One measurement: everything that its result depends on but the versions of libraries.

    ``name`` is what a table calls the learner. ``fold`` belongs to the episodic track, ``label_names`` to the others,
    ``transductive`` to the full-way track. ``train``, where the learner is first trained on the fold's other classes,
    holds what differs from its recipe.
    """

    track: str
    corpus: str
    fold: str | None
    encoder: str | None
    ways: int | None
    shots: Range
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
        """The name of the cell's files: readable, and unique."""
        content = json.dumps(self.as_json(), sort_keys=True)
        parts = (Path(self.corpus).name, self.fold, self.name, f"{self.shots}-shot")
        plain = "-".join(re.sub(r"[^a-z0-9]+", "-", str(part).lower()).strip("-")[:24] for part in parts if part)
        return f"{plain}-{hashlib.sha256(content.encode()).hexdigest()[:10]}"

    @property
    def tasks(self) -> Tasks:
        """The tasks to draw, on the episodic track."""
        assert self.ways and self.queries and self.episodes
        return Tasks(self.ways, self.shots, self.queries, self.unequal, self.episodes, self.seed)

    @property
    def drawn_supports(self) -> Supports:
        """The supports to draw, on the other tracks."""
        return Supports(self.shots.high, self.supports or 1, self.seed)

    def as_json(self) -> dict[str, Any]:
        """Return the cell as results keep it, shots as text."""
        return {**asdict(self), "shots": str(self.shots)}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Cell:
        """Return the cell that results keep."""
        return cls(**{**content, "shots": Range.parse(content["shots"], least=0)})


def read_grid(path: Path) -> list[Cell]:
    """Read a benchmark; raise ``InputError`` where a key is unknown, missing or of the wrong type.

    The file has one table ``[[grid]]`` or several; the keys above them apply to all. Without any, it is one grid.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path), hint="check the path") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not valid TOML: {error}", where=str(path)) from error
    grids = content.pop("grid", [{}])
    if not isinstance(grids, list) or not grids or not all(isinstance(grid, dict) for grid in grids):
        raise InputError("'grid' is not a table", where=str(path), hint="write [[grid]] above each")
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
            hint = did_you_mean(key, known) or f"known keys: {', '.join(known)}"
            raise InputError(f"unknown key {key!r}", where=where, hint=hint)
    one = {key: _checked(key, grid.get(key, default), where) for key, default in _ONE.items()}
    many = {key: _several(key, grid.get(key, default), where) for key, default in _MANY.items()}
    if one["track"] not in TRACKS:
        raise InputError(f"no track {one['track']!r}", where=where, hint=f"there are: {', '.join(TRACKS)}")
    episodic = one["track"] == "episodic"
    for key, of_episodic in {"folds": True, "ways": True, "queries": True, "episodes": True, "unequal": True,
                             "supports": False, "label_names": False, "transductive": False}.items():  # fmt: skip
        if key in own and (of_episodic is not episodic or key == "transductive" and one["track"] != "full-way"):
            raise InputError(f"the track {one['track']} has no key {key!r}", where=where, hint="leave it out")
    if many["corpora"] == [None] or many["learners"] == [None]:
        raise InputError("names no corpora, or no learners", where=where, hint='write corpora = ["office"]')
    learners = [_learner(spec, where) for spec in many["learners"]]
    if any(learner["train"] is not None for learner in learners) and many["folds"] == [None]:
        message = "a learner is to be trained, but no fold says on which classes"
        raise InputError(message, where=where, hint='write track = "episodic" and folds = ["random_0"]')
    cells = []
    axes = ("corpora", "folds", "encoders", "ways", "shots", "seeds", "label_names", "transductive")
    for values in itertools.product(*(many[axis] for axis in axes)):
        corpus, fold, encoder, ways, shots, seed, names, transductive = values
        if not shots.low if episodic else shots.low != shots.high:
            message = f"shots cannot be {shots} on the track {one['track']}"
            raise InputError(message, where=where, hint="write 1 or more" if episodic else "write one number")
        cells += [
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
                supports=None if episodic else one["supports"] if shots.high else 1,
                seed=seed,
                label_names=False if episodic else names,
                transductive=transductive and one["track"] == "full-way",
                **learner,
            )
            for learner in learners
        ]
    return cells


def _several(key: str, value: Any, where: str) -> list[Any]:
    values = value if isinstance(value, list) else [value]
    if not values:
        raise InputError(f"{key!r} is empty", where=where, hint="leave it out, or give one value")
    return [_checked(key, each, where) for each in values]


def _checked(key: str, value: Any, where: str) -> Any:
    """Return a value of the type that its key takes; shots as a range, whether written 5 or "1-5"."""
    if value is None:  # not given, and there is no default
        return None
    if key == "shots":
        try:
            return Range(0, 0) if str(value) == "0" else Range.parse(str(value))
        except FewtextError as error:
            raise InputError(f"shots: {error.what}", where=where, hint=error.hint) from error
    kind = {"label_names": bool, "transductive": bool, "unequal": bool, "learners": dict}.get(
        key, int if key in _LEAST else str
    )
    if not value and kind is str or type(value) not in ((str, dict) if kind is dict else (kind,)):
        kinds = {bool: "true or false", int: "a whole number", str: "a text", dict: "a name or a table"}
        raise InputError(f"{key!r} cannot be {value!r}", where=where, hint=f"write {kinds[kind]}")
    if kind is int and not _LEAST[key] <= value < 2**63:
        raise InputError(f"{key!r} cannot be {value}", where=where, hint=f"give {_LEAST[key]} or more")
    return value


def _learner(spec: str | dict[str, Any], where: str) -> dict[str, Any]:
    """Return the fields of a cell that describe its learner, given as ``"protonet"`` or as a table.

    The table has the keys learner, options, name and train: true, or what differs from the learner's recipe.
    """
    table = {"learner": spec} if isinstance(spec, str) else spec
    options: Any = table.get("options", {})
    train: Any = table.get("train", False)
    train = {} if train is True else None if train is False else train
    if unknown := sorted(set(table) - _LEARNER):
        hint = f"known keys: {', '.join(sorted(_LEARNER))}"
        raise InputError(f"unknown key {unknown[0]!r} of a learner", where=where, hint=hint)
    if (
        not isinstance(table.get("learner"), str)
        or not isinstance(options, dict)
        or not isinstance(train, (dict, NoneType))
    ):
        hint = 'write { learner = "logistic", options = { C = 1 } }'
        raise InputError(f"{table!r} is not a learner", where=where, hint=hint)
    given = {**options, **(train or {})}
    if odd := [key for key, value in given.items() if type(value) not in (bool, int, float, str)]:
        raise InputError(f"option {odd[0]!r} is not a number, a text, true or false", where=where)
    described = "".join(f" {key}={value}" for key, value in options.items())
    described += "" if train is None else ", trained" + "".join(f" {key}={value}" for key, value in train.items())
    name = table.get("name", Path(table["learner"]).name + described)
    if not isinstance(name, str) or not name.strip() or not name.isprintable():
        raise InputError(f"{name!r} cannot be a name", where=where, hint="write printable characters on one line")
    try:
        changed(Recipe(), train or {})
    except FewtextError as error:
        raise InputError(f"train: {error.what}", where=where, hint=error.hint) from error
    return {"name": name, "learner": table["learner"], "options": options, "train": train}
