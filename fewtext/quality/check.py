"""The data-quality report of a fitted classifier of either kind."""

from __future__ import annotations

from fewtext.classify.left_out import check_has_texts
from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.quality.multi_label import MultiLabelReport, report_multi_label
from fewtext.quality.single_label import SingleLabelReport, report_single_label


def quality_report(model: SingleLabelClassifier | MultiLabelClassifier) -> SingleLabelReport | MultiLabelReport:
    """Return the report; raise ``FewtextError`` for a classifier whose encoder was fine-tuned on the examples."""
    model.check_fitted()
    check_has_texts(model, "a data-quality report")
    return report_multi_label(model) if isinstance(model, MultiLabelClassifier) else report_single_label(model)
