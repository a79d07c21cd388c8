"""A saved classifier from the Hub: the files of one commit, each with the digest that the Hub states for it.

Nothing that is fetched is executed or unpickled: a model folder is JSON and safetensors.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from fewtext.errors import FewtextError
from fewtext.files.digests import digest_of_file
from fewtext.hub.address import Address, address_of, is_on_hub
from fewtext.hub.client import cannot_be_reached, hub_client, hub_errors
from fewtext.hub.record import Record

FILES = "fewtext.json", "support.jsonl", "tensors.safetensors"  # of a model folder: what else it has is made from these


def local_model(
    model: str | PathLike[str], on_message: Callable[[str], None] = lambda sentence: None
) -> str | PathLike[str]:
    """Return the folder of a model: what is named, or what ``hub:owner/name@revision`` is on this machine by now."""
    return str(fetch(address_of(str(model)), on_message)) if is_on_hub(model) else model


def fetch(address: Address, on_message: Callable[[str], None] = lambda sentence: None) -> Path:
    """Return the folder of a commit, its files verified; ``on_message`` gets a sentence that names the commit.

    Where the Hub does not answer, a commit that was fetched before will do. Raises ``FewtextError`` where there is no
    such model, it cannot be had, or a file is not what the commit holds.
    """
    client, record = hub_client(), Record(address.repository)
    with hub_errors(str(address)):
        commit, asked = _commit(client, address, record)
        known = record.digests_of(commit)
        stated = None if known else _stated(client, address, commit)
        folder = _downloaded(client, address, commit, local=bool(known and not asked))
    digests = _verified(folder, address, commit, known, stated)
    before = record.commit_of(address.revision)
    record.keep(address.revision, commit, digests)
    on_message(_sentence(address, commit, asked, before))
    return folder


def _downloaded(client: Any, address: Address, commit: str, local: bool) -> Path:
    """Return the folder of a commit's files; where they should be here and are not, they are fetched again."""
    fetched = partial(client.snapshot_download, address.repository, revision=commit, allow_patterns=list(FILES))
    try:
        folder = Path(fetched(local_files_only=local))
        whole = all((folder / name).is_file() for name in FILES)
    except client.errors.LocalEntryNotFoundError:
        if not local:
            raise
        whole = False
    return folder if whole or not local else Path(fetched())


def _commit(client: Any, address: Address, record: Record) -> tuple[str, bool]:
    """Return the commit of a revision, and whether the Hub was asked, or the one of the last time has to do."""
    if address.is_pinned:
        return address.revision, record.digests_of(address.revision) is None
    try:
        return str(client.HfApi().model_info(address.repository, revision=address.revision).sha), True
    except Exception as error:
        known = record.commit_of(address.revision)
        if known is None or record.digests_of(known) is None or not cannot_be_reached(error):
            raise
        return known, False


class _Stated(NamedTuple):
    """What the Hub states of a file's content: its sha256, or that of git, a sha1 of its size and content."""

    sha256: str | None
    git: str


def _stated(client: Any, address: Address, commit: str) -> dict[str, _Stated]:
    """Return what the Hub states of each file; raise ``FewtextError`` where they are not those of a model."""
    entries = client.HfApi().list_repo_tree(address.repository, revision=commit, recursive=True)
    found = {
        entry.path: _Stated(entry.lfs.sha256 if entry.lfs else None, entry.blob_id)
        for entry in entries
        if entry.path in FILES
    }
    if missing := [name for name in FILES if name not in found]:
        hint = "fewtext push uploads one; an encoder of the Hub is given as parameter 'encoder'"
        raise FewtextError(f"is no classifier of fewtext: it has no {missing[0]}", where=str(address), hint=hint)
    return found


def _verified(
    folder: Path,
    address: Address,
    commit: str,
    known: Mapping[str, str] | None,
    stated: Mapping[str, _Stated] | None,
) -> dict[str, str]:
    """Return the sha256 of each file; raise ``FewtextError`` where one is not what was known or is stated of it."""
    digests = {}
    for name in FILES:
        path = folder / name
        if not path.is_file():
            raise _another(path, f"is missing from commit {commit[:12]} of {address.repository}")
        digests[name] = digest_of_file(path)
        if known is not None and digests[name] != known[name]:
            raise _another(path, f"is not what was fetched: sha256 {digests[name]}, and {known[name]} was")
        if stated is not None and not _as_stated(path, digests[name], stated[name]):
            raise _another(path, f"is not what commit {commit[:12]} of {address.repository} holds")
    return digests


def _as_stated(path: Path, sha256: str, stated: _Stated) -> bool:
    if stated.sha256 is not None:
        return sha256 == stated.sha256
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest() == stated.git


def _another(path: Path, what: str) -> FewtextError:
    return FewtextError(what, where=str(path), hint=f"remove {path.parent.parent.parent} and load it again")


def _sentence(address: Address, commit: str, asked: bool, before: str | None) -> str:
    """Return which commit a revision is, and how to have the same one again."""
    if address.is_pinned:
        return f"{address}: every file is as the commit has it"
    pin = f"hub:{address.repository}@{commit}"
    if not asked:
        return f"{address}: the Hub does not answer, so this is the commit of the last time, {pin}"
    moved = f", no longer {before[:12]}" if before not in (None, commit) and before else ""
    return f"{address} is commit {commit[:12]}{moved}; the same again, whatever follows: {pin}"
