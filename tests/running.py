"""The command, run as a person would: in this process, where a test is about what it says, or in one of its own."""

import io
import os
import signal
import subprocess
import sys
import tempfile
import traceback
import warnings
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest import mock

ROOT = Path(__file__).parent.parent


def settings(environment):
    """What the command's surroundings are, wherever it runs."""
    return os.environ | {"COLUMNS": "120", "HF_HUB_OFFLINE": "1"} | environment


def in_a_process(*arguments, stdin=None, **environment):
    """Run the command in a process of its own: what it writes to stdout and stderr, and its exit code."""
    return subprocess.run(
        [sys.executable, "-m", "fewtext", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env=settings(environment),
        timeout=600,  # something hangs: a busy machine takes minutes for what a quiet one does in seconds
    )


def in_this_process(*arguments, stdin=None, **environment):
    """Run the command here, seconds faster: the same three facts. What it changes of the process is put back."""
    from fewtext.cli.app import main

    command = ["fewtext", *map(str, arguments)]
    with _surroundings(command, stdin or b"", settings(environment)) as (stdout, stderr):
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code or 0
        except Exception:
            traceback.print_exc()
            code = 1
        sys.stdout.flush()
        if not sys.stderr.closed:
            sys.stderr.flush()
        return subprocess.CompletedProcess(command, code, _written(stdout), _written(stderr))


@contextmanager
def _surroundings(command, stdin, environment):
    """Everything of the process that the command reads or sets, for its time; yield the files of both outputs."""
    from huggingface_hub import constants  # which asks the environment once, when it is imported

    from fewtext.registry import guard as plugin_guard
    from fewtext.registry import loading

    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(plugin_guard, "_owned", False))  # the command says that it is
        stack.enter_context(mock.patch.dict(os.environ, environment, clear=True))
        stack.enter_context(mock.patch.object(constants, "HF_HUB_OFFLINE", True))
        stack.enter_context(mock.patch.object(sys, "argv", command))
        stack.enter_context(mock.patch.object(sys, "excepthook", sys.excepthook))
        stack.enter_context(mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")))
        stack.enter_context(warnings.catch_warnings())
        stack.callback(signal.signal, signal.SIGTERM, signal.getsignal(signal.SIGTERM))
        stack.callback(os.chdir, os.getcwd())
        os.chdir(ROOT)
        loading.loaded_plugins.cache_clear()  # the environment may disable plugins
        stack.callback(loading.loaded_plugins.cache_clear)
        yield [
            stack.enter_context(_redirected(descriptor, name)) for descriptor, name in ((1, "stdout"), (2, "stderr"))
        ]


@contextmanager
def _redirected(descriptor, name):
    """Send what is written to a descriptor, by Python or not, to a file."""
    with tempfile.TemporaryFile() as file:
        before = os.dup(descriptor)
        os.dup2(file.fileno(), descriptor)
        # Never closed: a logger that keeps it writes to whatever the descriptor is by then.
        stream = open(descriptor, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        try:
            with mock.patch.object(sys, name, stream):
                yield file
        finally:
            os.dup2(before, descriptor)
            os.close(before)


def _written(file):
    file.seek(0)
    return file.read()
