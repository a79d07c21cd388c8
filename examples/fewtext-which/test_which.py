"""The contract of a command, and what it prints."""

from fewtext_which import register_commands
from typer import Typer
from typer.testing import CliRunner

from fewtext.testing import command_checks


@command_checks(register_commands)
def test_the_contract(check):
    check()


def test_which(tmp_path):
    app, file = Typer(), tmp_path / "support.csv"
    register_commands(app)
    texts = {"printing": ["no toner", "paper jam", "grey stripes"], "pay": ["my salary", "the wage slip", "a raise"]}
    rows = [f"{text},{label}" for label, own in texts.items() for text in own]
    file.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    done = CliRunner().invoke(app, [str(file), "--learner", "protonet,ridge"])
    assert done.exit_code == 0 and done.output.count("of 6 held-out examples right") == 2, done.output
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    assert CliRunner().invoke(app, [str(file)]).exit_code == 2
