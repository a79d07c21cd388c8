"""The Dockerfile, read: what it copies and installs is there, it runs as no root, and its command is one of ours."""

import json
import re
import shlex
import tomllib
from pathlib import Path

import pytest
from typer.main import get_command

from fewtext.cli.app import make_app

ROOT = Path(__file__).parent.parent
FILE = ROOT / "Dockerfile"
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def steps():
    """The instructions, each as its name and the rest, continued lines joined."""
    lines = FILE.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]


def of(steps, name):
    return [rest for kind, rest in steps if kind == name]


def test_what_is_copied_is_there_and_let_through(steps):
    let_through = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [name for rest in of(steps, "COPY") if "--from" not in rest for name in rest.split()[:-1]]
    assert set(copied) == let_through and all((ROOT / name).exists() for name in copied)


def test_what_the_build_reads_is_copied(steps):
    copied = {name for rest in of(steps, "COPY") for name in rest.split()[:-1]}
    project, folders = SETTINGS["project"], SETTINGS["tool"]["setuptools"]["package-dir"]
    backend = SETTINGS["build-system"]["build-backend"] + ".py"
    assert {project["readme"], *project["license-files"], *folders.values(), backend, "pyproject.toml"} <= copied


def test_it_installs_extras_that_there_are_under_our_constraints(steps):
    (install,) = [rest for rest in of(steps, "RUN") if "pip install" in rest]
    words = shlex.split(install)
    assert words[words.index("-c") + 1] == "constraints.txt"
    extras = re.fullmatch(r"\.\[([\w,-]+)\]", words[-1])[1].split(",")
    assert "serve" in extras and set(extras) <= set(SETTINGS["project"]["optional-dependencies"])


def test_its_python_is_one_that_we_support(steps):
    versions = {tuple(map(int, re.match(r"python:(\d+)\.(\d+)-slim", rest).groups())) for rest in of(steps, "FROM")}
    least = tuple(map(int, re.search(r"(\d+)\.(\d+)", SETTINGS["project"]["requires-python"]).groups()))
    assert len(versions) == 1 and versions.pop() >= least


def test_it_runs_the_service_by_another_user_than_root(steps):
    (user,) = of(steps, "USER")
    (made,) = [rest for rest in of(steps, "RUN") if "useradd" in rest]
    assert user == made.split()[-1] != "root"
    names = [name for name, _ in steps]
    assert names.index("USER") < names.index("ENTRYPOINT"), "what is run is run by this user"
    program, *command = json.loads(of(steps, "ENTRYPOINT")[0])
    options = json.loads(of(steps, "CMD")[0])
    own = get_command(make_app()).commands[command[0]]
    context = own.make_context(command[0], list(options))
    assert (
        program == "fewtext" and context.params["model"] == ["/models/my-model"] and context.params["host"] == "0.0.0.0"
    )
    assert str(context.params["port"]) in of(steps, "EXPOSE")[0].split()
    assert f":{context.params['port']}/readyz" in of(steps, "HEALTHCHECK")[0]
