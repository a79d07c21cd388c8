"""Settings of libraries that all plugins share: default types and devices, random numbers, logging, the locale."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from fewtext.registry.process_settings import Setting, attribute


def _torch_settings(torch: Any) -> list[Setting]:
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
        *(attribute(torch.backends.cudnn, name) for name in ("enabled", "benchmark", "deterministic")),
        Setting("torch's random numbers", torch.get_rng_state, torch.set_rng_state, torch.equal, loading=True),
    ]


def _numpy_settings(numpy: Any) -> list[Setting]:
    def same(before: Any, now: Any) -> bool:
        return bool((before[1] == now[1]).all() and before[2:] == now[2:])

    state = numpy.random.get_state, numpy.random.set_state
    return [
        Setting("numpy's handling of errors", numpy.geterr, lambda before: numpy.seterr(**before)),
        Setting("numpy's random numbers", *state, same, loading=True),
    ]


def _logging_settings(logging: Any) -> list[Setting]:
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


LIBRARY_SETTINGS: dict[str, Callable[[Any], list[Setting]]] = {
    "random": lambda random: [Setting("random's numbers", random.getstate, random.setstate, loading=True)],
    "locale": lambda locale: [
        Setting("the locale", partial(locale.setlocale, locale.LC_ALL), partial(locale.setlocale, locale.LC_ALL))
    ],
    "logging": _logging_settings,
    "numpy": _numpy_settings,
    "torch": _torch_settings,
}
"""What returns the settings of a library, given its module."""
