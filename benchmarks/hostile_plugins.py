"""Plugins that do what none should: each alone and ten at once must leave the answers as they are, and be named.

``python benchmarks/hostile_plugins.py`` writes real distributions, runs ``fewtext classify`` with each on its path, and
compares what comes out, byte by byte, with what comes out without them. It exits with 1 where one does not hold.
Kinds' names as arguments run those alone.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
SECONDS = 120
COMMAND = ["classify", "--support", "examples/support.csv", "--query", "examples/q.txt", "--encoder", "tfidf"]

HOOK = """
from fewtext.api import *
@hookimpl
def {hook}({arguments}):
{body}
"""
LEARNER = """
import torch
from fewtext.api import *
class Made({base}):
    {name}
    {method}
@hookimpl
def learners():
    return [Made]
"""
FIT = "def fit(self, support): return lambda x: torch.zeros(len(x), support.ways)"
HEALTHY = """
import logging
import numpy, torch
from fewtext.api import *
logging.getLogger("healthy").warning
class Means(Learner):
    name = "means"
    def fit(self, support):
        centres = support.membership.T @ support.x / support.membership.sum(0)[:, None]
        return lambda x: x @ centres.T
@hookimpl
def learners():
    return [Means]
"""


@dataclass(frozen=True)
class Kind:
    """What a plugin does. ``entry_points`` and ``metadata`` are its files, where they are the fault."""

    source: str
    group: str = "fewtext"
    entry_points: str = ""
    metadata: bool = True
    named: bool = True
    """False where it does nothing that could be noticed before it is too late to say."""


def at_import(code: str, **more) -> Kind:
    return Kind(f"import os, sys\n{code}\n", **more)


def in_hook(code: str, hook: str = "learners", arguments: str = "", **more) -> Kind:
    return Kind(HOOK.format(hook=hook, arguments=arguments, body="    " + code.replace("\n", "\n    ")), **more)


def in_command(code: str, **more) -> Kind:
    return in_hook("import sys, os, typer\n" + code, "register_commands", "app", group="fewtext.cli", **more)


def offering(name: str = "name = 'made'", base: str = "Learner", method: str = FIT) -> Kind:
    return Kind(LEARNER.format(base=base, name=name, method=method))


RAISING = {
    "exit": at_import("raise SystemExit"),
    "exit-3": at_import("sys.exit(3)"),
    "exit-message": at_import("sys.exit('goodbye')"),
    "interrupt": at_import("raise KeyboardInterrupt"),
    "own-base-exception": at_import("class Own(BaseException): pass\nraise Own('mine')"),
    "generator-exit": at_import("raise GeneratorExit"),
    "syntax-error": at_import("def ("),
    "missing-module": at_import("import no_such_module_at_all"),
    "recursion": at_import("def f(): f()\nf()"),
    "memory": at_import("raise MemoryError"),
    "unprintable-error": at_import("class E(Exception):\n    def __str__(self): sys.exit(4)\nraise E"),
    "escapes-in-error": at_import("raise ValueError('\\x1b[2J\\r\\nwarning: all is well')"),
    "exit-at-start": at_import("raise SystemExit", group="fewtext.cli"),
    "interrupt-at-start": at_import("raise KeyboardInterrupt", group="fewtext.cli"),
    "exit-in-hook": in_hook("raise SystemExit"),
    "interrupt-in-hook": in_hook("raise KeyboardInterrupt", "encoders"),
    "exit-in-commands": in_command("sys.exit(0)"),
}
OFFERS = {
    "raises-midway": in_hook("yield from ()\nraise SystemExit(5)"),
    "endless-offers": in_hook("while True: yield object"),
    "offers-none": in_hook("return None"),
    "offers-a-number": in_hook("return 3"),
    "offers-letters": in_hook("return 'abc'"),
    "offers-object": in_hook("return [object]", "encoders"),
    "offers-an-instance": in_hook("return [object()]", "backbones"),
    "offers-abstract": offering(method="pass"),
    "offers-nameless": offering(name="pass"),
    "offers-empty-name": offering(name="name = ''"),
    "offers-escapes": offering(name="name = '\\x1b[2Jmade'"),
    "offers-spaces": offering(name="name = 'two words'"),
    "raising-name": Kind(
        LEARNER.format(base="Learner, metaclass=Meta", name="pass", method=FIT).replace(
            "class Made",
            "class Meta(type(Learner)):\n    @property\n    def name(self): raise KeyboardInterrupt\nclass Made",
        )
    ),
    "misspelt-hook": in_hook("return []", "lerners"),
    "wrong-argument": in_hook("return []", arguments="extra"),
    "takes-logistic": offering(name="name = 'logistic'"),
    "takes-tfidf": Kind(
        "from fewtext.api import *\nclass Made(Encoder):\n    name = 'tfidf'\n    def __init__(self, *a, **k): pass\n"
        "    def encode(self, items, progress=None): raise SystemExit\n@hookimpl\ndef encoders(): return [Made]\n"
    ),
    "takes-identity": Kind(
        "from fewtext.api import *\nclass Made(Backbone):\n    name = 'identity'\n"
        "    def forward(self, x): return 0 * x\n@hookimpl\ndef backbones(): return [Made]\n"
    ),
}
STREAMS = {
    "prints": at_import("print('hello')"),
    "prints-at-start": at_import("print('hello')", group="fewtext.cli"),
    "prints-in-hook": in_hook("print('hello')\nreturn []"),
    "prints-in-commands": in_command("print('hello')"),
    "writes-descriptor": at_import("os.write(1, b'hello\\n')"),
    "prints-from-child": at_import("os.system('echo hello')"),
    "prints-unflushed": at_import("sys.__stdout__.write('hello')"),
    "replaces-stdout": at_import("import io\nsys.stdout = io.StringIO()"),
    "closes-stdout": at_import("sys.stdout.close()\nsys.exit(0)"),
    "closes-stderr": at_import("sys.stderr.close()\nraise SystemExit"),
    "closes-descriptors": at_import("os.close(0); os.close(1); os.close(2)\nraise SystemExit"),
    "removes-streams": at_import("sys.stdout = sys.stderr = None"),
    "prints-at-exit": at_import("import atexit\natexit.register(print, 'goodbye')", named=False),
    "reads-stdin": at_import("sys.stdin.read()", named=False),
    "logs-to-stdout": at_import("import logging\nlogging.basicConfig(stream=sys.stdout, level=0, force=True)"),
}
STATE = {
    "default-dtype": at_import("import torch\ntorch.set_default_dtype(torch.float64)"),
    "default-device": at_import("import torch\ntorch.set_default_device('meta')"),
    "seed": at_import("import torch\ntorch.manual_seed(0)"),
    "threads": at_import("import torch\ntorch.set_num_threads(7)"),
    "no-gradients": at_import("import torch\ntorch.set_grad_enabled(False)"),
    "autocast": at_import("import torch\ntorch.set_autocast_enabled('cpu', True)"),
    "deterministic": at_import("import torch\ntorch.use_deterministic_algorithms(True)"),
    "torch-at-start": at_import(
        "import torch\ntorch.set_default_dtype(torch.float64); torch.set_num_threads(7); torch.manual_seed(3)",
        group="fewtext.cli",
    ),
    "numpy-errors": at_import("import numpy\nnumpy.seterr(all='raise')"),
    "numpy-seed": at_import("import numpy\nnumpy.random.seed(0)"),
    "random-seed": at_import("import random\nrandom.seed(0)"),
    "working-directory": at_import("os.chdir('/')", group="fewtext.cli"),
    "umask": at_import("os.umask(0o777)"),
    "environment": at_import("os.environ['FEWTEXT_DEVICE'] = 'no such device'", group="fewtext.cli"),
    "empty-environment": at_import("os.environ.clear()"),
    "arguments": at_import("sys.argv[1:] = ['corpora']", group="fewtext.cli"),
    "module-path": at_import("sys.path.clear()", group="fewtext.cli"),
    "finders": at_import("sys.meta_path.clear()", group="fewtext.cli"),
    "loaded-modules": at_import("sys.modules['json'] = sys.modules['csv'] = None"),
    "built-ins": at_import("import builtins\nbuiltins.len = builtins.open = builtins.print = None"),
    "warnings-are-errors": at_import("import warnings\nwarnings.simplefilter('error')"),
    "no-warnings": at_import("import warnings\nwarnings.simplefilter('ignore')\nraise SystemExit"),
    "shows-warnings": at_import("import warnings\nwarnings.showwarning = lambda *_: sys.exit(6)"),
    "signals": at_import("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"),
    "alarm": at_import("import signal\nsignal.setitimer(signal.ITIMER_REAL, 0.5)"),
    "recursion-limit": at_import("sys.setrecursionlimit(120)"),
    "trace": at_import("def trace(*_): sys.exit(7)\nsys.settrace(trace)"),
    "excepthook": at_import("sys.excepthook = None"),
    "locale": at_import("import locale\nlocale.setlocale(locale.LC_ALL, 'C')"),
    "fork": at_import("os.fork()"),
}
COMMANDS = {
    "takes-classify": in_command("app.command('classify')(lambda: print('mine'))"),
    "clears-the-app": in_command("app.registered_commands.clear()\napp.command('classify')(lambda: sys.exit(8))"),
    "sets-a-callback": in_command("app.callback(invoke_without_command=True)(lambda: sys.exit(9))"),
    "unbuildable-command": in_command("def bad(x: list[list[int]]): pass\napp.command()(bad)"),
    "command-of-escapes": in_command("app.command('\\x1b[2J')(lambda: None)"),
    "takes-a-group": in_command(
        "other = typer.Typer()\nother.command()(lambda: sys.exit(8))\napp.add_typer(other, name='classify')"
    ),
}
METADATA = {
    "no-metadata": Kind("raise SystemExit", metadata=False),
    "no-such-attribute": Kind("", entry_points="[fewtext]\nx = {module}:Nothing\n"),
    "equals-everything": Kind(
        "class Odd:\n    def __eq__(self, other): return True\n"
        "    def __getattr__(self, name): raise SystemExit\nodd = Odd()",
        entry_points="[fewtext]\nx = {module}:odd\n",
        named=False,
    ),
    "escapes-in-entry-point": Kind("", entry_points="[fewtext]\nx\x1b[2J = {module}\x1b[2J\n"),
}
KINDS = RAISING | OFFERS | STREAMS | STATE | COMMANDS | METADATA
TEN = (
    "exit", "interrupt-in-hook", "endless-offers", "takes-logistic", "prints", "closes-descriptors", "default-dtype",
    "threads", "takes-classify", "no-such-attribute",
)  # fmt: skip


def install(kinds: dict[str, Kind], folder: Path) -> None:
    """Write a distribution for each kind, ``hostile-NAME``, into a folder to be put on Python's path."""
    for name, kind in kinds.items():
        module = f"hostile_{name.replace('-', '_')}"
        (folder / f"{module}.py").write_text(kind.source)
        info = folder / f"{module}-1.0.dist-info"
        info.mkdir()
        listed = kind.entry_points.replace("{module}", module) or f"[{kind.group}]\n{name} = {module}\n"
        (info / "entry_points.txt").write_text(listed)
        if kind.metadata:
            (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: hostile-{name}\nVersion: 1.0\n")


def run(kinds: dict[str, Kind], *arguments: str) -> subprocess.CompletedProcess:
    """Classify the examples in a process that has these plugins."""
    with tempfile.TemporaryDirectory() as folder:
        install(kinds, Path(folder))
        path = os.pathsep.join(filter(None, (folder, os.environ.get("PYTHONPATH"))))
        return subprocess.run(
            [sys.executable, "-m", "fewtext", *COMMAND, "--format", "csv", *arguments],
            capture_output=True, cwd=ROOT, env=os.environ | {"PYTHONPATH": path}, timeout=SECONDS, input=b"",
        )  # fmt: skip


def faults(kinds: dict[str, Kind], found: subprocess.CompletedProcess, expected: bytes) -> list[str]:
    """Return what does not hold of a run with these plugins."""
    wrong = [f"exit code {found.returncode}"] * (found.returncode != 0)
    wrong += ["other answers"] * (found.stdout != expected)
    message = [line for line in found.stderr.decode("utf-8", "replace").splitlines() if line.startswith("warning: ")]
    for name, kind in kinds.items():
        distribution = f"hostile-{name} " if kind.metadata else f"hostile_{name.replace('-', '_')}"
        times = sum(distribution in f"{line} " or f"hostile-{name}:" in f"{line} " for line in message)
        if times != kind.named:
            wrong.append(f"{name} is named {times} times")
    if "Traceback" in found.stderr.decode("utf-8", "replace"):
        wrong.append("a traceback")
    return wrong


def main(names: list[str]) -> int:
    chosen = {name: KINDS[name] for name in names} or KINDS
    expected = run({}).stdout
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        alone = pool.map(lambda name: run({name: chosen[name]}), chosen)
        table = {name: faults({name: chosen[name]}, found, expected) for name, found in zip(chosen, alone, strict=True)}
    ten, healthy = {name: KINDS[name] for name in TEN}, Kind(HEALTHY, named=False)
    table["ten at once"] = faults(ten, run(ten), expected)
    beside = run({"healthy": healthy}, "--learner", "means")
    table["a healthy one alone"] = faults({"healthy": healthy}, beside, beside.stdout or b"no answers")
    among = {**ten, "healthy": healthy}
    table["a healthy one among ten"] = faults(among, run(among, "--learner", "means"), beside.stdout)
    for name, wrong in table.items():
        print(f"{name:28} {'held' if not wrong else 'DOES NOT HOLD: ' + ', '.join(wrong)}")
    held = sum(not wrong for wrong in table.values())
    print(f"{held} of {len(table)} held")
    return held < len(table)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
