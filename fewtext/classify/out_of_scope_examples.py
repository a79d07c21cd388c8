"""Examples of no label: separated from the labelled ones before anything is learned from those."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

from fewtext.classify.support_set import LabelNames
from fewtext.contracts.labels import normal_form
from fewtext.errors import FewtextError, FewtextWarning


def separate_out_of_scope(
    texts: list[Any], labels: list[Any], oos_label: Any, label_names: LabelNames, fine_tuned: bool
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return texts that have a label, their labels, and the out-of-scope texts, each once."""
    if oos_label is None:
        return texts, labels, []
    if fine_tuned:
        message = "texts out of scope cannot be detected by an encoder that was fine-tuned on the examples"
        raise FewtextError(message, hint="leave out parameter 'tuner' or parameter 'oos_label'")
    marker = normal_form(oos_label)
    if isinstance(label_names, Mapping) and marker in map(normal_form, label_names):
        message = f"the label {oos_label} has a description, but marks out-of-scope examples"
        raise FewtextError(message, hint="remove it from the descriptions")
    out_of_scope = [text for text, label in zip(texts, labels, strict=True) if normal_form(label) == marker]
    if not out_of_scope:
        raise FewtextError(f"no example has the label {oos_label} of parameter 'oos_label'", hint="check its spelling")
    pairs = [pair for pair in zip(texts, labels, strict=True) if normal_form(pair[1]) != marker]
    out_of_scope = list(dict.fromkeys(out_of_scope))  # a repeated one would be its own nearest neighbour
    in_scope = [text for text, _ in pairs]
    known = set(in_scope)
    if both := [str(text) for text in out_of_scope if text in known]:
        count = "1 text has" if len(both) == 1 else f"{len(both)} texts have"
        message = f"{count} a label and the label {oos_label} of out-of-scope examples: {both[0]}"
        warnings.warn(message, FewtextWarning, stacklevel=4)
    return in_scope, [label for _, label in pairs], out_of_scope
