"""An option that would be ignored, in the way that a command is used, is an error and not ignored."""

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from fewtext import FewtextError
from fewtext.cli.app import make_app
from fewtext.cli.evaluate import APPLICABLE

MODES = {
    "corpus": ["--corpus", "office"],
    "runs": ["--runs", "all_runs.zip"],
}
APP = make_app()
PARAMETERS = {parameter.name: parameter for parameter in get_command(APP).commands["evaluate"].params}
OF_A_MODE = {"corpus", "runs"}


def refused(*arguments, **environment):
    """Return what the command says against its arguments."""
    done = CliRunner().invoke(APP, list(arguments), env=environment)
    assert isinstance(done.exception, FewtextError), (done.output, done.exception)
    return str(done.exception)


def written(parameter):
    """An option with a value that it takes."""
    name = max(parameter.opts, key=len)
    if parameter.is_flag:
        return [name]
    return [name, {"format": "json", "at_least": "0.5"}.get(parameter.name, "5")]


def test_evaluate_takes_an_option_or_refuses_it():
    others = set(PARAMETERS) - APPLICABLE["runs"] - OF_A_MODE
    assert others and not set(PARAMETERS) - APPLICABLE["corpus"] - OF_A_MODE
    for name in others:
        message = refused("evaluate", *MODES["runs"], *written(PARAMETERS[name]))
        assert message.startswith(f"{written(PARAMETERS[name])[0]} has no effect with "), message


def test_every_option_of_evaluate_applies_somewhere():
    assert set().union(*APPLICABLE.values()) == set(PARAMETERS)


def test_several_are_named_and_so_is_a_default_that_is_written_out():
    message = refused("evaluate", *MODES["runs"], "--ways", "5", "--seed", "0")
    assert message == "--ways, --seed have no effect with --runs; leave out what does not apply"
    message = refused("score", "--model", "m", "--test", "b.csv", "--no-label-names")
    assert message.startswith("--no-label-names has no effect with --model")


def test_how_many_labels_a_text_has_is_the_models_matter():
    message = refused("score", "--model", "m", "--test", "b.csv", "--single-label")
    assert message.startswith("--single-label has no effect with --model")


@pytest.mark.parametrize("command", ["classify", "suggest", "score"])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "m", "--name-weight", "2"], "--name-weight has no effect with --model"),
        (["--model", "m", "--label-names"], "--label-names has no effect with --model"),
        (["--model", "m", "--learner", "ridge", "-o", "x=1"], "--learner, --option have no effect with --model"),
        (["--labels", "n.csv", "--single-label"], "--single-label has no effect with --labels without --support"),
        (
            ["--support", "s.csv", "--no-label-names", "--name-weight", "3"],
            "--name-weight has no effect with --no-",
        ),
    ],
)
def test_options_of_learning_are_refused_where_nothing_is_learned(command, arguments, message):
    texts = {"classify": "--query", "suggest": "--pool", "score": "--test"}[command]
    assert refused(command, texts, "q.txt", *arguments).startswith(message)


def test_check_refuses_a_weight_for_names_that_are_not_used():
    assert "--name-weight has no effect" in refused("check", "s.csv", "--no-label-names", "--name-weight", "3")


def test_an_environment_variable_is_never_refused():
    message = refused("score", "--support", "a.csv", "--test", "b.csv", FEWTEXT_DEVICE="cpu")
    assert message.startswith("a.csv: "), "it goes as far as reading the file"


def test_shots_of_one_number_cannot_be_unequal():
    assert "--unequal is for a range of shots; give one, as --shots 1-5" == refused(
        "evaluate", *MODES["corpus"], "--shots", "3", "--unequal"
    )


def test_columns_of_a_corpus_with_a_card_have_names_already():
    from fewtext.datasets.open import open_corpus

    with pytest.raises(FewtextError, match="corpus office takes no column names"):
        open_corpus("office", label_column="intent")


def test_images_have_no_columns_to_be_named(tmp_path):
    folder, texts = str(tmp_path), str(tmp_path / "q.csv")
    for arguments, option in (
        (["classify", "--support", folder, "--query", texts, "--label-column", "x"], "--label-column"),
        (["classify", "--support", folder, "--query", folder, "--text-column", "x"], "--text-column"),
        (["check", folder, "--single-label"], "--single-label"),
        (["score", "--support", folder, "--test", folder, "--text-column", "x"], "--text-column"),
    ):
        assert refused(*arguments).startswith(f"{option} has no effect with folders and zips of images")
    message = refused("classify", "--support", folder, "--query", texts, "--text-column", "x", "--format", "csv")
    assert "has no effect" not in message, "the queries have columns"
