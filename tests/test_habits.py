"""What is done by habit works: targets are listed, hooks run offline, forms and the citation can be read."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml", reason="comes with the libraries that models are fetched by")

ROOT = Path(__file__).parent.parent
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def read(name):
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


@pytest.mark.processes
def test_make_alone_lists_every_target_with_a_sentence():
    command = ["make", "--no-print-directory"]  # the tests are run by make themselves, which would say so
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    sentences = dict(line.split(maxsplit=1) for line in listed.splitlines())
    (targets,) = re.findall(r"^\.PHONY: (.*)", MAKEFILE, re.MULTILINE)
    assert list(sentences) == targets.split()
    assert all(words[0].isupper() and words.endswith(".") for words in sentences.values())


def test_hooks_fetch_nothing():
    repositories = read(".pre-commit-config.yaml")["repos"]
    hooks = [hook for repository in repositories for hook in repository["hooks"]]
    assert {repository["repo"] for repository in repositories} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    assert {hook["entry"].split()[0] for hook in hooks} == {"git", ".venv/bin/ruff", ".venv/bin/mypy"}


def test_the_citation_is_of_this_version():
    citation = read("CITATION.cff")
    assert citation["cff-version"] == "1.2.0" and citation["authors"] == [{"name": "The fewtext authors"}]
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])
    assert {"message", "title"} <= set(citation)


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name
)
def test_forms_for_issues_have_what_a_form_needs(path):
    form = read(path)
    if path.name == "config.yml":
        assert form == {"blank_issues_enabled": True}
        return
    assert form["name"] and form["description"]
    questions = {question["id"]: question["type"] for question in form["body"]}
    assert len(questions) == len(form["body"]) and set(questions.values()) <= {"textarea", "checkboxes"}
    assert any(question.get("validations", {}).get("required") for question in form["body"])


def test_the_release_list_names_targets_that_there_are():
    named = re.findall(r"`make ([a-z -]+)`", (ROOT / "RELEASING.md").read_text(encoding="utf-8"))
    for target in " ".join(named).split():
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
