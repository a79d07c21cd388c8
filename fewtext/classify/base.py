"""What both kinds of classifier have in common: parameters, encoding, and a folder to be saved in and rebuilt from."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import torch
from torch import Tensor

from fewtext.classify.additions import Additions
from fewtext.classify.changed_answers import check_rough_features
from fewtext.classify.columns import LabelColumn
from fewtext.classify.company import check_alone, check_usable
from fewtext.classify.defaults import DEFAULT_LEARNER
from fewtext.classify.fitted_head import saved_head
from fewtext.classify.input_validation import checked_texts, plain
from fewtext.classify.label_names import NAME_WEIGHT
from fewtext.classify.learner_parameters import wanted_learner
from fewtext.classify.model_folder import SAVE_AGAIN, another_encoder, write_model
from fewtext.classify.parameters import Parameters
from fewtext.classify.provenance import provenance
from fewtext.classify.saved_model import Expected, LeftOut, Marked, Provenance, SavedModel, Settings
from fewtext.classify.support_set import LabelNames, SupportTexts
from fewtext.contracts.encoder import Encoder, Progress
from fewtext.contracts.learner import Classifier, Learner, checked_logits
from fewtext.encoders.encode import encode, encoded_rows, finite_rows, warn_of_truncation
from fewtext.encoders.load import CLASSIFYING, find_encoder, fit_encoder, load_encoder, spec_of, spec_within
from fewtext.encoders.weighted_parts import WeightedParts, unweighted
from fewtext.errors import FewtextError, damaged, listed
from fewtext.files.text_columns import TextColumn, joint_name
from fewtext.learners.spec import LearnerSpec
from fewtext.registry import discovery
from fewtext.registry.failures import plugin_errors
from fewtext.registry.options import default_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

QUERY_CHUNK = 4096  # queries whose logits are computed at once: [queries, ways] must fit at any number of ways


class TextClassifier(Parameters, ABC):
    """A learner over an encoder, fitted to a support. ``fewtext.FewShotClassifier`` documents the parameters."""

    classes_: NDArray[Any]
    classifier_: Classifier
    encoder_: Encoder
    learner_: Learner
    support_: Any
    support_texts_: list[str]
    n_examples_: int
    matrix_columns_: list[Any] | None = None  # labels of the indicator matrix that it was fitted to
    made_: Provenance | None = None  # of a saved one
    additions_: Additions = MappingProxyType({})  # so that they can be undone
    left_out_: LeftOut | None = None  # of one whose examples have no texts
    marked_: Marked | None = None  # answers that it has learned from

    def __init__(
        self,
        *,
        learner: str | LearnerSpec = DEFAULT_LEARNER,
        options: Mapping[str, Any] | None = None,
        encoder: str | Encoder | None = None,
        label_names: LabelNames = True,
        name_weight: float = NAME_WEIGHT,
        tuner: str | None = None,
        device: str = "auto",
        dtype: str = "auto",
        max_length: int | None = None,
        oos_label: Any = None,
        text_column: TextColumn = None,
        label_column: LabelColumn = None,
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
        self.oos_label = plain(oos_label)
        self.text_column = text_column
        self.label_column = label_column

    def _learner_spec(self) -> LearnerSpec:
        return wanted_learner(self.learner, self.options, self.tuner)

    def _encoder_spec(self, learner_spec: LearnerSpec) -> str:
        """Return how to find the encoder again: a folder by its absolute path, an instance by its name."""
        if isinstance(self.encoder, Encoder):
            return self.encoder.name
        return spec_of(self.encoder or (learner_spec.run.encoder if learner_spec.run else CLASSIFYING))

    def _loaded_encoder(self, learner_spec: LearnerSpec, offline: bool = False) -> Encoder:
        if isinstance(self.encoder, Encoder):
            encoder = self.encoder
        else:
            encoder = load_encoder(
                self._encoder_spec(learner_spec),
                device=self.device,
                dtype=self.dtype,
                max_length=self.max_length or (learner_spec.run.max_length if learner_spec.run else None),
                offline=offline,
            )
        learner_spec.check_encoder(encoder)
        return encoder

    def _encoded(
        self, encoder: Encoder, gathered: SupportTexts, progress: Progress | None
    ) -> tuple[SupportTexts, Tensor]:
        """Return the part of a support that can be read, and its features ``[n, *shape]``."""
        with warn_of_truncation(encoder):
            x = encode(encoder, gathered.texts, progress)
        usable = encoded_rows(x, gathered.texts, "skipped")
        return (gathered, x) if usable.all() else (gathered.only(usable.nonzero()[:, 0].tolist()), x[usable])

    def _features(self, texts: Sequence[Any], progress: Progress | None) -> Tensor:
        """Return the features of queries ``[n, *shape]``; raise ``FewtextError`` for one that cannot be read."""
        self.check_fitted()
        with warn_of_truncation(self.encoder_):
            items = checked_texts(texts)
            features = encode(self.encoder_, items, progress)
        if unread := [items[i] for i in (~finite_rows(features)).nonzero()[:, 0].tolist()]:
            message = f"{len(unread)} of {len(items)} items cannot be read: {listed(unread)}"
            raise FewtextError(message, hint="leave them out")
        return features

    def check_fitted(self) -> None:
        """Raise ``NotFittedError`` before ``fit``."""
        if not hasattr(self, "classifier_"):
            from fewtext.classify.not_fitted import NotFittedError

            raise NotFittedError

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the classifier, a function that cannot be pickled: it is fitted again from the support."""
        return {name: value for name, value in self.__dict__.items() if name != "classifier_"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "learner_" in state:
            self._fit_classifier()

    def _take_over(
        self, encoder: Encoder, learner: Learner, classes: list[Any], support: Any, texts: list[str], examples: int,
        head: Classifier | None = None,
    ) -> None:  # fmt: skip
        """Take over what a fit, or a saved one and its ``head``, is; the first ``examples`` texts are no names."""
        check_usable(learner, support.x.shape[1:])
        self.encoder_, self.learner_, self.classes_ = encoder, learner, np.array(classes)
        self.support_, self.support_texts_, self.n_examples_ = support, texts, examples
        if head is not None:
            self.classifier_ = head
        else:
            self._fit_classifier()
        check_rough_features(self)

    @abstractmethod
    def _fit_classifier(self) -> None:
        """Fit ``learner_`` to ``support_``, which gives ``classifier_``."""

    def _logits(self, features: Tensor, jointly: bool = False) -> Tensor:
        """Return the classifier's logits ``[n, classes]`` of encoded texts ``[n, *shape]``."""
        if not jointly:
            check_alone(self.learner_)
        with torch.no_grad(), plugin_errors("learner", self.learner_.name, self.learner_):
            chunks, ways = [features] if jointly else torch.split(features, QUERY_CHUNK), len(self.classes_)
            logits = torch.cat([checked_logits(self.classifier_(chunk), len(chunk), ways) for chunk in chunks])
            if not logits.isfinite().all():
                raise ValueError("logits are NaN or infinite")
        return logits

    @abstractmethod
    def _expected(self) -> Expected | None:
        """Return how right the answers to held-out examples are; None where none can be held out."""

    def _write(self, folder: Path, x: Tensor, y: Tensor, weight: Tensor, temperature: float, **more: Any) -> None:
        """Write the fitted classifier; ``more`` are the optional parts of a ``SavedModel``."""
        learner_spec, labels_at = self._learner_spec(), self.label_column
        settings = Settings(
            learner=discovery.spec_of("learners", type(self.learner_)),
            options={**default_options(type(self.learner_)), **learner_spec.options},
            backbone=learner_spec.backbone,
            trained=learner_spec.weights is not None,
            encoder=self._encoder_spec(learner_spec),
            fingerprint=unweighted(self.encoder_).fingerprint,
            shares=list(self.encoder_.shares) if isinstance(self.encoder_, WeightedParts) else None,
            max_length=self.encoder_.max_length,
            labels=self.classes_.tolist(),
            examples=self.n_examples_,
            temperature=temperature,
            prior=self.learner_.temperature,
            oos_label=self.oos_label,
            name_weight=float(self.name_weight),
            tuner=self.tuner,
            label_names=self.label_names is not False,
            text_column=joint_name(self.text_column),
            label_column=labels_at if labels_at is None or isinstance(labels_at, str) else list(labels_at),
            matrix_columns=self.matrix_columns_,
            made=self.made_ or provenance(self._expected()),
            additions={given: list(there) for given, there in self.additions_.items()},
            left_out=self.left_out_,
        )
        more |= {"learner_state": self.learner_.state_dict(), "head": saved_head(self.classifier_, self.learner_)}
        write_model(folder, SavedModel(settings, x, y, weight, self.support_texts_, marked=self.marked_, **more))

    @classmethod
    def _rebuilt(
        cls, folder: Path, saved: SavedModel, encoder: Encoder | None = None, **options: Any
    ) -> tuple[Self, Encoder, Learner]:
        """Return a classifier that has yet to be given its support, with its encoder and its learner."""
        settings = saved.settings
        learner_spec = LearnerSpec(discovery.learner(settings.learner), settings.options, settings.backbone)
        if settings.trained:
            learner_spec = replace(learner_spec, weights=saved.learner_state, temperature=settings.prior)
        kept = "max_length", "oos_label", "name_weight", "tuner", "label_names", "text_column", "label_column"
        parameters = {name: getattr(settings, name) for name in kept}
        spec = spec_within(folder, settings.encoder)
        model = cls(learner=learner_spec, encoder=encoder or spec, **parameters, **options)
        model.matrix_columns_, model.made_ = settings.matrix_columns, settings.made
        model.additions_, model.left_out_, model.marked_ = settings.additions, settings.left_out, saved.marked
        learner = learner_spec.build(saved.x.shape[1:])
        try:
            learner.load_state_dict(saved.learner_state)
        except RuntimeError as error:
            raise damaged(folder, "its weights are not this learner's", SAVE_AGAIN) from error
        if encoder is None:
            found = find_encoder(spec)
            with plugin_errors("encoder", found.kind.name):  # before anything of it is loaded
                fingerprint = found.fingerprint(settings.max_length, saved.encoder_weights)
            if fingerprint not in (None, settings.fingerprint):
                raise another_encoder(folder, settings, fingerprint)
        encoder = fit_encoder(
            model._loaded_encoder(learner_spec, offline=True), [*saved.texts, *saved.out_of_scope_texts]
        )
        if saved.encoder_weights:
            encoder = encoder.with_weights(saved.encoder_weights)
        if encoder.fingerprint != settings.fingerprint or encoder.shape != saved.x.shape[1:]:
            raise another_encoder(folder, settings, encoder.fingerprint)
        if settings.shares:
            encoder = WeightedParts(encoder, settings.shares)
        return model, encoder, learner
