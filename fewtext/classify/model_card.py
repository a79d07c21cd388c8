"""The card of a published classifier: what is known of it, in Markdown, with the metadata that the Hub reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from fewtext.classify.description import ModelDescription, describe
from fewtext.classify.languages import SupportLanguages, name_of_language
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.saved_model import LeftOut
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.adapter import split_adapter
from fewtext.encoders.catalogue import Entry, entry_of
from fewtext.files.json_text import to_json
from fewtext.metrics.calibration import FOLDS
from fewtext.metrics.classification import Answers, calibration_error, reliability
from fewtext.metrics.intervals import wilson
from fewtext.version import __version__

MARK = "<!-- Made by fewtext push, which replaces it; remove this line to keep what you write here. -->"
_TEXT = 'pip install "fewtext[hub]"'


def model_card(folder: Path, model: SingleLabelClassifier | MultiLabelClassifier, repository: str) -> str:
    """Return the card of the classifier in a folder, which ``model`` was loaded from."""
    found = describe(folder)
    parts = [
        _metadata(found, model),
        MARK,
        f"# {repository.partition('/')[2]}",
        _what_it_is(found, model),
        f"## Load it\n\n{_how_to_load(repository)}",
        f"## Labels\n\n{_labels(found)}",
        f"## What to expect\n\n{_expected(found, model)}",
        f"## What it is not for\n\n{_not_for(found, model)}",
        f"## Made with\n\n{_made_with(found)}",
        f"## The texts of the examples\n\n{_texts(model.left_out_)}",
    ]
    return "\n\n".join(parts) + "\n"


def _metadata(found: ModelDescription, model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    """Return the block of YAML; strings are written as JSON, which YAML reads as it is."""
    lines = ["---", "library_name: fewtext"]
    if "text" in model.encoder_.modalities:
        lines.append("pipeline_tag: text-classification")
        lines += ["language:", *[f"- {to_json(code)}" for code in _languages(model)]] if _languages(model) else []
    lines += ["tags:", "- fewtext", "- few-shot"]
    if entry := _entry(found):
        lines.append(f"base_model: {to_json(entry.repository)}")
    return "\n".join([*lines, "---"])


def _what_it_is(found: ModelDescription, model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    kind = "any number of labels" if found.multi_label else "one label"
    what = "text" if "text" in model.encoder_.modalities else "image"
    languages = ", ".join(dict.fromkeys(map(name_of_language, _languages(model)[:3])))
    of = f" in {languages}" if what == "text" and languages else ""
    return (
        f"Gives each {what} {kind} of {len(found.labels)}, with probabilities. It is a few-shot classifier: fewtext "
        f"fitted it to {found.examples} labelled examples{of}, over an encoder that had been trained before."
    )


def _how_to_load(repository: str) -> str:
    return (
        f"```bash\n{_TEXT}\nfewtext classify --model hub:{repository} --query texts.txt\n```\n\n"
        f'```python\nimport fewtext\n\nmodel = fewtext.load("hub:{repository}")\n'
        'for answer in model.classify(["a text"], top=3):\n    print(answer.label, answer.probability)\n```\n\n'
        f"Each load says which commit it is. `hub:{repository}@COMMIT` is the same classifier for ever; its files are "
        "compared with the digests that the Hub states for that commit. They are JSON and safetensors: nothing in them "
        "is executed."
    )


def _labels(found: ModelDescription) -> str:
    rows = [f"| {_cell(own.label)} | {own.examples:,} |" for own in found.labels]
    if found.out_of_scope:
        rows.append(f"| {_cell(found.out_of_scope.label)} (none of the labels) | {found.out_of_scope.examples:,} |")
    named = found.label_descriptions
    also = f"\n\n{named} names or descriptions of labels count as examples, too." if named else ""
    return "\n".join(["| label | examples |", "|---|---:|", *rows]) + also


def _expected(found: ModelDescription, model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    own = found.expected
    if own is None:
        return "Not known: there were too few examples of each label to hold any out."
    held_out = f"{own.examples:,} examples, each held out from a fit to the others"
    if own.measure != "accuracy":
        return (
            f"F1 over all labels of **{100 * own.value:.1f} %**, on {held_out}. The probability of each label is "
            "calibrated, and its threshold chosen, on the same examples."
        )
    low, high = wilson(round(own.value * own.examples), own.examples)
    sentence = (
        f"**{100 * own.value:.1f} % of answers right**, with a 95 % interval from {100 * low:.1f} to "
        f"{100 * high:.1f} %, on {held_out}: what holds for texts like the examples, with labels as frequent as among "
        "them."
    )
    return f"{sentence}\n\n{_calibration(model)}".strip()


def _calibration(model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    if not isinstance(model, SingleLabelClassifier):
        return ""
    probabilities, rows = model.held_out(FOLDS)
    if not len(rows):
        return ""
    answers = Answers.of_probabilities(probabilities[None], model.support_.y[rows][None])
    error = calibration_error(reliability(answers.confidence.flatten(), answers.right.flatten()))
    return (
        f"Probabilities are calibrated: the temperature is {model.temperature_:.3g}. On the same examples, of which it "
        f"has seen the labels, the expected calibration error over 15 bins is {error:.3f}."
    )


def _not_for(found: ModelDescription, model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    outside = (
        f"Texts of none of the labels are recognised by {found.out_of_scope.examples} examples of such, and only as "
        "well as these show them."
        if found.out_of_scope
        else "Texts of none of the labels get one of them all the same, unless `--ood-keep` or `--precision` is given."
    )
    lines = [
        outside,
        "Texts unlike the examples in subject, length or language: a warning counts them, and the accuracy above does "
        "not hold for them.",
    ]
    if "text" in model.encoder_.modalities:
        lines.append(f"Other languages than {_spoken(model)}.")
    lines.append("Decisions about people that nobody looks at: a few examples show a task, not its exceptions.")
    return "\n".join(f"- {line}" for line in lines)


def _made_with(found: ModelDescription) -> str:
    return "\n".join(f"- {line}" for line in _parts(found))


def _parts(found: ModelDescription) -> Iterator[str]:
    options = ", ".join(f"{name}={value}" for name, value in found.options.items())
    yield f"learner: `{found.learner}`" + (f" with {options}" if options else "")
    entry = _entry(found)
    reach = f", at most {found.max_length} tokens a text" if found.max_length else ""
    if entry:
        address = f"[{entry.repository}](https://huggingface.co/{entry.repository})"
        yield f"encoder: {address} at revision `{entry.revision[:12]}`, licence {entry.licence}{reach}"
    else:
        yield f"encoder: `{found.encoder}`{reach}; its licence is not known to fewtext: see where it comes from"
    yield f"fingerprint of the encoder: `{found.fingerprint}`" + (
        f", fine-tuned by {found.tuner}" if found.tuner else ""
    )
    yield "made " + (f"on {found.date}" if found.date else "on a day that was not recorded")
    yield "versions: " + (", ".join(f"{name} {version}" for name, version in found.versions.items()) or __version__)
    yield "licence of this classifier: not stated; whoever pushed it may add one"


def _texts(left_out: LeftOut | None) -> str:
    if left_out is None:
        return "They are in `support.jsonl`, with their labels."
    return (
        "They were left out. The classifier holds the features of each example, which give the same answers; features "
        "are no secret, since a text can be guessed from them in part. Without the texts, explanations name the label "
        "and the similarity of the nearest examples but not their words, and no examples can be added, removed or "
        "checked."
    )


def _languages(model: SingleLabelClassifier | MultiLabelClassifier) -> Sequence[str]:
    """Return the languages of the examples, the most frequent first: ISO 639 codes."""
    if model.left_out_ is not None:
        return model.left_out_.languages
    return SupportLanguages(model.support_texts_[: model.n_examples_] or model.support_texts_).codes


def _spoken(model: SingleLabelClassifier | MultiLabelClassifier) -> str:
    names = list(dict.fromkeys(map(name_of_language, _languages(model)[:3])))
    return f"that of the examples, {' and '.join(names)}" if names else "that of the examples"


def _entry(found: ModelDescription) -> Entry | None:
    """Return the entry of the catalogue that the encoder is, where it is one."""
    model, _ = split_adapter(found.encoder)
    name, colon, own = model.rpartition(":")
    if found.encoder in ("bert", "layers"):
        return entry_of(None)
    return entry_of(own) if own else None


def _cell(label: object) -> str:
    return " ".join(str(label).split()).replace("|", "\\|")
