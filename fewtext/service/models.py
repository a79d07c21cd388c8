"""Models by name, each replaced by the one that its folder holds by now; the old one answers until it is loaded."""

from __future__ import annotations

import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fewtext.classify.description import ModelDescription, describe
from fewtext.classify.load import load_classifier
from fewtext.classify.migrations import SETTINGS
from fewtext.errors import FewtextError, did_you_mean
from fewtext.service.logs import log, log_error
from fewtext.service.refusals import Refusal
from fewtext.service.streams import AnswerStream

KEPT = 16  # streams of a model: as many kinds of questions at a time cost nothing extra
EVERY = 1.0  # seconds between looks at the folders

Load = Callable[[Path], Any]


class Loaded:
    """A model in memory: its classifier, what it is, and its streams, which belong to the thread that answers."""

    def __init__(self, name: str, folder: Path, load: Load = load_classifier) -> None:
        self.name, self.identity = name, identity_of(folder)
        self.classifier, self.about = load(folder), describe(folder)
        self._streams: OrderedDict[Any, AnswerStream] = OrderedDict()
        self.stream({}).answers(["to have everything ready for the first request"])

    def stream(self, parameters: Mapping[str, Any]) -> AnswerStream:
        """Return the stream of these parameters; it is new where it was not used lately."""
        key = tuple(sorted(parameters.items()))
        if key not in self._streams:
            self._streams[key] = AnswerStream(self.classifier, parameters)
        self._streams.move_to_end(key)
        while len(self._streams) > KEPT:
            self._streams.popitem(last=False)
        return self._streams[key]

    def forget(self, parameters: Mapping[str, Any]) -> None:
        """Let go of a stream that an error has ended."""
        self._streams.pop(tuple(sorted(parameters.items())), None)

    def as_json(self) -> dict[str, Any]:
        """Return what is told of the model: nothing of the machine, and none of its texts."""
        return {"name": self.name, **_public(self.about)}


class Models:
    """The models by name. ``on_reload`` is called with a name and whether its new model was loaded."""

    def __init__(
        self, folders: Mapping[str, Path], load: Load = load_classifier,
        on_reload: Callable[[str, bool], None] = lambda name, done: None,
    ) -> None:  # fmt: skip
        self._folders, self._load, self.on_reload = dict(folders), load, on_reload
        self.loaded = {name: Loaded(name, folder, load) for name, folder in folders.items()}
        self._failed: dict[str, tuple[int, ...]] = {}
        self._ended = threading.Event()
        self._watching = threading.Thread(target=self._watch, name="models", daemon=True)

    def of(self, name: str | None) -> Loaded:
        """Return the model of a name, or the only one; raise ``Refusal`` where it is not known, or not said."""
        if name is None and len(self.loaded) == 1:
            return next(iter(self.loaded.values()))
        known = ", ".join(self.loaded)
        if name is None:
            raise Refusal(422, f"field 'model' is missing: the service has {known}")
        if name not in self.loaded:
            hint = did_you_mean(name, self.loaded) or f"the service has {known}"
            raise Refusal(404, f"there is no model {name[:60]!r}; {hint}")
        return self.loaded[name]

    def watch(self) -> None:
        """Begin to look for changes of the folders."""
        self._watching.start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()

    def refresh(self) -> None:
        """Load the models whose folders have changed since they were read; one that fails leaves the old one."""
        for name, folder in self._folders.items():
            now = identity_of(folder)
            if not now or now in (self.loaded[name].identity, self._failed.get(name)):
                continue
            done = False
            try:
                self.loaded[name] = Loaded(name, folder, self._load)
            except FewtextError as error:
                if identity_of(folder) == now:
                    self._failed[name] = now
                log("reload", logging.ERROR, model=name, outcome="failed", reason=str(error))
            except Exception as error:  # of a plugin, or memory: the old one goes on
                log_error("reload", error, model=name, outcome="failed")
            else:
                log("reload", model=name, outcome="loaded", examples=self.loaded[name].about.examples)
                done = True
            self.on_reload(name, done)

    def _watch(self) -> None:
        while not self._ended.wait(EVERY):
            self.refresh()


def identity_of(folder: Path) -> tuple[int, ...]:
    """Return what changes with a folder's model; nothing while it is being replaced."""
    try:
        facts = [folder.stat(), (folder / SETTINGS).stat()]
    except OSError:
        return ()
    return tuple(number for one in facts for number in (one.st_dev, one.st_ino, one.st_mtime_ns))


def _public(about: ModelDescription) -> dict[str, Any]:
    own = about.as_json()
    shown = ("multi_label", "labels", "examples", "out_of_scope", "learner", "encoder", "expected", "date")
    # An encoder may be a folder, whose place on this machine is nobody's business.
    return {name: own[name] for name in shown} | {"encoder": re.sub(r"(?<![^:])/.*/", "", about.encoder)}
