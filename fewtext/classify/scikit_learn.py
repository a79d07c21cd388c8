"""What scikit-learn asks of a classifier beyond its methods, by duck typing: importing its base classes takes long."""

from __future__ import annotations

import copy
from typing import Any, Self


class ScikitLearnProtocol:
    """Tells scikit-learn what kind of estimator this is, whether it is fitted, and which metadata it takes."""

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        return Tags(
            estimator_type="classifier",
            target_tags=TargetTags(required=True),
            classifier_tags=ClassifierTags(multi_label=True),
            input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        """Return what a notebook shows: scikit-learn's diagram, where that is installed and set so."""
        shown = {"text/plain": repr(self)}
        try:
            from sklearn import get_config
            from sklearn.utils import estimator_html_repr
        except ImportError:
            return shown
        return {**shown, "text/html": estimator_html_repr(self)} if get_config()["display"] == "diagram" else shown

    def get_metadata_routing(self) -> Any:
        """Return which metadata is to be routed to ``score``, where scikit-learn's metadata routing is enabled."""
        if hasattr(self, "_metadata_request"):
            return copy.deepcopy(self._metadata_request)
        return self._get_default_requests()

    def _get_default_requests(self) -> Any:
        """Return the routing where none was set; scikit-learn 1.6 asks for it by this name."""
        from sklearn.utils.metadata_routing import MetadataRequest

        request = MetadataRequest(owner=self)
        request.score.add_request(param="sample_weight", alias=None)
        return request

    def set_score_request(self, *, sample_weight: bool | str | None) -> Self:
        """Say whether ``score`` is to get a ``sample_weight``, or under which name."""
        request = self.get_metadata_routing()
        request.score.add_request(param="sample_weight", alias=sample_weight)
        self._metadata_request = request  # where ``clone`` looks for it
        return self
