"""Publish a saved classifier on the Hub: its files, without the texts of its examples unless wanted, and a card."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from fewtext.classify.left_out import without_texts
from fewtext.classify.load import load_classifier
from fewtext.classify.model_card import MARK, model_card
from fewtext.classify.model_folder import read_model, write_model
from fewtext.classify.saved_model import SavedModel
from fewtext.encoders.adapter import split_adapter
from fewtext.encoders.load import find_encoder
from fewtext.errors import FewtextError
from fewtext.files.atomic import write_text
from fewtext.hub.address import check_repository
from fewtext.hub.fetch import FILES
from fewtext.hub.upload import CARD, Uploaded, upload


def push(folder: str | Path, repository: str, *, with_texts: bool = False, private: bool = False) -> Uploaded:
    """Upload a saved classifier to ``owner/name``, which is made, ``private`` or not, where there is none.

    Raises ``FewtextError``, and uploads nothing, where others could not load it or the Hub does not take it.
    """
    with _to_upload(Path(folder), repository, with_texts) as ready:
        files = {name: ready / name for name in (*FILES, CARD)}
        return upload(repository, files, "A classifier made with fewtext", private=private, mark=MARK)


def card_for(folder: str | Path, repository: str, *, with_texts: bool = False) -> str:
    """Return the card that ``push`` would upload."""
    with _to_upload(Path(folder), repository, with_texts) as ready:
        return (ready / CARD).read_text(encoding="utf-8")


@contextmanager
def _to_upload(folder: Path, repository: str, with_texts: bool) -> Iterator[Path]:
    """Yield a folder of what is to be uploaded, which has been loaded once as others will."""
    check_repository(repository)
    saved = read_model(folder)
    _check_encoder(folder, saved, with_texts)
    if not with_texts and saved.settings.left_out is None:
        saved = without_texts(saved)
    elif with_texts and saved.settings.left_out is not None:
        message = "its texts were left out when it was pushed"
        raise FewtextError(
            message, where=str(folder), hint="leave out parameter 'with_texts', or push the first folder"
        )
    with TemporaryDirectory() as parent:
        ready = Path(parent) / folder.resolve().name
        write_model(ready, saved)
        write_text(ready / CARD, model_card(ready, load_classifier(ready), repository))
        yield ready


def _check_encoder(folder: Path, saved: SavedModel, with_texts: bool) -> None:
    """Raise ``FewtextError`` for an encoder that others do not have, or that is made from the texts."""
    spec = saved.settings.encoder
    model, adapter = split_adapter(spec)
    place = model.rpartition(":")[2]
    for what, path in (("encoder", place), ("adapter", adapter)):
        if path and (Path(path).is_absolute() or (folder / path).exists()):
            hint = "fit with one that others can name: of the catalogue (fewtext encoders), or owner/model"
            raise FewtextError(f"its {what} is {path} on this machine alone", where=str(folder), hint=hint)
    kind = find_encoder(spec).kind
    if kind.needs_fit and not with_texts:
        message = f"its encoder {kind.name} is made from the texts of the examples, at each load"
        raise FewtextError(message, where=str(folder), hint="add parameter 'with_texts', or choose another encoder")
