"""Help: whole sentences, options under headings, a default for each; and what a shell completes."""

import os
import re
import subprocess
import sys

import pytest
from typer.main import get_command

from fewtext.cli.app import make_app
from fewtext.cli.flags import with_flags
from fewtext.cli.help import ANSWERS, DEVICE, INPUT, LEARNING, OUTPUT

APP = get_command(make_app())
HEADINGS = [INPUT, LEARNING, "Tasks", "Training", "Service", ANSWERS, OUTPUT, DEVICE]


def leaves(group, path=()):
    for name, command in group.commands.items():
        yield from leaves(command, (*path, name)) if hasattr(command, "commands") else [((*path, name), command)]


COMMANDS = dict(leaves(APP))


def shown(run_fewtext, *command):
    done = run_fewtext(*command, "--help")
    assert done.returncode == 0
    return " ".join(done.stdout.decode().split())


def test_each_command_stands_there_with_its_whole_sentence(run_fewtext):
    said = shown(run_fewtext)
    for name, command in APP.commands.items():
        sentence = " ".join(command.help.split("\n\n")[0].split())
        assert f"{name} {sentence}" in said, name
    assert "..." not in said.replace("[ARGS]...", "")


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_stands_under_a_heading_in_order(run_fewtext, path):
    options = [p for p in COMMANDS[path].params if p.param_type_name == "option" and p.name != "help"]
    assert all(option.rich_help_panel in HEADINGS for option in options)
    lines = run_fewtext(*path, "--help").stdout.decode().splitlines()
    found = [line[:-1] for line in lines if re.fullmatch(r"\w+:", line) and line[:-1] in HEADINGS]
    assert found == sorted(set(found), key=HEADINGS.index)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_option_has_a_default_or_does_nothing_without_a_value(path):
    """A flag is off; what has no default at all is only what nothing stands for: a threshold, a file to write."""
    nothing = {"support", "labels", "model", "oos_label", "option", "tune", "precision", "coverage", "set_coverage",
               "ood_keep", "save",
               "at_least", "figure", "curves", "html", "errors", "corpus", "runs", "resume", "output"}  # fmt: skip
    for option in COMMANDS[path].params:
        if option.param_type_name == "option" and not option.is_flag and not option.required and option.default is None:
            assert option.name in nothing or option.show_default is not True, option.name


def test_defaults_in_words_have_no_parentheses(run_fewtext):
    assert "[default: text]" in shown(run_fewtext, "classify") and "(text)" not in shown(run_fewtext, "classify")
    assert "9223372036854775807" not in shown(run_fewtext, "evaluate")


def test_parameters_become_flags():
    app = make_app()
    assert with_flags("parameter 'oos_label' is empty", app) == "--oos-label is empty"
    assert with_flags("parameter 'tuner' or parameter 'options'", app) == "--tune or --option"
    assert with_flags("parameter 'sample_weight' is empty", app) == "parameter 'sample_weight' is empty"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (["evaluate", "--corpus", "office", "--encoder", ""], "'--encoder'"),
        (["evaluate", "--corpus", "office", "--learner", "maml", "-o", "steps=2", "-o", ""], "'--option' / '-o'"),
        (["train", "--corpus", "office", "--learner", "maml", "--output", "x", "--curves", ""], "'--curves'"),
        (["info", ""], "'DIR'"),
    ],
)
def test_what_is_given_empty_is_an_error_and_not_the_default(run_fewtext, line, named):
    done = run_fewtext(*line)
    assert done.returncode == 2 and f"Invalid value for {named}: it is empty" in done.stderr.decode()


def completed(*words, shell="bash"):
    """Return what the command offers for the last word, as the shell's script asks it."""
    line = " ".join(["fewtext", *words])
    asked = {"_FEWTEXT_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(len(words)),
             "_TYPER_COMPLETE_ARGS": line}  # fmt: skip
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'fewtext'; from fewtext.cli.app import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | asked, timeout=60)
    return done.stdout.split()


@pytest.mark.processes
def test_a_shell_completes_commands_options_and_names():
    assert completed("cla") == ["classify"]
    assert {"--ood-keep", "--oos-label"} <= set(completed("classify", "--oo"))
    assert completed("benchmark", "r") == ["run", "report"]
    assert completed("classify", "--learner", "proto") == ["proto-maml", "protonet"]
    assert completed("evaluate", "--corpus", "off") == ["office"]
    assert completed("classify", "--format", "js") == ["jsonl"]


@pytest.mark.processes
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_a_shell_is_shown(shell):
    shown = {"_FEWTEXT_COMPLETE": f"source_{shell}"}
    command = [sys.executable, "-c", "import sys; sys.argv[0] = 'fewtext'; from fewtext.cli.app import main; main()"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | shown, timeout=60)
    assert f"_FEWTEXT_COMPLETE=complete_{shell}" in done.stdout and "fewtext" in done.stdout, done.stderr
