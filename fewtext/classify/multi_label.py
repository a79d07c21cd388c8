"""Several labels a text: each label is a two-way task of its own, has it or not, answered by the same learner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from fewtext.classify.base import FewShot
from fewtext.classify.input_validation import checked_label_sets, checked_pairs
from fewtext.classify.model_folder import read_model
from fewtext.classify.model_selection import AUTO
from fewtext.classify.saved_model import SavedModel
from fewtext.classify.selective import LEAST, Threshold, check_share, threshold_for
from fewtext.classify.single_label import FewShotClassifier
from fewtext.classify.support_set import gather_support
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.labels import spelled_as
from fewtext.contracts.learner import LabelledSupport, Learner
from fewtext.encoders.load import fit_encoder
from fewtext.errors import FewtextError
from fewtext.files.label_columns import BETWEEN
from fewtext.metrics.calibration import FOLDS, PRIOR_SPREAD, SHOTS_TO_HOLD_OUT, rank_in_class
from fewtext.metrics.multi_label import SetMetrics, measure_sets
from fewtext.registry.failures import plugin_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

OFFSET_SPREAD = 1.0  # of a label's offset around what is usual for its share of the examples
SHIFT_SPREAD = 5.0  # of what is usual around the log-odds of that share
LBFGS_STEPS = 50


@dataclass(frozen=True)
class MultiLabelCalibration:
    """A temperature for all labels, an offset for each and the probability from which on a text has it."""

    temperature: float
    offsets: Tensor
    thresholds: Tensor

    def probabilities(self, logits: Tensor) -> Tensor:
        """Return float64 probabilities of logits ``[n, labels]``."""
        return (logits.double() / self.temperature + self.offsets).sigmoid()


@dataclass(frozen=True)
class LabelThreshold:
    """From which probability on a label is given; ``recall`` is the share of all labels there are that this gives."""

    pooled: Threshold
    recall: float

    @property
    def probability(self) -> float:
        """The threshold, of all labels alike."""
        return self.pooled.probability

    def __str__(self) -> str:
        low, high = self.pooled.precision_interval
        bar = (
            f"from a probability of {self.probability:.1%} on" if self.probability else "as without a wanted precision"
        )
        return (
            f"labels {bar}; by examples held out, "
            f"{self.pooled.precision:.0%} [{low:.0%}, {high:.0%}] of those given will be right, and they are "
            f"{self.recall:.0%} of all that texts have"
        )


class MultiLabelClassifier(FewShot):
    """Gives each text those of the labels that it has: any number of them, or none.

    Parameters are those of ``FewShotClassifier``, but for ``tuner``, ``oos_label`` and the learner ``auto``. ``fit``
    takes for each text a collection of labels, an empty one too.

    After ``fit``: ``classes_`` (sorted labels), ``support_`` (``LabelledSupport``), ``support_texts_``,
    ``thresholds_`` ``[labels]`` (from which probability on a text has the label), ``encoder_``, ``learner_``.
    """

    support_: LabelledSupport

    def fit(
        self, texts: Sequence[Any], labels: Sequence[Any], *, progress: Progress | None = None
    ) -> MultiLabelClassifier:
        """Learn from texts and the labels of each."""
        if self.tuner or self.learner == AUTO or self.oos_label is not None:
            message = "tuned encoders, the learner auto and a label of none are not for several labels a text"
            raise FewtextError(message, hint="leave it out; a text without labels has an empty list of them")
        learner_spec = self._learner_spec()
        pairs = checked_pairs(texts, labels, checked_label_sets)
        gathered = gather_support(*pairs, self.label_names, self.name_weight)
        encoder = fit_encoder(self._loaded_encoder(learner_spec), gathered.texts)
        learner = self._built(learner_spec, encoder)
        gathered, x = self._encoded(encoder, gathered, progress)
        label_matrix = torch.zeros(len(x), len(gathered.classes), dtype=torch.bool)
        for row, owners in enumerate(gathered.label_sets):
            label_matrix[row, list(owners)] = True
        if whole := [str(gathered.classes[i]) for i in label_matrix.all(0).nonzero()[:, 0].tolist()]:
            raise FewtextError(f"every text has the label {whole[0]}", hint="give some that do not")
        support = LabelledSupport(x, label_matrix, torch.tensor(gathered.weight))
        self._learned(encoder, learner, gathered.classes, support, gathered.shown, gathered.examples)
        self.calibration_ = calibrate(self.held_out_logits_, support, gathered.examples, learner.temperature)
        return self

    def _learned(
        self,
        encoder: Encoder,
        learner: Learner,
        classes: list[Any],
        support: LabelledSupport,
        texts: list[str],
        examples: int,
    ) -> None:
        self.encoder_, self.learner_, self.classes_ = encoder, learner, np.array(classes)
        self.support_, self.support_texts_, self.n_examples_ = support, texts, examples
        self._fit_classifier()

    def _fit_classifier(self) -> None:
        """Fit to the whole support and, at once, without each fold."""
        support, learner = self.support_, self.learner_
        whole = torch.zeros(1, len(support.x), dtype=torch.bool)
        folds = folds_of(support.label_matrix, self.n_examples_)
        self.held_out_logits_ = torch.full(support.label_matrix.shape, torch.nan)
        with torch.no_grad(), plugin_errors("learner", learner.name):
            self.classifier_, *parts = learner.fit_labels(support, torch.cat([whole, folds]))
            for out, classify in zip(folds, parts, strict=True):
                self.held_out_logits_[out] = classify(support.x[out])
                rest = support.label_matrix[~out & (support.weight > 0)]
                untold = ~rest.any(0) | rest.all(0)  # labels of which the fold took all that has them, or has not
                self.held_out_logits_[:, untold] = self.held_out_logits_[:, untold].where(~out[:, None], torch.nan)

    @property
    def thresholds_(self) -> Tensor:
        """From which probability on a text is said to have a label: ``[labels]``."""
        return self.calibration_.thresholds

    def probabilities(self, features: Tensor) -> Tensor:
        """Return float64 probabilities ``[n, labels]`` that encoded texts ``[n, *shape]`` have each label."""
        return self.calibration_.probabilities(self._logits(features))

    def predict_proba(self, texts: Sequence[Any], *, progress: Progress | None = None) -> NDArray[np.float64]:
        """Return the probability of each label for each text, ``[n, labels]``: rows do not sum to one."""
        found: NDArray[np.float64] = self.probabilities(self._features(texts, progress)).numpy()
        return found

    def predict(self, texts: Sequence[Any]) -> list[tuple[Any, ...]]:
        """Return the labels of each text, the likeliest first."""
        chances = torch.from_numpy(self.predict_proba(texts))
        labels = self.classes_.tolist()
        return [tuple(labels[i] for i in row) for row in self.given(chances)]

    def given(self, chances: Tensor, least: float = 0.0) -> list[list[int]]:
        """Return the places of the labels that each text has, likeliest first; none below ``least``."""
        order = chances.argsort(dim=-1, descending=True, stable=True)
        enough = (chances >= self.thresholds_.clamp(min=least)).gather(1, order)
        return [row[yes].tolist() for row, yes in zip(order, enough, strict=True)]

    def measure(self, chances: Tensor, labels: Sequence[Sequence[Any]]) -> SetMetrics:
        """Compare what probabilities ``[n, labels]`` give with the labels that the texts have, also unknown ones."""
        known = self.classes_.tolist()
        spelling = spelled_as(known, [label for own in labels for label in own])
        strange = set(spelling.values()) - set(known)
        columns = {label: k for k, label in enumerate([*known, *strange])}
        truth, given = torch.zeros(2, len(labels), len(columns), dtype=torch.bool)
        for row, own in enumerate(labels):
            truth[row, [columns[spelling[label]] for label in own]] = True
        given[:, : len(known)] = chances >= self.thresholds_
        return measure_sets(truth, given)

    def threshold(self, precision: float) -> LabelThreshold:
        """Return from which probability on to give any label, so that this share of the labels given is right.

        A label's own threshold holds as well: what is not given without a wanted precision is not given with one.
        """
        self._check_fitted()
        check_share(precision)
        chances = self.calibration_.probabilities(self.held_out_logits_)  # where there are none, NaN, which is not >=
        usual = chances >= self.thresholds_
        if usual.sum() < LEAST:
            message = f"{int(usual.sum())} labels were given to examples held out, too few to set a threshold by"
            raise FewtextError(message, hint="give at least three examples of a label, of as many labels as you can")
        found = threshold_for(chances[usual], self.support_.label_matrix[usual], precision=precision)
        right = self.support_.label_matrix & usual & (chances >= found.probability)
        return LabelThreshold(found, int(right.sum()) / int((self.support_.label_matrix & chances.isfinite()).sum()))

    def owners_of_support(self) -> list[tuple[Any, ...]]:
        """Return the labels of each text of the support."""
        labels = self.classes_.tolist()
        return [tuple(labels[i] for i in row.nonzero()[:, 0].tolist()) for row in self.support_.label_matrix]

    def labels_of_support(self) -> list[str]:
        """Return the labels of each text of the support, as one string."""
        return [BETWEEN.join(map(str, own)) for own in self.owners_of_support()]

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, its support texts included."""
        self._check_fitted()
        support, found = self.support_, self.calibration_
        parts = support.x, support.label_matrix, support.weight, found.temperature
        self._write(Path(folder), *parts, offsets=found.offsets, thresholds=found.thresholds)

    @classmethod
    def load(cls, folder: str | Path, **options: Any) -> MultiLabelClassifier:
        """Read a saved classifier, without network; options are ``encoder``, ``device`` and ``dtype``."""
        saved = read_model(Path(folder))
        if not saved.multi_label:
            message = "holds a classifier that gives one label a text"
            raise FewtextError(message, where=str(folder), hint="FewShotClassifier loads it")
        return cls.restored(Path(folder), saved, **options)

    @classmethod
    def restored(cls, folder: Path, saved: SavedModel, **options: Any) -> MultiLabelClassifier:
        """Return the classifier of a folder that was read."""
        model, encoder, learner = cls._rebuilt(folder, saved, **options)
        support = LabelledSupport(saved.x, saved.y, saved.weight)
        model._learned(encoder, learner, saved.settings.labels, support, saved.texts, saved.settings.examples)
        assert saved.offsets is not None and saved.thresholds is not None
        model.calibration_ = MultiLabelCalibration(saved.settings.temperature, saved.offsets, saved.thresholds)
        return model


def load_classifier(folder: str | Path, **options: Any) -> FewShotClassifier | MultiLabelClassifier:
    """Read a saved classifier of either kind, without network; options are ``device`` and ``dtype``."""
    saved = read_model(Path(folder))
    kind = MultiLabelClassifier if saved.multi_label else FewShotClassifier
    return kind.restored(Path(folder), saved, **options)


def folds_of(label_matrix: Tensor, examples: int) -> Tensor:
    """Return which examples are held out together: ``[folds, n]``, ``FOLDS`` of them or fewer.

    Each goes by the rarest label that it has, so that every fold has some of each; an example whose rarest label has
    fewer than three stays.
    """
    counts = label_matrix[:examples].sum(0)
    none = label_matrix.shape[1]  # a class of their own for those without a label
    rarest = torch.where(label_matrix, counts, torch.iinfo(torch.int64).max).argmin(1)
    rarest[~label_matrix.any(1)] = none
    enough = torch.cat([counts >= SHOTS_TO_HOLD_OUT, torch.tensor([True])])[rarest]
    chosen = enough & (torch.arange(len(label_matrix)) < examples)
    rank = rank_in_class(rarest, chosen, none + 1) % FOLDS
    folds = torch.stack([chosen & (rank == fold) for fold in range(FOLDS)])
    return folds[folds.any(1)]


def calibrate(logits: Tensor, support: LabelledSupport, examples: int, prior: float) -> MultiLabelCalibration:
    """Fit sigmoid(logit / temperature + offset) to held-out ``logits`` ``[n, labels]``, NaN where there are none.

    One temperature, as of single labels, and an offset for each label, which sets out from the log-odds of the label's
    share of the examples and a shift that all labels have in common. A label is given from half of the F1 on that its
    probabilities promise at best, which is the best threshold for F1 where they are calibrated (Lipton et al., 2014).
    """
    share = (support.label_matrix[:examples].double().sum(0) + 0.5) / (examples + 1)
    usual = share.logit()
    # Without an example of a label among them, answers held out say nothing of how it is told from the rest.
    known = logits.isfinite() & (logits.isfinite() & support.label_matrix).any(0)
    answers, target = logits.double().nan_to_num(), support.label_matrix.double()
    log_scale = torch.zeros((), dtype=torch.float64, requires_grad=True)
    shift = torch.zeros((), dtype=torch.float64, requires_grad=True)
    own = torch.zeros_like(usual, requires_grad=True)
    optimizer = torch.optim.LBFGS([log_scale, shift, own], max_iter=LBFGS_STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        logits = answers / prior * log_scale.exp() + usual + shift + own
        losses = binary_cross_entropy_with_logits(logits, target, reduction="none")
        value = losses[known].sum() + log_scale.square() / (2 * PRIOR_SPREAD**2)
        value = value + own.square().sum() / (2 * OFFSET_SPREAD**2) + shift.square() / (2 * SHIFT_SPREAD**2)
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    offsets = (usual + shift + own).detach()
    found = MultiLabelCalibration(prior / float(log_scale.detach().exp()), offsets, torch.zeros_like(usual))
    chances = found.probabilities(logits)
    together = _best_f1(chances[known]) / 2 if known.any() else 0.5
    thresholds = [
        _best_f1(own[held]) / 2 if held.any() else together for own, held in zip(chances.T, known.T, strict=True)
    ]
    return MultiLabelCalibration(found.temperature, found.offsets, torch.tensor(thresholds, dtype=torch.float64))


def _best_f1(chances: Tensor) -> float:
    """Return the F1 that calibrated probabilities ``[n]`` promise at the best threshold."""
    ranked = chances.sort(descending=True).values
    promised = 2 * ranked.cumsum(0) / (torch.arange(1, len(ranked) + 1) + ranked.sum())
    return float(promised.max())
