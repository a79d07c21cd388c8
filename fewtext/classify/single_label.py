"""FewShotClassifier: fit a handful of labelled texts, predict labels with probabilities; scikit-learn's conventions."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from fewtext.classify.base import FewShot
from fewtext.classify.fine_tuning import answer_held_out, find_tuner, tuned
from fewtext.classify.input_validation import checked_pairs
from fewtext.classify.label_propagation import Transduced, transduce
from fewtext.classify.model_folder import read_model
from fewtext.classify.model_selection import AUTO, choose_learner
from fewtext.classify.out_of_scope import OutOfScope
from fewtext.classify.saved_model import SavedModel
from fewtext.classify.selective import Threshold, check_share, threshold_for
from fewtext.classify.support_set import gather_support
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.labels import normal_form, spelled_as
from fewtext.contracts.learner import Learner, Support
from fewtext.encoders.encode import encode, encoded_rows, warn_of_truncation
from fewtext.encoders.load import fit_encoder
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.metrics.calibration import FOLDS, fit_temperature, held_out_logits
from fewtext.registry.failures import plugin_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray


JUDGED_BY = 400  # examples, at most, by which label names are judged: among more they count little
HARM = 5.0  # nats, in all, by which examples held out must be likelier without label names for those to be left out


class FewShotClassifier(FewShot):
    """Classifies texts from a few labelled examples, on top of a frozen encoder.

    Parameters
    ----------
    learner : name of a learner plugin (``fewtext learners`` lists them), the folder that ``fewtext train`` wrote, or
        ``auto`` for the one of a few that does best on examples held out.
    options : the learner's options, as ``{"C": 1.0}``.
    encoder : None for three layers of the default BERT, or for what the learner was trained with; a name, a model's
        folder, ``owner/model``, ``NAME:MODEL``, or an ``Encoder``.
    label_names : True to use each label's own words as one more text of it, False not to, or descriptions by label
        (a text or a list of texts each); labels that only have a description become classes too.
    name_weight : how much one name or description counts, beside 1 for an example.
    tuner : None for the encoder as it is, or what trains it on the examples first: ``contrastive``, with options
        ``contrastive:steps=20``.
    device, dtype, max_length : of the encoder, when it is given by name.
    oos_label : the label of examples that belong to no class: ``predict`` answers it where texts are like them.

    After ``fit``: ``classes_`` (sorted labels), ``support_`` (features, classes, weights), ``support_texts_``,
    ``temperature_``, ``encoder_``, ``learner_``, where it was chosen ``choice_``, why, and ``out_of_scope_``, the
    examples of no class.

    """

    choice_: str | None = None
    out_of_scope_: OutOfScope | None = None
    out_of_scope_texts_: Sequence[str] = ()
    _answered: tuple[Tensor, Tensor] | None = None  # logits of examples held out and their rows

    def fit(
        self, texts: Sequence[str] = (), labels: Sequence[Any] = (), *, progress: Progress | None = None
    ) -> FewShotClassifier:
        """Learn from texts and their labels; without any, from the descriptions in ``label_names`` (zero-shot).

        In the place of texts there may be images, for an encoder of images.
        """
        learner_spec = self._learner_spec()  # before the slow part, so that a wrong name or option is said at once
        tuner = find_tuner(self.tuner) if self.tuner else None
        texts, labels, strange = self._apart(*checked_pairs(texts, labels))
        gathered = gather_support(texts, labels, self.label_names, self.name_weight)
        encoder = fit_encoder(self._loaded_encoder(learner_spec), [*gathered.texts, *strange])
        learner = self._built(learner_spec, encoder)
        untuned, n = encoder, gathered.examples
        if tuner:
            if not n:
                raise FewtextError("nothing to tune the encoder on", hint="give examples")
            encoder = tuned(tuner, untuned, gathered.texts[:n], torch.tensor(gathered.y[:n]), progress)
        gathered, x = self._encoded(encoder, gathered, progress)
        y = torch.tensor(gathered.y)
        support = Support(x, y, len(gathered.classes), torch.tensor(gathered.weight))
        if self.learner == AUTO:
            learner, self.choice_ = choose_learner(support, gathered.examples)
        if tuner:
            logits, rows = answer_held_out(tuner, untuned, learner, gathered.texts, support, n)
        else:
            logits, rows = _held_out(learner, support, gathered.examples)
            if len(rows) and n < len(y) and n <= JUDGED_BY:
                support, logits, rows = self._judged(learner, support, n, logits, rows)
        temperature = fit_temperature(logits, y[rows], learner.temperature)
        self._fitted(encoder, learner, gathered.classes, support, gathered.shown, gathered.examples, temperature)
        self._answered = logits, rows
        if strange:
            with warn_of_truncation(encoder):
                self._know(encode(encoder, strange), [str(item) for item in strange])
        return self

    def _judged(
        self, learner: Learner, support: Support, examples: int, logits: Tensor, rows: Tensor
    ) -> tuple[Support, Tensor, Tensor]:
        """Return the support and its held-out answers, without the names of labels where those do harm.

        ``logits`` of ``rows`` are held-out answers with them. Labels without an example keep their names.
        """
        named = torch.arange(len(support.y)) >= examples
        message = support.y[:, None] == support.y[:examples]  # [n, examples]
        bare = replace(support, weight=support.weight * ~(named & message.any(1)))
        without, same = _held_out(learner, bare, examples)
        target = support.y[rows]
        losses = [_log_loss(answers, target, learner.temperature) for answers in (logits, without)]
        if losses[0] - losses[1] < HARM:
            return support, logits, rows
        with_names, alone = (float(loss) / len(rows) for loss in losses)
        warnings.warn(
            f"label names do not fit the examples and are left out: the log loss of examples held out is {alone:.2f} "
            f"without them, {with_names:.2f} with",
            FewtextWarning,
            stacklevel=3,
        )
        return bare, without, same

    def _apart(self, texts: list[Any], labels: list[Any]) -> tuple[list[Any], list[Any], list[Any]]:
        """Return texts of a class, their labels, and texts of none."""
        if self.oos_label is None:
            return texts, labels, []
        if self.tuner:
            message = "a tuned encoder knows the examples too well to say what is like none of them"
            raise FewtextError(message, hint="leave out the tuner or the label of none")
        none = normal_form(self.oos_label)
        if isinstance(self.label_names, Mapping) and none in map(normal_form, self.label_names):
            message = f"the label {self.oos_label} is described, and is that of none"
            raise FewtextError(message, hint="leave it out of the descriptions")
        strange = [text for text, label in zip(texts, labels, strict=True) if normal_form(label) == none]
        if not strange:
            raise FewtextError(f"no example has the label {self.oos_label}, of none", hint="check its spelling")
        pairs = [pair for pair in zip(texts, labels, strict=True) if normal_form(pair[1]) != none]
        strange = list(dict.fromkeys(strange))  # each is asked how near the nearest of the others is
        kept = [text for text, _ in pairs]
        known = set(kept)
        if both := [str(text) for text in strange if text in known]:
            message = f"{len(both)} texts stand under a label and under {self.oos_label}: {both[0]}"
            warnings.warn(message, FewtextWarning, stacklevel=3)
        return kept, [label for _, label in pairs], strange

    def _know(self, x: Tensor, texts: Sequence[str]) -> None:
        """Take over the examples of no class."""
        usable = encoded_rows(x, texts, "set aside")
        self.out_of_scope_ = OutOfScope(x[usable], self.support_, self.n_examples_)
        self.out_of_scope_texts_ = [texts[i] for i in usable.nonzero()[:, 0].tolist()]

    def _fitted(
        self,
        encoder: Encoder,
        learner: Learner,
        classes: list[Any],
        support: Support,
        texts: list[str],
        examples: int,
        temperature: float,
    ) -> FewShotClassifier:
        """Take over what a fit, or a saved fit, consists of; ``examples`` of the support are no names."""
        self.encoder_, self.learner_, self.classes_ = encoder, learner, np.array(classes)
        self.support_, self.support_texts_, self.n_examples_ = support, texts, examples
        self.temperature_ = temperature
        self._answered, self.out_of_scope_, self.out_of_scope_texts_ = None, None, ()
        self._fit_classifier()
        return self

    def _fit_classifier(self) -> None:
        nothing = torch.zeros(1, len(self.support_.y), dtype=torch.bool)
        with torch.no_grad(), plugin_errors("learner", self.learner_.name):
            (self.classifier_,) = self.learner_.fit_without(self.support_, nothing)

    def predict(self, texts: Sequence[str], *, transductive: bool = False) -> NDArray[Any]:
        """Return the most probable label of each text, or that of none: ``[n]``."""
        features = self._features(texts, None)
        labels: NDArray[Any] = self.classes_[self._chances(features, transductive).argmax(-1).numpy()]
        if self.out_of_scope_ is None:
            return labels
        strange = self.out_of_scope_.similarity(features) < self.out_of_scope_.bar()
        return np.array([self.oos_label if none else label for none, label in zip(strange, labels, strict=True)])

    def predict_proba(
        self, texts: Sequence[str], *, transductive: bool = False, progress: Progress | None = None
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities ``[n, classes]``, columns in the order of ``classes_``.

        ``transductive`` answers the texts together, in the light of how they lie among one another.
        Raises ``FewtextError`` for an image that cannot be read; ``fewtext.classify.predict.classify`` leaves it
        unanswered.
        """
        features = self._features(texts, progress)
        found: NDArray[np.float64] = self._chances(features, transductive).numpy()
        return found

    def _chances(self, features: Tensor, transductive: bool) -> Tensor:
        return self.transduce(features).probabilities if transductive else self.probabilities(features)

    def probabilities(self, features: Tensor) -> Tensor:
        """Return float64 probabilities ``[n, classes]`` of encoded texts ``[n, *shape]``."""
        return (self._logits(features).double() / self.temperature_).softmax(-1)

    def transduce(self, features: Tensor) -> Transduced:
        """Answer encoded texts ``[n, *shape]`` together: each is drawn towards what its neighbours are taken for."""
        held, rows = self.held_out()
        chances, support = self.probabilities(features), self.support_
        return transduce(features.flatten(1), chances, support.x[rows].flatten(1), held, support.y[rows])

    def held_out(self, parts: int = FOLDS) -> tuple[Tensor, Tensor]:
        """Return probabilities ``[n, classes]`` of support examples by fits without them, and their rows ``[n]``.

        A fit is without one of ``parts`` parts. There are none where all classes have fewer than three examples.
        """
        self._check_fitted()
        answered = self._answered if parts == FOLDS or self.encoder_.weights else None
        logits, rows = answered or _held_out(self.learner_, self.support_, self.n_examples_, parts)
        return (logits.double() / self.temperature_).softmax(-1), rows

    def threshold(
        self, *, precision: float | None = None, coverage: float | None = None, among: Transduced | None = None
    ) -> Threshold:
        """Return from which probability on to answer, for a wanted precision or a wanted share of answers.

        ``among`` is what queries were answered together with.
        """
        if (precision is None) == (coverage is None):
            raise FewtextError("a threshold is for a precision or for a coverage", hint="give one of them")
        check_share(precision if precision is not None else coverage)
        if among is None:
            probabilities, rows = self.held_out()
            target = self.support_.y[rows]
        else:
            probabilities, target = among.held_out, among.target
        confidence, answer = probabilities.max(-1)
        return threshold_for(confidence, answer == target, precision=precision, coverage=coverage)

    def owners_of_support(self) -> list[Any]:
        """Return the label of each text of the support."""
        labels = self.classes_.tolist()
        return [labels[way] for way in self.support_.y.tolist()]

    def labels_of_support(self) -> list[str]:
        """Return the label of each text of the support, as a string."""
        return list(map(str, self.owners_of_support()))

    def score(self, texts: Sequence[str], labels: Sequence[Any]) -> float:
        """Return the accuracy on labelled texts, a fraction."""
        self._check_fitted()
        classes = [*self.classes_.tolist(), *([] if self.out_of_scope_ is None else [self.oos_label])]
        texts, labels = checked_pairs(texts, labels)
        if not texts:
            raise FewtextError("no texts to score", hint="give some, with their labels")
        spelling, answers = spelled_as(classes, labels), self.predict(texts).tolist()
        return float(np.mean([spelling[label] == answer for label, answer in zip(labels, answers, strict=True)]))

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, its support texts included."""
        self._check_fitted()
        support, trained = self.support_, dict(self.encoder_.weights or {})
        held = self._answered if trained else None
        parts = support.x, support.y, support.weight, self.temperature_
        strange = self.out_of_scope_.x if self.out_of_scope_ else None
        more: dict[str, Any] = {"out_of_scope": strange, "out_of_scope_texts": self.out_of_scope_texts_}
        self._write(Path(folder), *parts, encoder_weights=trained, held_out=held, **more)

    @classmethod
    def load(
        cls, folder: str | Path, *, encoder: Encoder | None = None, device: str = "auto", dtype: str = "auto"
    ) -> FewShotClassifier:
        """Read a saved classifier, without network; ``encoder`` where it was fitted with an instance of one's own.

        The learner is refitted on the saved support, which takes milliseconds.
        """
        saved = read_model(Path(folder))
        if saved.multi_label:
            message = "holds a classifier that gives several labels a text"
            raise FewtextError(
                message, where=str(folder), hint="classify --model takes it, MultiLabelClassifier loads it"
            )
        return cls.restored(Path(folder), saved, encoder=encoder, device=device, dtype=dtype)

    @classmethod
    def restored(cls, folder: Path, saved: SavedModel, **options: Any) -> FewShotClassifier:
        """Return the classifier of a folder that was read."""
        model, encoder, learner = cls._rebuilt(folder, saved, **options)
        settings = saved.settings
        support = Support(saved.x, saved.y, len(settings.labels), saved.weight)
        model._fitted(encoder, learner, settings.labels, support, saved.texts, settings.examples, settings.temperature)
        model._answered = saved.held_out
        if saved.out_of_scope is not None:
            model._know(saved.out_of_scope, saved.out_of_scope_texts)
        return model


def _held_out(learner: Learner, support: Support, examples: int, parts: int = FOLDS) -> tuple[Tensor, Tensor]:
    with plugin_errors("learner", learner.name):
        return held_out_logits(learner, support, torch.arange(len(support.y)) < examples, parts)


def _log_loss(logits: Tensor, target: Tensor, prior: float) -> Tensor:
    return cross_entropy(logits / fit_temperature(logits, target, prior), target, reduction="sum")
