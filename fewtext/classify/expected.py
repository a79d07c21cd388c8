"""What to expect of a classifier's answers, by its examples as each is answered without itself."""

from __future__ import annotations

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.saved_model import Expected
from fewtext.classify.single_label import SingleLabelClassifier


def expected(model: SingleLabelClassifier | MultiLabelClassifier) -> Expected | None:
    """Return how right the answers to held-out examples are; None where none can be held out."""
    return model._expected()
