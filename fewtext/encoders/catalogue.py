"""The catalogue: encoders with a short name, each one revision of a model on the Hub with the checksum of its weights.

Accuracies are those of ``benchmarks/encoders.py``: five examples a label, the default learner, in per cent. What is
said about languages is from ``benchmarks/languages.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fewtext.errors import FewtextError


@dataclass(frozen=True)
class Entry:
    """A model with a short name: where it is, how it is used, what it may do.

    ``sha256`` has the published checksums by file. Those of other files are recorded at the first download, and
    ``weights`` that have no published one are among them. ``encoder`` is the kind of encoder that the short name alone
    takes, ``prompt`` goes before each text where the model's folder sets none.
    """

    name: str
    repository: str
    revision: str
    licence: str
    languages: str
    parameters: int  # in millions
    megabytes: int  # of weights
    good_at: str
    sha256: Mapping[str, str] = field(default_factory=dict)
    weights: tuple[str, ...] = ("model.safetensors",)
    prompt: str = ""
    encoder: str = "bert"
    accuracy: Mapping[str, float] | None = None
    """Measured on each corpus, in per cent; None where nobody has measured it here."""

    @property
    def pinned(self) -> str:
        """The model as ``owner/model@revision``."""
        return f"{self.repository}@{self.revision}"


def _weights(sha256: str) -> Mapping[str, str]:
    return {"model.safetensors": sha256}


MINILM = Entry(
    "minilm",
    "sentence-transformers/all-MiniLM-L6-v2",
    "c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    "Apache-2.0",
    "English",
    parameters=23,
    megabytes=91,
    good_at="the default, comes along: intents and topics, quick on a CPU",
    sha256=_weights("53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"),
    encoder="layers",
    accuracy={"banking77": 79.9, "hwu64": 80.7, "sst2": 74.6, "trec6": 54.2},
)
_OTHERS = (
    Entry(
        "leaf",
        "MongoDB/mdbr-leaf-mt",
        "66c47ba6d753efc208d54412b5af6c744a39a4df",
        "Apache-2.0",
        "English",
        parameters=23,
        megabytes=92,
        good_at="classification, sentiment too, at the size of minilm; published (MTEB, 8 examples a label): "
        "BANKING77 85.2, IMDB 88.6, where minilm has 80.0 and 61.8",
        weights=("model.safetensors", "2_Dense/model.safetensors"),
    ),
    Entry(
        "bge-small",
        "BAAI/bge-small-en-v1.5",
        "5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
        "MIT",
        "English",
        parameters=33,
        megabytes=133,
        good_at="search and similarity, texts of up to 512 tokens",
        sha256=_weights("3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad"),
    ),
    Entry(
        "mpnet",
        "sentence-transformers/all-mpnet-base-v2",
        "e8c3b32edf5434bc2275fc9bab85f82640a19130",
        "Apache-2.0",
        "English",
        parameters=109,
        megabytes=438,
        good_at="sentiment and questions, where minilm is weaker; several times slower",
        sha256=_weights("78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"),
        encoder="layers",
        accuracy={"banking77": 80.0, "hwu64": 79.9, "sst2": 78.4, "trec6": 51.4},
    ),
    Entry(
        "multilingual",
        "intfloat/multilingual-e5-small",
        "614241f622f53c4eeff9890bdc4f31cfecc418b3",
        "MIT",
        "about 100",
        parameters=118,
        megabytes=471,
        good_at="other languages than English, and several at once: from English examples, in 4 bits, it answered "
        "30 of 30 German and 30 of 30 Spanish queries of ours",
        sha256=_weights("1a55775f53449dac10a2bcbc312469fac40b96d53198c407081a831f81c98477"),
        prompt="query: ",
    ),
    Entry(
        "paraphrase",
        "sentence-transformers/paraphrase-multilingual-MiniLM-L12-v2",
        "e8f8c211226b894fcb81acc59f3b34ba3efd5f42",
        "Apache-2.0",
        "about 50",
        parameters=118,
        megabytes=471,
        good_at="sentences of one meaning in different languages, no prompt",
        sha256=_weights("eaa086f0ffee582aeb45b36e34cdd1fe2d6de2bef61f8a559a1bbc9bd955917b"),
    ),
)
CATALOGUE: Mapping[str, Entry] = {entry.name: entry for entry in (MINILM, *_OTHERS)}


def entry_of(model: str | None) -> Entry | None:
    """Return the entry of a short name or of ``owner/model@revision``; None for any other model.

    No model at all is the default one. Raises ``FewtextError`` for a short name that is a folder's name too.
    """
    if model in (None, MINILM.repository):
        return MINILM
    if model in CATALOGUE and Path(model).is_dir():
        raise FewtextError(
            f"{model} is the name of an encoder, and of a folder here",
            hint=f"write ./{model} for the folder, or {CATALOGUE[model].pinned} for the encoder",
        )
    return next((entry for entry in CATALOGUE.values() if model in (entry.name, entry.pinned)), None)


def prompt_for(model: str | None) -> str:
    """Return what the catalogue wants before each text, for a model that is no local folder, at any revision."""
    if model is None or Path(model).is_dir():
        return ""
    repository = model.partition("@")[0]
    prompts = [entry.prompt for entry in CATALOGUE.values() if repository in (entry.name, entry.repository)]
    return prompts[0] if prompts else ""
