"""One label a text: a learner fitted to encoded examples, with probabilities calibrated on held-out ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fewtext.classify.base import TextClassifier
from fewtext.classify.blank import filled_pairs
from fewtext.classify.company import answers_jointly
from fewtext.classify.complementary import fitted, with_marked
from fewtext.classify.defaults import AUTO
from fewtext.classify.fine_tuning import find_tuner, fine_tuned, fine_tuned_held_out_answers
from fewtext.classify.fit_progress import fit_progress
from fewtext.classify.fitted_head import loaded_head, settled
from fewtext.classify.held_out import held_out_answers
from fewtext.classify.label_propagation import MOST_HELD_OUT, Transduced, transduce
from fewtext.classify.learner_parameters import built_learner
from fewtext.classify.model_selection import choose_learner
from fewtext.classify.name_selection import without_harmful_names
from fewtext.classify.out_of_scope import OutOfScope
from fewtext.classify.out_of_scope_examples import separate_out_of_scope
from fewtext.classify.part_selection import with_best_parts
from fewtext.classify.prediction_sets import PredictionSets, prediction_sets
from fewtext.classify.promises import promised
from fewtext.classify.saved_model import Expected, SavedModel
from fewtext.classify.selective import CONFIDENCE, Threshold, check_share, covering
from fewtext.classify.support_set import gather_support
from fewtext.contracts.encoder import Progress
from fewtext.contracts.learner import Support
from fewtext.contracts.progress import part_of_work
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.encoders.load import fit_encoder
from fewtext.errors import FewtextError
from fewtext.metrics.calibration import FOLDS, evenly, fit_temperature

if TYPE_CHECKING:
    from numpy.typing import NDArray


class SingleLabelClassifier(TextClassifier):
    """Gives each text one label.

    After ``fit``: ``classes_`` (sorted labels), ``support_`` (features, classes, weights), ``support_texts_``,
    ``temperature_``, ``encoder_``, ``learner_``, ``choice_`` (why the learner ``auto`` became this one), and
    ``out_of_scope_`` (the examples of no label).
    """

    support_: Support
    temperature_: float
    choice_: str | None = None
    out_of_scope_: OutOfScope | None = None
    out_of_scope_texts_: Sequence[str] = ()
    _held_out: tuple[Tensor, Tensor] | None = None  # logits of held-out examples and their rows

    def fit(
        self, texts: Sequence[Any] = (), labels: Sequence[Any] = (), *, progress: Progress | None = None
    ) -> SingleLabelClassifier:
        """Learn from texts, or images, and their labels; without any, from the descriptions in ``label_names``."""
        learner_spec = self._learner_spec()  # before the slow part, so that a wrong name or option is said at once
        tuner = find_tuner(self.tuner) if self.tuner else None
        texts, labels, out_of_scope = separate_out_of_scope(
            *filled_pairs(texts, labels), self.oos_label, self.label_names, tuner is not None
        )
        gathered = gather_support(texts, labels, self.label_names, self.name_weight)
        original = encoder = fit_encoder(self._loaded_encoder(learner_spec), [*gathered.texts, *out_of_scope])
        learner = built_learner(learner_spec, encoder)
        if tuner:
            n = gathered.examples
            if not n:
                raise FewtextError("no examples to fine-tune the encoder on", hint="give some")
            encoder = fine_tuned(tuner, original, gathered.texts[:n], torch.tensor(gathered.y[:n]), progress)
        gathered, x = self._encoded(encoder, gathered, progress)
        n = gathered.examples
        y = torch.tensor(gathered.y)
        support = Support(x, y, len(gathered.classes), torch.tensor(gathered.weight))
        with fit_progress(progress):
            with part_of_work(0, 2):
                if self.learner == AUTO:
                    learner, self.choice_ = choose_learner(support, n)
                if tuner:
                    logits, rows = fine_tuned_held_out_answers(tuner, original, learner, gathered.texts, support, n)
                else:
                    if learner_spec.weights is None:
                        encoder, support, held_out = with_best_parts(encoder, learner, support, n)
                    else:  # trained weights are for the features as they were
                        held_out = held_out_answers(learner, support, n)
                    support, logits, rows = without_harmful_names(learner, support, n, *held_out)
            with part_of_work(1, 2):
                self._take_over(encoder, learner, gathered.classes, support, gathered.shown, n)
            self.temperature_ = fit_temperature(logits, y[rows], learner.temperature)
        self._held_out, self.out_of_scope_, self.out_of_scope_texts_ = (logits, rows), None, ()
        if out_of_scope:
            with warn_of_truncation(encoder):
                self._take_over_out_of_scope(encode(encoder, out_of_scope), [str(item) for item in out_of_scope])
        return self

    def _take_over_out_of_scope(self, x: Tensor, texts: Sequence[str]) -> None:
        usable = encoded_rows(x, texts, "skipped")
        self.out_of_scope_ = OutOfScope(x[usable], self.support_, self.n_examples_)
        self.out_of_scope_texts_ = [texts[i] for i in usable.nonzero()[:, 0].tolist()]

    @property
    def _taught(self) -> Support:
        return with_marked(self.support_, self.marked_)

    def _fit_classifier(self) -> None:
        self.classifier_ = settled(fitted(self.learner_, self._taught))

    def predict(self, texts: Sequence[Any], *, transductive: bool = False) -> NDArray[Any]:
        """Return the most probable label of each text, or ``oos_label`` where it is out of scope: ``[n]``."""
        features = self._features(texts, None)
        labels: NDArray[Any] = self.classes_[self._probabilities(features, transductive).argmax(-1).numpy()]
        if self.out_of_scope_ is None:
            return labels
        outside = self.out_of_scope_.similarity(features) < self.out_of_scope_.threshold()
        return np.array([self.oos_label if out else label for out, label in zip(outside, labels, strict=True)])

    def predict_proba(
        self, texts: Sequence[Any], *, transductive: bool = False, progress: Progress | None = None
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities ``[n, classes]``, columns in the order of ``classes_``.

        ``transductive`` predicts the texts jointly, by label propagation. Raises ``FewtextError`` for an image that
        cannot be read; ``fewtext.classify.predict.classify`` leaves it unanswered.
        """
        features = self._features(texts, progress)
        probabilities: NDArray[np.float64] = self._probabilities(features, transductive).numpy()
        return probabilities

    def _probabilities(self, features: Tensor, transductive: bool) -> Tensor:
        return self.transduce(features).probabilities if transductive else self.probabilities(features)

    def probabilities(self, features: Tensor, jointly: bool = False) -> Tensor:
        """Return float64 probabilities ``[n, classes]`` of encoded texts ``[n, *shape]``."""
        return (self._logits(features, jointly).double() / self.temperature_).softmax(-1)

    def transduce(self, features: Tensor) -> Transduced:
        """Predict encoded texts ``[n, *shape]`` jointly: by a transductive learner, or each as its neighbours are."""
        held_out, rows = self.held_out()
        kept, support = evenly(torch.arange(len(rows)), MOST_HELD_OUT), self.support_
        held_out, rows = held_out[kept], rows[kept]
        probabilities, y = self.probabilities(features, jointly=True), support.y[rows]
        if answers_jointly(self.learner_):
            return Transduced(probabilities, held_out, y, 0.0, self.learner_.name)
        return transduce(features.flatten(1), probabilities, support.x[rows].flatten(1), held_out, y)

    def held_out(self, parts: int = FOLDS) -> tuple[Tensor, Tensor]:
        """Return probabilities ``[n, classes]`` of support examples by fits without them, and their rows ``[n]``.

        A fit leaves out one of ``parts`` parts. There are none where all classes have fewer than three examples.
        """
        self.check_fitted()
        known = self._held_out if parts == FOLDS or self.encoder_.weights else None
        logits, rows = known or held_out_answers(self.learner_, self._taught, self.n_examples_, parts)
        return (logits.double() / self.temperature_).softmax(-1), rows

    def threshold(
        self,
        *,
        precision: float | None = None,
        coverage: float | None = None,
        among: Transduced | None = None,
        confidence: float = CONFIDENCE,
    ) -> Threshold:
        """Return from which probability on to answer, for a wanted share of answers or a promised precision.

        A precision holds with the stated ``confidence``; where it cannot be promised, the threshold is above 1.
        ``among`` is the joint prediction that the queries are part of.
        """
        if precision is not None and coverage is None:
            check_share("precision", precision)
        elif coverage is not None and precision is None:
            check_share("coverage", coverage)
        else:
            message = "a threshold is for either parameter 'precision' or parameter 'coverage'"
            raise FewtextError(message, hint="give one of them")
        if among is None:
            probabilities, rows = self.held_out()
            target = self.support_.y[rows]
        else:
            probabilities, target = among.held_out, among.target
        sure, answer = probabilities.max(-1)
        if precision is not None:
            temperature = self.temperature_ if among is None else None
            return promised(self, sure, answer == target, precision, confidence, temperature)
        assert coverage is not None
        return covering(sure, answer == target, coverage)

    def prediction_sets(self, coverage: float = 0.9) -> PredictionSets:
        """Return what gives each text a set of labels that has the right one with this probability."""
        self.check_fitted()
        if self.encoder_.weights:
            message = "prediction sets take fits without some examples, and here the encoder is fine-tuned to all"
            raise FewtextError(message, hint="leave out parameter 'tuner'")
        return prediction_sets(self.learner_, self._taught, self.n_examples_, self.temperature_, coverage)

    def predict_set(self, texts: Sequence[Any], coverage: float = 0.9) -> list[list[Any]]:
        """Return labels for each text, the most probable first, that have the right one among them this often."""
        sets, features = self.prediction_sets(coverage), self._features(texts, None)
        labels = self.classes_.tolist()
        return [[labels[way] for way in own] for own in sets.members(features, self.probabilities(features))]

    def support_labels(self) -> list[Any]:
        """Return the label of each text of the support."""
        labels = self.classes_.tolist()
        return [labels[way] for way in self.support_.y.tolist()]

    def shown_support_labels(self) -> list[str]:
        """Return the label of each text of the support, as a string."""
        return list(map(str, self.support_labels()))

    def _expected(self) -> Expected | None:
        probabilities, rows = self.held_out()
        if not len(rows):
            return None
        right = probabilities.argmax(-1) == self.support_.y[rows]
        return Expected("accuracy", right.double().mean().item(), len(rows))

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, with the texts of its support."""
        self.check_fitted()
        support, trained = self.support_, dict(self.encoder_.weights or {})
        self._write(
            Path(folder), support.x, support.y, support.weight, self.temperature_,
            encoder_weights=trained,
            held_out=self._held_out if trained else None,
            out_of_scope=self.out_of_scope_.x if self.out_of_scope_ else None,
            out_of_scope_texts=self.out_of_scope_texts_,
        )  # fmt: skip

    @classmethod
    def restored(cls, folder: Path, saved: SavedModel, **options: Any) -> SingleLabelClassifier:
        """Return the classifier of a folder that was read; where its head was not kept, it is fitted again."""
        model, encoder, learner = cls._rebuilt(folder, saved, **options)
        settings, head = saved.settings, loaded_head(saved, learner)
        support = Support(saved.x, saved.y, len(settings.labels), saved.weight)
        model._take_over(encoder, learner, settings.labels, support, saved.texts, settings.examples, head)
        model.temperature_, model._held_out = settings.temperature, saved.held_out
        if saved.out_of_scope is not None:
            model._take_over_out_of_scope(saved.out_of_scope, saved.out_of_scope_texts)
        return model
