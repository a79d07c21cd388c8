"""FewShotClassifier: fit a handful of labelled texts, predict labels with probabilities; scikit-learn's conventions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from fewtext import discovery
from fewtext.abstention import Threshold, threshold_for
from fewtext.blueprints import Blueprint, find_learner
from fewtext.calibration import FOLDS, fit_temperature, held_out_logits
from fewtext.choosing import AUTO, CANDIDATES, choose_learner
from fewtext.encoding import (
    CLASSIFYING,
    Encoder,
    Progress,
    encode,
    load_encoder,
    readable,
    spec_of,
    telling_of_truncation,
    usable_rows,
)
from fewtext.errors import FewtextError
from fewtext.estimator import Estimator
from fewtext.learning import Learner, Support
from fewtext.options import default_options
from fewtext.plugin_failures import naming
from fewtext.propagation import Transduced, transduce
from fewtext.saving import SavedModel, Settings, damaged, read_model, write_model
from fewtext.support import LabelNames, checked_labels, checked_texts, gather_support
from fewtext.tuning import answer_held_out, find_tuner

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEFAULT_LEARNER = "logistic"
QUERY_CHUNK = 4096  # queries whose logits are computed at once: [queries, ways] must fit at any number of ways


class FewShotClassifier(Estimator):
    """Classifies texts from a few labelled examples, on top of a frozen encoder.

    Parameters
    ----------
    learner : name of a learner plugin (``fewtext learners`` lists them), the folder that ``fewtext train`` wrote, or
        ``auto`` for the one of a few that does best on examples held out.
    options : the learner's options, as ``{"C": 1.0}``.
    encoder : None for three layers of the default BERT, or for what the learner was trained with; a name, a model's
        folder, ``owner/model``, ``NAME:MODEL``, or an ``Encoder``.
    label_names : True to use each label's own words as one more example, False not to, or descriptions by label
        (a text or a list of texts each); labels that only have a description become classes too.
    name_weight : how much one name or description counts, beside 1 for an example.
    tuner : None for the encoder as it is, or what trains it on the examples first: ``contrastive``, with options
        ``contrastive:steps=20``.
    device, dtype, max_length : of the encoder, when it is given by name.

    After ``fit``: ``classes_`` (sorted labels), ``support_`` (features, classes, weights), ``support_texts_``,
    ``temperature_``, ``encoder_``, ``learner_``, and where it was chosen ``choice_``, why.

    """

    choice_: str | None = None
    _answered: tuple[Tensor, Tensor] | None = None  # logits of examples held out and their rows

    def __init__(
        self,
        *,
        learner: str | Blueprint = DEFAULT_LEARNER,
        options: Mapping[str, Any] | None = None,
        encoder: str | Encoder | None = None,
        label_names: LabelNames = True,
        name_weight: float = 1.0,
        tuner: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
    ) -> None:
        self.learner = learner
        self.options = options
        self.encoder = encoder
        self.label_names = label_names
        self.name_weight = name_weight
        self.tuner = tuner
        self.device = device
        self.dtype = dtype
        self.max_length = max_length

    def fit(
        self, texts: Sequence[str] = (), labels: Sequence[Any] = (), *, progress: Progress | None = None
    ) -> FewShotClassifier:
        """Learn from texts and their labels; without any, from the descriptions in ``label_names`` (zero-shot).

        In the place of texts there may be pictures, for an encoder of pictures.
        """
        blueprint = self._blueprint()  # before the slow part, so that a wrong name or option is said at once
        tuner = find_tuner(self.tuner) if self.tuner else None
        gathered = gather_support(texts, labels, self.label_names, self.name_weight)
        encoder = self._loaded_encoder(blueprint).made_from(gathered.texts)
        learner = blueprint.build(encoder.shape)
        if learner.backbone.transductive:
            told = f"with the backbone {blueprint.backbone} an answer would depend on what else is asked"
            raise FewtextError(told, cure="train one without norm=batch; evaluate takes it, to compare with papers")
        untuned, n = encoder, gathered.examples
        if tuner:
            if not n:
                raise FewtextError("nothing to tune the encoder on", cure="give examples")
            with naming("tuner", tuner.name):
                encoder = tuner.tune(untuned, gathered.texts[:n], torch.tensor(gathered.y[:n]), progress=progress)
        with telling_of_truncation(encoder):
            x = encode(encoder, gathered.texts, progress)
        usable = usable_rows(x, gathered.texts, "set aside")
        if not usable.all():
            gathered, x = gathered.only(usable.nonzero()[:, 0].tolist()), x[usable]
        y = torch.tensor(gathered.y)
        support = Support(x, y, len(gathered.classes), torch.tensor(gathered.weight))
        if self.learner == AUTO:
            learner, self.choice_ = choose_learner(support, gathered.examples)
        if tuner:
            logits, rows = answer_held_out(tuner, untuned, learner, gathered.texts, support, n)
        else:
            logits, rows = _held_out(learner, support, gathered.examples)
        temperature = fit_temperature(logits, y[rows], learner.temperature)
        shown = [str(text) for text in gathered.texts]
        self._fitted(encoder, learner, gathered.classes, support, shown, gathered.examples, temperature)
        self._answered = logits, rows
        return self

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
        self._answered = None
        with torch.no_grad(), naming("learner", learner.name):
            (self.classifier_,) = learner.fit_without(support, torch.zeros(1, len(support.y), dtype=torch.bool))
        return self

    def predict(self, texts: Sequence[str], *, transductive: bool = False) -> NDArray[Any]:
        """Return the most probable label of each text: ``[n]``."""
        best = self.predict_proba(texts, transductive=transductive).argmax(1)
        labels: NDArray[Any] = self.classes_[best]
        return labels

    def predict_proba(
        self, texts: Sequence[str], *, transductive: bool = False, progress: Progress | None = None
    ) -> NDArray[np.float64]:
        """Return calibrated probabilities ``[n, classes]``, columns in the order of ``classes_``.

        ``transductive`` answers the texts together, in the light of how they lie among one another.
        Raises ``FewtextError`` for a picture that cannot be read; ``fewtext.prediction.classify`` leaves it unanswered.
        """
        self._check_fitted()
        with telling_of_truncation(self.encoder_):
            items = checked_texts(texts)
            features = encode(self.encoder_, items, progress)
        if lost := [str(items[i]) for i in (~readable(features)).nonzero()[:, 0].tolist()]:
            raise FewtextError(
                f"{len(lost)} of {len(items)} items cannot be read: {', '.join(lost[:5])}", cure="leave them out"
            )
        return (self.transduce(features).probabilities if transductive else self.probabilities(features)).numpy()

    def probabilities(self, features: Tensor) -> Tensor:
        """Return float64 probabilities ``[n, classes]`` of encoded texts ``[n, *shape]``."""
        with torch.no_grad(), naming("learner", self.learner_.name):
            logits = torch.cat([self.classifier_(chunk) for chunk in torch.split(features, QUERY_CHUNK)])
            if logits.shape != (len(features), len(self.classes_)) or not logits.isfinite().all():
                raise ValueError(f"logits of shape {tuple(logits.shape)}, or not all finite")
        return (logits.double() / self.temperature_).softmax(-1)

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
            raise FewtextError("a threshold is for a precision or for a coverage", cure="give one of them")
        wanted = precision if precision is not None else coverage
        if wanted is None or not 0 < wanted <= 1:
            raise FewtextError(f"{wanted} is no share", cure="above 0 and up to 1")
        if among is None:
            probabilities, rows = self.held_out()
            target = self.support_.y[rows]
        else:
            probabilities, target = among.held_out, among.target
        confidence, answer = probabilities.max(-1)
        return threshold_for(confidence, answer == target, precision=precision, coverage=coverage)

    def score(self, texts: Sequence[str], labels: Sequence[Any]) -> float:
        """Return the accuracy on labelled texts, a fraction."""
        return float(np.mean(self.predict(texts) == np.asarray(checked_labels(labels))))

    def save(self, folder: str | Path) -> None:
        """Write the fitted classifier to a folder, its support texts included."""
        self._check_fitted()
        blueprint = self._blueprint()
        settings = Settings(
            learner=self.learner_.name,
            options={**default_options(type(self.learner_)), **blueprint.options},
            backbone=blueprint.backbone,
            trained=blueprint.weights is not None,
            encoder=self._encoder_spec(blueprint),
            fingerprint=self.encoder_.fingerprint,
            max_length=self.encoder_.max_length,
            labels=self.classes_.tolist(),
            examples=self.n_examples_,
            temperature=self.temperature_,
            prior=self.learner_.temperature,
        )
        support, state = self.support_, self.learner_.state_dict()
        trained = dict(self.encoder_.weights or {})
        held = self._answered if trained else None
        parts = support.x, support.y, support.weight, self.support_texts_, state, trained, held
        write_model(Path(folder), SavedModel(settings, *parts))

    @classmethod
    def load(
        cls, folder: str | Path, *, encoder: Encoder | None = None, device: str = "auto", dtype: str = "auto"
    ) -> FewShotClassifier:
        """Read a saved classifier, without network; ``encoder`` where it was fitted with an instance of one's own.

        The learner is refitted on the saved support, which takes milliseconds.
        """
        folder = Path(folder)
        saved = read_model(folder)
        settings = saved.settings
        learner_class = discovery.learner(settings.learner)
        blueprint = Blueprint(learner_class, settings.options, settings.backbone)
        if settings.trained:
            blueprint = replace(blueprint, weights=saved.learner_state, temperature=settings.prior)
        model = cls(
            learner=blueprint, encoder=encoder or settings.encoder, device=device, dtype=dtype,
            max_length=settings.max_length,
        )  # fmt: skip
        learner = blueprint.build(saved.x.shape[1:])
        try:
            learner.load_state_dict(saved.learner_state)
        except RuntimeError as error:
            raise damaged(folder, "its weights are not this learner's") from error
        encoder = model._loaded_encoder(blueprint, offline=True).made_from(saved.texts)
        if saved.encoder_weights:
            encoder = encoder.with_weights(saved.encoder_weights)
        if encoder.fingerprint != settings.fingerprint or encoder.shape != saved.x.shape[1:]:
            raise FewtextError(
                f"was fitted with another encoder ({settings.fingerprint}, here {encoder.fingerprint})",
                where=str(folder),
                cure=f"put back the model of {settings.encoder}, or fit again from its support.jsonl",
            )
        support = Support(saved.x, saved.y, len(settings.labels), saved.weight)
        model._fitted(encoder, learner, settings.labels, support, saved.texts, settings.examples, settings.temperature)
        model._answered = saved.held_out
        return model

    def _blueprint(self) -> Blueprint:
        """Return the learner to be built; raise ``FewtextError`` where it cannot be, or has to be trained first."""
        found = self.learner
        if found == AUTO:
            if self.options or self.tuner:
                told = "options are of one learner, and a tuned encoder knows the examples to choose by"
                raise FewtextError(told, cure=f"name the learner: {', '.join(CANDIDATES)}")
            found = CANDIDATES[0]
        if not isinstance(found, Blueprint):
            found = find_learner(found, self.options)
            found.check()
        return found

    def _encoder_spec(self, blueprint: Blueprint) -> str:
        """Return how to find the encoder again: a folder by its absolute path, an instance by its name."""
        if isinstance(self.encoder, Encoder):
            return self.encoder.name
        return spec_of(self.encoder or (blueprint.run.encoder if blueprint.run else CLASSIFYING))

    def _loaded_encoder(self, blueprint: Blueprint, offline: bool = False) -> Encoder:
        if isinstance(self.encoder, Encoder):
            encoder = self.encoder
        else:
            encoder = load_encoder(
                self._encoder_spec(blueprint),
                device=self.device,
                dtype=self.dtype,
                max_length=self.max_length or (blueprint.run.max_length if blueprint.run else None),
                offline=offline,
            )
        blueprint.check_encoder(encoder)
        return encoder

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise FewtextError("the classifier has not been fitted", cure="call fit first")


def _held_out(learner: Learner, support: Support, examples: int, parts: int = FOLDS) -> tuple[Tensor, Tensor]:
    with naming("learner", learner.name):
        return held_out_logits(learner, support, torch.arange(len(support.y)) < examples, parts)
