"""The encoder ``layers``, the default for classifying: several layers of a BERT joined, with what it has learned."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.adapter import NO_ADAPTER, SHIPPED, Adapter
from fewtext.encoders.bert import BertEncoder
from fewtext.encoders.catalogue import MINILM, entry_of
from fewtext.encoders.model_folder import Settings
from fewtext.encoders.pooling import Part
from fewtext.registry.hookspecs import hookimpl


class LayersEncoder(BertEncoder):
    """BERT's last layer joined with two layers in the middle, at less weight: unit vectors of three times the width.

    Middle layers represent the form of a text (a question for a place, a praise), the last layer its topic. The shares
    were chosen once, on training data of six corpora. An adapter brings parts of its own; the default model has one.
    """

    name = "layers"
    share = 0.2  # of each middle layer; the last one has the rest

    @classmethod
    def _own_adapter(cls, model: str | None) -> str:
        return str(SHIPPED) if entry_of(model) is MINILM else NO_ADAPTER

    @classmethod
    def _parts(cls, settings: Settings, config: Any, adapter: Adapter | None) -> tuple[Part, ...]:
        if adapter:
            return adapter.parts
        layers = int(config.num_hidden_layers)
        middle = sorted({round(layers / 3), round(2 * layers / 3)} - {0, layers})
        last = Part(layers, settings.pooling, 1 - cls.share * len(middle))
        return (last, *(Part(layer, settings.pooling, cls.share) for layer in middle))


@hookimpl
def encoders() -> Iterable[type[Encoder]]:
    """Offer the encoder."""
    return [LayersEncoder]
