"""What is remembered of classifiers that were fetched: the commit that a revision was, and the digests of its files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fewtext.errors import InputError, damaged
from fewtext.files.cache import cache_folder
from fewtext.files.json_files import read_json, write_json


class Record:
    """A file in the cache's folder; without that folder nothing is remembered."""

    def __init__(self, repository: str) -> None:
        cache = cache_folder()
        self.path: Path | None = cache / "hub" / f"{repository.replace('/', '--')}.json" if cache else None
        self._content: dict[str, Any] = {"revisions": {}, "commits": {}}
        if self.path is not None and self.path.exists():
            hint = "remove it: the digests are asked for again"
            found = read_json(self.path, hint)
            if not isinstance(found, dict) or any(not isinstance(found.get(key), dict) for key in self._content):
                raise damaged(self.path, "it is no record of commits", hint)
            self._content |= {key: found[key] for key in self._content}

    def commit_of(self, revision: str) -> str | None:
        """Return the commit that a branch or tag was when the Hub was last asked."""
        found = self._content["revisions"].get(revision)
        return None if found is None else str(found)

    def digests_of(self, commit: str) -> Mapping[str, str] | None:
        """Return the sha256 of each file of a commit; None before it was fetched."""
        found: Mapping[str, str] | None = self._content["commits"].get(commit)
        return found

    def keep(self, revision: str, commit: str, digests: Mapping[str, str]) -> None:
        """Remember the commit of a revision, and the digests of its files."""
        before = self._content["revisions"].get(revision), self._content["commits"].get(commit)
        if self.path is None or before == (commit, digests):
            return
        self._content["revisions"][revision] = commit
        self._content["commits"][commit] = dict(digests)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, self._content)
        except (OSError, InputError):
            pass  # the next run asks the Hub again
