"""The Hub's client, and what its errors mean for whoever runs the command: one sentence each, with what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fewtext.errors import FewtextError
from fewtext.registry.failures import reason

LOG_IN = "log in with hf auth login, or set HF_TOKEN"


def hub_client() -> Any:
    """Return the client's module, silenced: our error says in one line what its retries would log in many."""
    try:
        import huggingface_hub
        from huggingface_hub.utils.tqdm import disable_progress_bars
    except ImportError as error:
        raise FewtextError("models of the Hub need huggingface_hub", hint='pip install "fewtext[hub]"') from error
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
    disable_progress_bars()
    return huggingface_hub


@contextmanager
def hub_errors(where: str, *, writing: bool = False) -> Iterator[None]:
    """Turn what the client raises, of its own, of its HTTP library or of the system, into a ``FewtextError``."""
    try:
        yield
    except FewtextError:
        raise
    except Exception as error:
        what, hint = _meaning(error, writing)
        raise FewtextError(what, where=where, hint=hint) from error


def cannot_be_reached(error: Exception) -> bool:
    """Whether the Hub gave no answer at all, so that what is kept on this machine has to do."""
    from huggingface_hub import errors

    if isinstance(error, errors.HFValidationError):
        return False
    status = _status(error)
    offline = isinstance(error, (errors.OfflineModeIsEnabled, errors.LocalEntryNotFoundError))
    return offline or not isinstance(error, errors.HfHubHTTPError) and status is None or (status or 0) >= 500


def _meaning(error: Exception, writing: bool) -> tuple[str, str]:
    """Return what happened and what to do about it."""
    from huggingface_hub import errors

    status = _status(error)
    if isinstance(error, errors.GatedRepoError):
        return "is gated, and this account has no access yet", f"ask for it on the model's page, then {LOG_IN}"
    if isinstance(error, errors.RevisionNotFoundError):
        return "has no such revision", "check the branch, tag or commit after the @"
    if isinstance(error, errors.LocalTokenNotFoundError) or writing and status == 401:
        return "the Hub does not know who is writing: there is no token, or it is not valid", LOG_IN
    if isinstance(error, errors.RepositoryNotFoundError) or status == 404:
        return "is not on the Hub, or is private", f"check owner and name; for a private one {LOG_IN}"
    if status == 401:
        return "the Hub does not accept the token of this machine", LOG_IN
    if status == 403:
        return "this token may not do that", "choose an owner that you may write for, or a token with that right"
    if isinstance(error, errors.OfflineModeIsEnabled):
        return "the Hub is not asked: HF_HUB_OFFLINE is set", "unset it, or give a model's folder"
    if isinstance(error, errors.HFValidationError):
        return f"is no name on the Hub ({reason(error)})", "write owner/name"
    of_system = isinstance(error, OSError) and not isinstance(error, ConnectionError)
    if of_system and getattr(error, "strerror", None):
        return f"cannot be kept on this machine ({reason(error)})", "free space, or set HF_HOME to another folder"
    if status is not None:
        return f"the Hub answered {status} ({reason(error)})", "try again later"
    return f"the Hub cannot be reached ({reason(error)})", "check the network, or give a model's folder"


def _status(error: Exception) -> int | None:
    """Return the status of the Hub's answer; None where there was none."""
    status = getattr(getattr(error, "response", None), "status_code", None)
    return status if isinstance(status, int) else None
