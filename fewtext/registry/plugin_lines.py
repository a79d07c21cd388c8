"""The author's line: where in a plugin's own file an error came from."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

OTHERS = {"fewtext", "torch", "numpy", "functorch", "pluggy"}
"""Packages whose lines are not the author's."""


def line_of(error: BaseException) -> str:
    """Return ``file.py:12``, the innermost line that is the author's: neither ours, nor torch's, nor Python's."""
    place, package, trace = "", "", error.__traceback__
    while trace is not None:
        top = _package(trace.tb_frame)
        if top and top not in OTHERS and top not in sys.stdlib_module_names and package in ("", top):
            package, place = top, _spelled(trace)
        trace = trace.tb_next
    return place


def _package(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", "")).partition(".")[0]


def _spelled(trace: TracebackType) -> str:
    return f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}"


def definition_of(thing: Any) -> str:
    """Return ``file.py:12``, where the class of a learner defines ``fit``; empty where there is no such place."""
    code = getattr(getattr(type(thing), "fit", None), "__code__", None)
    return f"{Path(code.co_filename).name}:{code.co_firstlineno}" if code else ""
