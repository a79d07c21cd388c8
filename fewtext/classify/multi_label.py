"""Several labels a text: each label is a two-way task of its own, and one learner answers them all."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fewtext.classify.base import TextClassifier
from fewtext.classify.blank import filled_pairs
from fewtext.classify.complementary import fit_labels
from fewtext.classify.defaults import AUTO
from fewtext.classify.fit_progress import fit_progress
from fewtext.classify.fitted_head import loaded_head, settled
from fewtext.classify.input_validation import checked_label_sets
from fewtext.classify.learner_parameters import built_learner
from fewtext.classify.multi_label_calibration import MultiLabelCalibration, calibrate, folds_of
from fewtext.classify.saved_model import Expected, SavedModel
from fewtext.classify.selective import CONFIDENCE, LabelPromise, check_share, check_stated, promise
from fewtext.classify.support_set import gather_support
from fewtext.contracts.encoder import Progress
from fewtext.contracts.labels import spelled_as
from fewtext.contracts.learner import Classifier, LabelledSupport
from fewtext.contracts.progress import part_of_work
from fewtext.encoders.load import fit_encoder
from fewtext.errors import FewtextError
from fewtext.files.label_columns import BETWEEN
from fewtext.metrics.multi_label import SetMetrics, measure_sets
from fewtext.registry.failures import plugin_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray


class MultiLabelClassifier(TextClassifier):
    """Gives each text any number of labels, or none.

    Parameters are those of ``fewtext.FewShotClassifier``, but for ``tuner``, ``oos_label`` and the learner ``auto``.
    ``fit`` takes a collection of labels for each text, an empty one too.

    After ``fit``: ``classes_`` (sorted labels), ``support_`` (``LabelledSupport``), ``support_texts_``,
    ``thresholds_`` ``[labels]`` (the probability from which on a text gets the label), ``encoder_``, ``learner_``.
    """

    support_: LabelledSupport

    def fit(
        self, texts: Sequence[Any], labels: Sequence[Any], *, progress: Progress | None = None
    ) -> MultiLabelClassifier:
        """Learn from texts and the labels of each."""
        self._check_parameters()
        learner_spec = self._learner_spec()
        pairs = filled_pairs(texts, labels, checked_label_sets)
        gathered = gather_support(*pairs, self.label_names, self.name_weight)
        encoder = fit_encoder(self._loaded_encoder(learner_spec), gathered.texts)
        learner = built_learner(learner_spec, encoder)
        gathered, x = self._encoded(encoder, gathered, progress)
        label_matrix = torch.zeros(len(x), len(gathered.classes), dtype=torch.bool)
        for row, label_set in enumerate(gathered.label_sets):
            label_matrix[row, list(label_set)] = True
        if everywhere := [str(gathered.classes[i]) for i in label_matrix.all(0).nonzero()[:, 0].tolist()]:
            raise FewtextError(f"every text has the label {everywhere[0]}", hint="give some that do not")
        support = LabelledSupport(x, label_matrix, torch.tensor(gathered.weight))
        with fit_progress(progress):
            with part_of_work(0, 2):
                self._take_over(encoder, learner, gathered.classes, support, gathered.shown, gathered.examples)
            with part_of_work(1, 2):
                self.calibration_ = calibrate(self.held_out_logits_, support, gathered.examples, learner.temperature)
        return self

    def _check_parameters(self) -> None:
        of_one_label = "works with one label a text only, and here a text may have several"
        if self.learner == AUTO:
            raise FewtextError(f"parameter 'learner'={AUTO} {of_one_label}", hint="name a learner")
        if self.tuner:
            raise FewtextError(f"parameter 'tuner' {of_one_label}", hint="leave it out")
        if self.oos_label is not None:
            hint = "leave it out, and give out-of-scope texts without any label"
            raise FewtextError(f"parameter 'oos_label' {of_one_label}", hint=hint)

    def _fit_classifier(self) -> None:
        self.classifier_, self.held_out_logits_ = self._fits()

    @cached_property
    def held_out_logits_(self) -> Tensor:
        """Logits ``[n, labels]`` of held-out examples, NaN where there are none; once loaded, made when asked for."""
        return self._fits()[1]

    def _fits(self) -> tuple[Classifier, Tensor]:
        """Fit to the whole support and, in the same call, without each fold, which gives the held-out logits."""
        support, learner = self.support_, self.learner_
        whole = torch.zeros(1, len(support.x), dtype=torch.bool)
        folds = folds_of(support.label_matrix, self.n_examples_)
        held_out = torch.full(support.label_matrix.shape, torch.nan)
        with torch.no_grad(), plugin_errors("learner", learner.name, learner):
            classifier, *parts = fit_labels(learner, support, torch.cat([whole, folds]), self.marked_)
            for out, classify in zip(folds, parts, strict=True):
                held_out[out] = classify(support.x[out])
                rest = support.label_matrix[~out & (support.weight > 0)]
                unknown = ~rest.any(0) | rest.all(0)  # labels that all, or none, of the remaining examples have
                held_out[:, unknown] = held_out[:, unknown].where(~out[:, None], torch.nan)
        return settled(classifier), held_out

    def held_out(self) -> tuple[Tensor, Tensor]:
        """Return the probabilities of held-out examples and which labels they get, both ``[n, labels]``.

        Calibration and thresholds have not seen the example either. A probability that is not known is NaN.
        """
        logits, support = self.held_out_logits_, self.support_
        probabilities = torch.full(logits.shape, torch.nan, dtype=torch.float64)
        given = torch.zeros_like(support.label_matrix)
        for out in folds_of(support.label_matrix, self.n_examples_):
            rest = logits.masked_fill(out[:, None], torch.nan)
            calibration = calibrate(rest, support, self.n_examples_, self.learner_.temperature)
            probabilities[out] = calibration.probabilities(logits[out])
            given[out] = probabilities[out] >= calibration.thresholds
        return probabilities, given

    @property
    def thresholds_(self) -> Tensor:
        """The probability from which on a text gets a label: ``[labels]``."""
        return self.calibration_.thresholds

    def probabilities(self, features: Tensor) -> Tensor:
        """Return float64 probabilities ``[n, labels]`` that encoded texts ``[n, *shape]`` have each label."""
        return self.calibration_.probabilities(self._logits(features))

    def predict_proba(self, texts: Sequence[Any], *, progress: Progress | None = None) -> NDArray[np.float64]:
        """Return the probability of each label for each text, ``[n, labels]``: rows do not sum to one."""
        probabilities: NDArray[np.float64] = self.probabilities(self._features(texts, progress)).numpy()
        return probabilities

    def predict(self, texts: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the labels of each text, the most probable first."""
        given = self.given(torch.from_numpy(self.predict_proba(texts)))
        labels = self.classes_.tolist()
        return [tuple(labels[i] for i in row) for row in given]

    def given(self, probabilities: Tensor, least: float = 0.0) -> list[list[int]]:
        """Return the columns of the labels that each text gets, most probable first; none below ``least``."""
        order = probabilities.argsort(dim=-1, descending=True, stable=True)
        enough = (probabilities >= self.thresholds_.clamp(min=least)).gather(1, order)
        return [row[yes].tolist() for row, yes in zip(order, enough, strict=True)]

    def measure(self, probabilities: Tensor, labels: Sequence[Sequence[Any]]) -> SetMetrics:
        """Compare the labels given at ``probabilities`` ``[n, labels]`` with the true ones, unknown ones included."""
        known = self.classes_.tolist()
        spelling = spelled_as(known, [label for own in labels for label in own])
        unknown = set(spelling.values()) - set(known)
        columns = {label: k for k, label in enumerate([*known, *unknown])}
        truth, given = torch.zeros(2, len(labels), len(columns), dtype=torch.bool)
        for row, own in enumerate(labels):
            truth[row, [columns[spelling[label]] for label in own]] = True
        given[:, : len(known)] = probabilities >= self.thresholds_
        return measure_sets(truth, given)

    def threshold(self, precision: float, confidence: float = CONFIDENCE) -> LabelPromise:
        """Return from which probability on to give any label, so that this share of the labels given is right.

        That holds with the stated ``confidence``; where it cannot be promised, the threshold is above 1. A label's own
        threshold holds as well: a label not given without a wanted precision is not given with one.
        """
        self.check_fitted()
        check_share("precision", precision)
        check_stated(confidence)
        (probabilities, given), truth = self.held_out(), self.support_.label_matrix
        texts = given.nonzero()[:, 0]
        found = promise(probabilities[given], truth[given], precision, stated=confidence, texts=texts)
        right = truth & given & (probabilities >= found.probability)
        recall = int(right.sum()) / max(1, int((truth & probabilities.isfinite()).sum()))
        return LabelPromise(**vars(found), recall=recall)

    def support_labels(self) -> list[tuple[Any, ...]]:
        """Return the labels of each text of the support."""
        labels = self.classes_.tolist()
        return [tuple(labels[i] for i in row.nonzero()[:, 0].tolist()) for row in self.support_.label_matrix]

    def shown_support_labels(self) -> list[str]:
        """Return the labels of each text of the support, as one string."""
        return [BETWEEN.join(map(str, own)) for own in self.support_labels()]

    def _expected(self) -> Expected | None:
        n = self.n_examples_
        known = self.held_out_logits_[:n].isfinite()
        truth, given, rows = self.support_.label_matrix[:n] & known, self.held_out()[1][:n], known.any(1)
        if not truth.any():
            return None
        return Expected("F1", measure_sets(truth[rows], given[rows]).micro_f1, int(rows.sum()))

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, with the texts of its support."""
        self.check_fitted()
        support, calibration = self.support_, self.calibration_
        parts = support.x, support.label_matrix, support.weight, calibration.temperature
        self._write(Path(folder), *parts, offsets=calibration.offsets, thresholds=calibration.thresholds)

    @classmethod
    def restored(cls, folder: Path, saved: SavedModel, **options: Any) -> MultiLabelClassifier:
        """Return the classifier of a folder that was read; where its head was not kept, it is fitted again."""
        model, encoder, learner = cls._rebuilt(folder, saved, **options)
        support = LabelledSupport(saved.x, saved.y, saved.weight)
        settings, head = saved.settings, loaded_head(saved, learner)
        model._take_over(encoder, learner, settings.labels, support, saved.texts, settings.examples, head)
        assert saved.offsets is not None and saved.thresholds is not None
        model.calibration_ = MultiLabelCalibration(settings.temperature, saved.offsets, saved.thresholds)
        return model
