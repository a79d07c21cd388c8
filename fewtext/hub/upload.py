"""Files to a repository of the Hub, as one commit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fewtext.errors import FewtextError
from fewtext.hub.address import check_repository
from fewtext.hub.client import hub_client, hub_errors

CARD = "README.md"


class Uploaded(NamedTuple):
    """The commit of an upload, and whether the repository's own card was kept, since it is not one of ours."""

    commit: str
    kept_card: bool


def upload(repository: str, files: Mapping[str, Path], message: str, *, private: bool, mark: str) -> Uploaded:
    """Create the repository where there is none, and commit the files; all of them or none.

    A card that lacks ``mark`` was written by hand, and stays.
    """
    check_repository(repository)
    client = hub_client()
    with hub_errors(repository, writing=True):
        api = client.HfApi()
        api.create_repo(repository, private=private or None, exist_ok=True)
        if private and not api.model_info(repository).private:
            raise FewtextError("is there already, and public", where=repository, hint="choose another name")
        kept = _is_written_by_hand(client, repository, mark)
        operations = [
            client.CommitOperationAdd(name, str(path)) for name, path in files.items() if name != CARD or not kept
        ]
        done = api.create_commit(repository, operations, commit_message=message)
    return Uploaded(str(done.oid), kept)


def _is_written_by_hand(client: Any, repository: str, mark: str) -> bool:
    if not client.HfApi().file_exists(repository, CARD):
        return False
    return mark not in Path(client.hf_hub_download(repository, CARD)).read_text(encoding="utf-8", errors="replace")
