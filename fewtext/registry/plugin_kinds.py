"""The kinds of plugins that a template makes, and the words for each."""

from __future__ import annotations

from typing import NamedTuple


class Kind(NamedTuple):
    """Of a distribution: what it is, where it is listed, how it is used, and what its author changes first."""

    description: str
    listed: str
    used: str
    change: str
    group: str = "fewtext"


KINDS = {
    "learner": Kind(
        "A nearest-neighbour learner for fewtext: the smallest complete plugin.",
        "fewtext learners",
        "fewtext evaluate --corpus office --learner {name}",
        "change `fit`, which gets one task's labelled examples and returns a function from\nfeatures to logits.",
    ),
    "encoder": Kind(
        "An encoder for fewtext: hashed character trigrams, without a model.",
        "fewtext plugins",
        "fewtext evaluate --corpus office --encoder {name}",
        "change `encode`, which gets texts and returns a row of numbers for each. Raise the\nnumber in "
        "`fingerprint` whenever those change.",
    ),
    "corpus": Kind(
        "A corpus for fewtext: two intents, made by rules.",
        "fewtext corpora",
        "fewtext evaluate --corpus {name} --ways 2 --shots 5 --queries 5",
        "let `read` return the texts and labels of yours.",
    ),
    "backbone": Kind(
        "A backbone for fewtext: a residual layer that begins at the identity.",
        "fewtext backbones",
        "fewtext train --corpus office --learner protonet --backbone {name} --output trained",
        "change `forward`, which maps the features of texts to embeddings.",
    ),
    "tuner": Kind(
        "A fine-tuning method for fewtext: texts move to the mean of their label.",
        "fewtext tuners",
        "fewtext classify --support support.csv --query q.txt --tune {name}",
        "change `tune`, which gets an encoder and labelled texts and returns the encoder\nwith trained weights.",
    ),
    "tracker": Kind(
        "A tracker for fewtext: the metrics of a training run as a csv.",
        "fewtext plugins",
        "fewtext train --corpus office --learner protonet --tracker {name} --output trained",
        "change `log`, which gets the numbers of a step.",
    ),
    "command": Kind(
        "A command for fewtext: counts the examples of each label in a csv.",
        "fewtext --help",
        "fewtext {name} support.csv",
        "change the function, whose parameters are the command's. Import what is heavy\nwithin it: every start of "
        "`fewtext` imports the module.",
        "fewtext.cli",
    ),
}
