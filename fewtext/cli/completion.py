"""What a shell completes: names of installed learners, encoders and corpora. Files are the shell's own part."""

from __future__ import annotations

import warnings


def complete_learner(incomplete: str) -> list[str]:
    """Return the learners whose name begins like this."""
    return _names("learners", incomplete)


def complete_encoder(incomplete: str) -> list[str]:
    """Return the encoders, and the models of the catalogue, whose name begins like this."""
    from fewtext.encoders.catalogue import CATALOGUE

    return [*_names("encoders", incomplete), *(name for name in CATALOGUE if name.startswith(incomplete))]


def complete_corpus(incomplete: str) -> list[str]:
    """Return the corpora whose name begins like this."""
    return _names("corpora", incomplete)


def _names(hook: str, incomplete: str) -> list[str]:
    from fewtext.registry import discovery

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a warning would be printed into the command line being typed
        return [offer.spec for offer in discovery.offers(hook) if offer.spec.startswith(incomplete)]
