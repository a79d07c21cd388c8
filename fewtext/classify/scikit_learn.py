"""What scikit-learn expects of a classifier beyond its methods. Imported where it is needed, since it takes a while."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fewtext.errors import FewtextError

if TYPE_CHECKING:

    class _NotFitted(ValueError, AttributeError):
        pass

else:
    try:
        from sklearn.exceptions import NotFittedError as _NotFitted
    except ImportError:

        class _NotFitted(ValueError, AttributeError):
            pass


class NotFittedError(FewtextError, _NotFitted):
    """Raised before ``fit``: where scikit-learn is installed, its error of this name as well as ours."""

    def __init__(self) -> None:
        super().__init__("the classifier has not been fitted", hint="call fit first")

    def __reduce__(self) -> tuple[type[NotFittedError], tuple[()]]:
        return type(self), ()


def classifier_tags() -> Any:
    """Return the tags of a classifier of texts, of one or of several labels each."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=True),
        classifier_tags=ClassifierTags(multi_label=True),
        input_tags=InputTags(string=True, two_d_array=False, one_d_array=True),
    )
