"""The error of a classifier that is used before ``fit``. Imported when it is raised, since scikit-learn is slow to."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
