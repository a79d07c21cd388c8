"""The state of the process that all plugins share: read before a plugin's code runs, put back where that changed it.

A library that is not loaded yet is read right after its import, before the line that follows it. What only a patched
library would show (``json.dumps`` replaced, say) is not looked for.
"""

from __future__ import annotations

import builtins
import gc
import operator
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from fewtext.errors import FewtextWarning

READ_AT_RUN_TIME = ("CUDA_", "FEWTEXT_", "HF_", "MKL_", "OMP_", "PYTHON", "PYTORCH", "TRANSFORMERS_")
"""Environment variables that a plugin may not even add: libraries go by them after it has been loaded."""


@dataclass(frozen=True)
class Setting:
    """One thing to be read and put back; ``same`` tells from both values whether it was left alone.

    Only what is not for ``loading`` alone is looked at again whenever a plugin's code is called.
    """

    what: str
    read: Callable[[], Any]
    write: Callable[[Any], object]
    same: Callable[[Any, Any], bool] = operator.eq
    loading: bool = False


class State:
    """What the settings were when it was made."""

    def __init__(self, loading: bool) -> None:
        self._loading = loading
        self._before: list[tuple[Setting, Any]] = []
        self._keep(_process)
        self._arrivals = _Arrivals(self._keep, [name for name in _LIBRARIES if name not in sys.modules])
        for name, settings in _LIBRARIES.items():
            if sys.modules.get(name):
                self._keep(partial(settings, sys.modules[name]))
        if loading:
            sys.meta_path.insert(0, self._arrivals)

    def restore(self) -> list[str]:
        """Put back what is otherwise now, and return what that was."""
        if self._arrivals in sys.meta_path:
            sys.meta_path.remove(self._arrivals)
        return [setting.what for setting, value in self._before if _restored(setting, value)]

    def _keep(self, settings: Callable[[], list[Setting]]) -> None:
        with suppress(AttributeError):  # of a library that another thread is importing
            for setting in settings():
                if self._loading or not setting.loading:
                    with suppress(OSError, RuntimeError):  # a working directory that is gone
                        self._before.append((setting, setting.read()))


def _restored(setting: Setting, value: Any) -> bool:
    try:
        if setting.same(value, setting.read()):
            return False
    except BaseException:  # what a plugin left there may raise anything
        pass
    try:
        setting.write(value)
    except Exception:
        return False
    return True


class _Arrivals(MetaPathFinder):
    """Reads a library's settings when it has just been imported."""

    def __init__(self, keep: Callable[[Callable[[], list[Setting]]], None], awaited: list[str]) -> None:
        self._keep, self._awaited = keep, awaited

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if name not in self._awaited:
            return None
        self._awaited.remove(name)
        found = (f.find_spec(name, path, target) for f in list(sys.meta_path) if f is not self)
        spec = next((spec for spec in found if spec), None)
        if spec and spec.loader and not isinstance(spec.loader, type):
            execute = spec.loader.exec_module

            def exec_module(module: ModuleType) -> None:
                execute(module)
                self._keep(partial(_LIBRARIES[name], module))

            spec.loader.exec_module = exec_module  # type: ignore[method-assign]
        return spec


def _attribute(owner: Any, name: str, what: str | None = None, **options: Any) -> Setting:
    label = what or f"{owner.__name__}.{name}"
    return Setting(label, partial(getattr, owner, name), partial(setattr, owner, name), operator.is_, **options)


def _list(owner: Any, name: str) -> Setting:
    """Return the setting of a list to which things may be added at the end."""
    return Setting(
        f"{owner.__name__}.{name}",
        lambda: list(getattr(owner, name)),
        partial(setattr, owner, name),
        lambda before, now: now[: len(before)] == before,
        loading=True,
    )


def _names(what: str, mapping: MutableMapping[str, Any]) -> Setting:
    """Return the setting of a mapping to which names may be added."""
    return Setting(
        what,
        lambda: dict(mapping),
        mapping.update,
        lambda before, now: all(now.get(name, mapping) is value for name, value in before.items()),
        loading=True,
    )


def _process() -> list[Setting]:
    return [
        Setting("the working directory", os.getcwd, os.chdir),
        Setting("the umask", _umask, os.umask, loading=True),
        Setting("environment variables", lambda: dict(os.environ), _restore_environment, _same_environment, True),
        _list(sys, "path"),
        _list(sys, "argv"),
        _list(sys, "meta_path"),
        _list(sys, "path_hooks"),
        _names("modules that were loaded", sys.modules),
        _names("the built-in functions", vars(builtins)),
        *(_attribute(sys, name, "the standard streams") for name in ("stdin", "stdout", "stderr")),
        *(_attribute(sys, name, loading=True) for name in ("excepthook", "unraisablehook", "displayhook")),
        _attribute(threading, "excepthook", loading=True),
        Setting("the trace function", sys.gettrace, sys.settrace, operator.is_),
        Setting("the profile function", sys.getprofile, sys.setprofile, operator.is_),
        Setting("the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit),
        Setting("garbage collection", gc.isenabled, lambda on: gc.enable() if on else gc.disable()),
        _attribute(warnings, "showwarning", "how warnings are shown"),
        Setting("which warnings are shown", _filters, _restore_filters, lambda a, b: a[0] == b[0]),
        *_signals(),
    ]


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def _own(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in now.items() if name in before or name.startswith(READ_AT_RUN_TIME)}


def _same_environment(before: Mapping[str, str], now: Mapping[str, str]) -> bool:
    return _own(before, now) == before


def _restore_environment(before: Mapping[str, str]) -> None:
    for name in _own(before, os.environ).keys() - before.keys():
        del os.environ[name]
    os.environ.update(before)


def _filters() -> tuple[Any, list[Any]]:
    """Return the filter that decides about our warnings, and all of them: libraries add filters of their own."""
    general = (f for f in warnings.filters if f[1] is None and f[3] is None and issubclass(FewtextWarning, f[2]))
    return next(((f[0], f[2]) for f in general), None), list(warnings.filters)


def _restore_filters(before: tuple[Any, list[Any]]) -> None:
    warnings.filters[:] = before[1]  # type: ignore[index]
    with warnings.catch_warnings():
        pass  # what warnings remembers of the filters is forgotten on the way out


def _signals() -> list[Setting]:
    if threading.current_thread() is not threading.main_thread():
        return []
    numbers = sorted(signal.valid_signals() - {getattr(signal, "SIGKILL", None), getattr(signal, "SIGSTOP", None)})

    def handlers() -> dict[int, Any]:
        return {number: signal.getsignal(number) for number in numbers}

    def restore(before: dict[int, Any]) -> None:
        for number, handler in before.items():
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)

    found = [Setting("signal handlers", handlers, restore)]
    if hasattr(signal, "setitimer"):
        timer = signal.ITIMER_REAL
        found.append(Setting("an alarm", lambda: signal.getitimer(timer)[0] > 0, lambda _: signal.setitimer(timer, 0)))
    return found


def _of_torch(torch: Any) -> list[Setting]:
    def deterministic() -> tuple[bool, bool]:
        return torch.are_deterministic_algorithms_enabled(), torch.is_deterministic_algorithms_warn_only_enabled()

    def autocast() -> tuple[bool, bool]:
        return torch.is_autocast_enabled("cpu"), torch.is_autocast_enabled("cuda")

    def restore_autocast(before: tuple[bool, bool]) -> None:
        for device, on in zip(("cpu", "cuda"), before, strict=True):
            torch.set_autocast_enabled(device, on)

    def restore_device(device: Any) -> None:
        torch.set_default_device(None if device.type == "cpu" else device)

    return [
        Setting("torch's default dtype", torch.get_default_dtype, torch.set_default_dtype),
        Setting("torch's default device", torch.get_default_device, restore_device),
        Setting("torch's threads", torch.get_num_threads, torch.set_num_threads),
        Setting("torch's gradient mode", torch.is_grad_enabled, torch.set_grad_enabled),
        Setting("torch's autocast", autocast, restore_autocast),
        Setting(
            "torch's deterministic mode",
            deterministic,
            lambda before: torch.use_deterministic_algorithms(before[0], warn_only=before[1]),
        ),
        Setting("torch's matmul precision", torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
        *(_attribute(torch.backends.cudnn, name) for name in ("enabled", "benchmark", "deterministic")),
        Setting("torch's random numbers", torch.get_rng_state, torch.set_rng_state, torch.equal, loading=True),
    ]


def _of_numpy(numpy: Any) -> list[Setting]:
    def same(before: Any, now: Any) -> bool:
        return bool((before[1] == now[1]).all() and before[2:] == now[2:])

    state = numpy.random.get_state, numpy.random.set_state
    return [
        Setting("numpy's handling of errors", numpy.geterr, lambda before: numpy.seterr(**before)),
        Setting("numpy's random numbers", *state, same, loading=True),
    ]


def _of_logging(logging: Any) -> list[Setting]:
    def restore(before: tuple[int, list[Any], int]) -> None:
        logging.root.setLevel(before[0])
        logging.root.handlers[:] = before[1]
        logging.disable(before[2])

    return [
        Setting(
            "the root logger",
            lambda: (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
            restore,
            loading=True,
        )
    ]


_LIBRARIES: dict[str, Callable[[Any], list[Setting]]] = {
    "random": lambda random: [Setting("random's numbers", random.getstate, random.setstate, loading=True)],
    "locale": lambda locale: [
        Setting("the locale", partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL))
    ],
    "logging": _of_logging,
    "numpy": _of_numpy,
    "torch": _of_torch,
}
