"""``--engine ray``: a command's texts are computed on many machines, or by many processes of one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.cli.help import DEVICE
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from torch import Tensor

    from fewtext.classify.prediction import Prediction
    from fewtext.contracts.encoder import Encoder, Progress
    from fewtext.files.source import AnyPath


class EngineName(StrEnum):
    """What computes."""

    local = "local"
    ray = "ray"


EngineOption = Annotated[
    EngineName, typer.Option("--engine", rich_help_panel=DEVICE, help="Compute here, or on a cluster of Ray.")
]
Workers = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="N",
        rich_help_panel=DEVICE,
        show_default="as many as fit, which Ray changes with the cluster",
        help="Workers of --engine ray, each with a model of its own.",
    ),
]


class LocalEngine:
    """The process of the command."""

    def classify(self, model: Any, texts: Any, **parameters: Any) -> Iterator[Prediction]:
        """Return a prediction per text."""
        from fewtext.classify.predict import classify

        return classify(model, texts, **parameters)

    def features(self, encoder: Encoder, texts: list[Any], progress: Progress | None) -> Iterator[Tensor]:
        """Yield the features of each part of the texts, but for those that are blank."""
        from fewtext.classify.encoded import CHUNK
        from fewtext.contracts.progress import within
        from fewtext.encoders.encode import encode

        for start in range(0, len(texts), CHUNK):
            part = texts[start : start + CHUNK]
            filled = [text for text in part if str(text).strip()]
            yield encode(encoder, filled, within(progress, start, len(part), len(texts)))


@dataclass(frozen=True)
class RayEngine:
    """A cluster of Ray, which reads the texts itself."""

    texts: AnyPath
    text_column: str | None
    limit: int | None
    workers: int | None
    device: str

    def classify(self, model: Any, texts: Any, **parameters: Any) -> Iterator[Prediction]:
        """Return a prediction per text."""
        from fewtext.cluster.answers import classify_on_cluster

        return classify_on_cluster(model, texts, *self._how(), **parameters)

    def features(self, encoder: Encoder, texts: list[Any], progress: Progress | None) -> Iterator[Tensor]:
        """Yield the features of each part of the texts, but for those that are blank."""
        from fewtext.cluster.answers import encode_on_cluster

        return encode_on_cluster(encoder, texts, *self._how(), progress)

    def _how(self) -> tuple[Any, Any]:
        from fewtext.classify.encoded import CHUNK
        from fewtext.cluster.ray_data import Pool
        from fewtext.cluster.reading import reading_of

        return reading_of(self.texts, self.text_column, self.limit, CHUNK), Pool(self.workers, self.device)


def engine_for(
    name: EngineName,
    workers: int | None,
    texts: AnyPath,
    text_column: str | None,
    limit: int | None,
    device: str,
    are_images: bool,
) -> LocalEngine | RayEngine:
    """Return the engine; raise ``FewtextError`` where it does not go with what is to be read."""
    if name is EngineName.local:
        if workers is not None:
            raise FewtextError("--workers is for --engine ray", hint="add it, or leave --workers out")
        return LocalEngine()
    from fewtext.files.opened import STDIN

    if str(texts) == STDIN:
        message = "--engine ray reads the texts on the cluster, which standard input does not allow"
        raise FewtextError(message, hint="save them to a file first")
    if are_images:
        raise FewtextError("--engine ray is for texts, and these are images", hint="leave it out")
    return RayEngine(texts, text_column, limit, workers, device)
