"""Options of learners, backbones, encoders and tuners as they are typed: the same messages in each command."""

import pytest

SUPPORT = "--support", "examples/support.csv", "--query", "examples/q.txt"
COMMANDS = {
    "classify": ("classify", *SUPPORT),
    "evaluate": ("evaluate", "--corpus", "office"),
    "train": ("train", "--corpus", "office", "--output", "never-written"),
    "encode": ("encode", "examples/q.txt", "--output", "never-written.npy"),
}


@pytest.mark.parametrize(
    ("command", "options", "message"),
    [
        *[
            (command, given, "protonet has no option 'distanc'; did you mean distance?")
            for command in ("classify", "evaluate", "train")
            for given in ("--learner protonet:distanc=cosine", "--learner protonet -o distanc=cosine")
        ],
        *[
            (command, given, "option distance of protonet is given twice")
            for command in ("classify", "evaluate", "train")
            for given in (
                "--learner protonet:distance=cosine -o distance=cosine",
                "--learner protonet -o distance=cosine -o distance=euclidean",
                "--learner protonet:distance=cosine,distance=cosine",
            )
        ],
        *[
            (command, "--encoder tfidf:grams=3", "tfidf has no option 'grams'; its options: none")
            for command in ("classify", "encode")
        ],
        ("evaluate", "--encoder bert:grams=3", "bert has no option 'grams'; its options: none"),
        ("train", "--learner protonet --encoder bert:grams=3", "bert has no option 'grams'; its options: none"),
        ("train", "--learner protonet --backbone mlp:hiddn=8", "mlp has no option 'hiddn'; did you mean hidden?"),
        ("classify", "--tune contrastive:stepz=8", "contrastive has no option 'stepz'; did you mean steps?"),
        ("classify", "--tune contrastive:steps=x", "contrastive: steps='x' does not fit; give a whole number"),
        ("classify", "--learner auto:C=1", "the learner auto takes neither options nor a fine-tuned encoder"),
        ("classify", "--learner auto -o C=1", "the learner auto takes neither options nor a fine-tuned encoder"),
    ],
)
def test_a_wrong_option_is_one_line(run_fewtext, command, options, message):
    done = run_fewtext(*COMMANDS[command], *options.split(), "--device", "cpu")
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1 and lines[-1].startswith("error: ") and message in lines[-1], done.stderr
    assert "Traceback" not in done.stderr.decode()
