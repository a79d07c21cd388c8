"""A fitted classifier's head as ONNX operators: from features to calibrated probabilities, and to a similarity."""

from __future__ import annotations

import numpy as np
from torch import Tensor
from torch.nn.functional import normalize

from fewtext.classify.multi_label import MultiLabelClassifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.backbone import Backbone
from fewtext.contracts.linear_head import LinearHead
from fewtext.encoders.onnx_graph import Graph
from fewtext.errors import FewtextError
from fewtext.learners.backbones import Identity, Linear

DOUBLE = 11  # ONNX's number for float64
AnyClassifier = SingleLabelClassifier | MultiLabelClassifier


def linear_head(model: AnyClassifier) -> LinearHead:
    """Return the head of a classifier; raise ``FewtextError`` where its learner has none that can be exported."""
    head, name = model.classifier_, model.learner_.name
    if not isinstance(head, LinearHead):
        message = f"the learner {name} cannot be exported: its answers are not linear in the features"
        raise FewtextError(message, hint="fit again with logistic, protonet, ridge or lda")
    if not isinstance(head.backbone, Identity | Linear):
        message = f"the learner {name} over the backbone {head.backbone.name} cannot be exported"
        raise FewtextError(message, hint="use the backbone identity or linear")
    return head


def add_probabilities(graph: Graph, features: str, model: AnyClassifier) -> str:
    """Add the probabilities ``[n, labels]`` of features ``[n, d]``, in double precision as the classifier has them."""
    logits = graph.add("Cast", _logits(graph, features, linear_head(model)), to=DOUBLE)
    if isinstance(model, SingleLabelClassifier):
        scaled = graph.add("Div", logits, graph.weight(model.temperature_, np.float64))
        return graph.add("Softmax", scaled, axis=-1)
    own = model.calibration_
    scaled = graph.add("Div", logits, graph.weight(own.temperature, np.float64))
    return graph.add("Sigmoid", graph.add("Add", scaled, graph.weight(own.offsets, np.float64)))


def add_similarity(graph: Graph, features: str, model: AnyClassifier) -> str:
    """Add the similarity ``[n]`` by which texts are told out of scope, as ``fewtext.classify.out_of_scope`` has it."""
    unit = graph.add("LpNormalization", features, axis=-1, p=2)
    near = _nearest(graph, unit, model.support_.class_sums)
    others = model.out_of_scope_ if isinstance(model, SingleLabelClassifier) else None
    if others is None:
        return near
    away = _nearest(graph, unit, others.x.flatten(1))
    ours, theirs = (graph.weight(share) for share in others.direction)
    return graph.add("Add", graph.add("Mul", near, ours), graph.add("Mul", away, theirs))


def _logits(graph: Graph, features: str, head: LinearHead) -> str:
    z = _embedded(graph, features, head.backbone)
    if head.unit:
        z = graph.add("LpNormalization", z, axis=-1, p=2)
    if head.centre is not None:
        z = graph.add("Sub", z, graph.weight(head.centre))
    logits = graph.add("Mul", graph.add("MatMul", z, graph.weight(head.weight)), graph.weight(head.scale))
    return logits if head.bias is None else graph.add("Add", logits, graph.weight(head.bias))


def _embedded(graph: Graph, features: str, backbone: Backbone) -> str:
    if not isinstance(backbone, Linear):
        return features
    mapped = graph.add("MatMul", features, graph.weight(backbone.first.weight.T))
    return graph.add("Add", mapped, graph.weight(backbone.first.bias))


def _nearest(graph: Graph, unit: str, rows: Tensor) -> str:
    """Return the highest cosine ``[n]`` to any of the rows ``[m, d]``."""
    cosines = graph.add("MatMul", unit, graph.weight(normalize(rows, dim=-1).T))
    return graph.add("ReduceMax", cosines, axes=[-1], keepdims=0)
