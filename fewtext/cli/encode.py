"""``fewtext encode``: texts to features in a file, and how fast that is beside what the machine could do."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import nullcontext
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fewtext.cli import options
from fewtext.cli.closing import Closing, counted
from fewtext.cli.engine import EngineName, EngineOption, LocalEngine, RayEngine, Workers, engine_for
from fewtext.cli.help import OUTPUT
from fewtext.cli.output import check_output
from fewtext.cli.sources import Encoding, Limit, SheetName, source
from fewtext.errors import FewtextError

if TYPE_CHECKING:
    from fewtext.contracts.encoder import Encoder, Progress
    from fewtext.files.queries import Queries


def encode(
    texts: Annotated[
        str, typer.Argument(metavar="IN", help="Texts: txt, csv, tsv, jsonl, parquet, xlsx, … or - for stdin.")
    ],
    output: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            rich_help_panel=OUTPUT,
            show_default="nowhere, with --benchmark",
            help="Write features here, atomically: .npy, a float32 row for each text, or .parquet, with the texts.",
        ),
    ] = None,
    benchmark: Annotated[
        bool,
        typer.Option(
            "--benchmark",
            rich_help_panel=OUTPUT,
            help="Print texts and tokens a second, and what share that is of the machine's own rate for products.",
        ),
    ] = False,
    encoder: options.Encoder = None,
    text_column: options.TextColumns = None,
    sheet_name: SheetName = None,
    encoding: Encoding = None,
    limit: Limit = None,
    engine: EngineOption = EngineName.local,
    workers: Workers = None,
    device: options.Device = "auto",
    dtype: options.Dtype = "auto",
    max_length: options.MaxLength = None,
) -> None:
    """Encode texts: features for other programs, one row for each row of the file.

    A text that is blank has a row of NaN. The default encoder is that of classify.

    \b
    fewtext encode texts.csv --output features.npy
    fewtext encode texts.csv --benchmark
    """  # noqa: D301
    from fewtext.files.examples import IMAGE
    from fewtext.files.feature_files import check_suffix
    from fewtext.files.queries import read_queries

    closing = Closing()
    if output is None and not benchmark:
        raise FewtextError("the features would go nowhere", hint="add --output features.npy, or --benchmark")
    if output is not None:
        check_suffix(output)
        check_output(output, (texts,))
    if benchmark and engine is EngineName.ray:
        raise FewtextError("--benchmark measures this machine, and --engine ray takes others", hint="leave one out")
    file = source(texts, sheet_name, encoding)
    queries = read_queries(file, text_column, limit=limit)
    computing = engine_for(engine, workers, file, text_column, limit, device, queries.kind == IMAGE)

    from fewtext.cli.progress import progress_bar
    from fewtext.encoders.load import CLASSIFYING, load_encoder

    with progress_bar("encoding") as progress:
        loaded = load_encoder(encoder or CLASSIFYING, device=device, dtype=dtype, max_length=max_length)
        start = time.perf_counter()
        filled = _encoded(computing, loaded, queries, output, progress)
        seconds = time.perf_counter() - start
    if benchmark and filled:
        print(_pace(loaded, filled, seconds))
    read = f"{counted(len(queries.texts), 'row')} read, {len(filled):,} encoded, {loaded.shape[0]:,} numbers each"
    closing.say(read, written=output)


def _encoded(
    engine: LocalEngine | RayEngine, encoder: Encoder, queries: Queries, output: str | None, progress: Progress | None
) -> list[Any]:
    """Encode the texts one batch at a time, write their features, and return those that are not blank."""
    import numpy as np

    from fewtext.classify.encoded import CHUNK
    from fewtext.encoders.encode import warn_of_truncation
    from fewtext.files.feature_files import feature_file

    texts, width, every = queries.texts, prod(encoder.shape), []
    written = feature_file(Path(output), len(texts), width, queries.name) if output else nullcontext(None)
    with written as write, warn_of_truncation(encoder):
        features_of_parts = engine.features(encoder, texts, progress)
        for start, own in zip(range(0, len(texts), CHUNK), features_of_parts, strict=True):
            chunk = texts[start : start + CHUNK]
            rows = [i for i, text in enumerate(chunk) if str(text).strip()]
            features = np.full((len(chunk), width), np.nan, np.float32)
            features[rows] = own.flatten(1).numpy()
            if write:
                write(queries.shown[start : start + CHUNK], features)
            every += [chunk[i] for i in rows]
    return every


def _pace(encoder: Encoder, texts: Sequence[Any], seconds: float) -> str:
    """Return how fast different texts were encoded, and where it is known, beside the machine's own rate."""
    from fewtext.encoders.arithmetic import Sizes, matrix_rate
    from fewtext.encoders.bert import BertEncoder

    different = list(dict.fromkeys(texts))
    said = f"{encoder.name}: {len(different) / seconds:,.0f} texts/s"
    if len(different) < len(texts):
        said = f"{len(different):,} of {len(texts):,} texts are different, and encoded once; {said}"
    if not isinstance(encoder, BertEncoder):
        return said
    lengths, sizes = encoder.lengths(different), Sizes.of(encoder.config)
    said += f", {sum(lengths) / seconds:,.0f} tokens/s ({sum(lengths) / len(lengths):.1f} tokens a text)"
    if sizes is None:
        return said
    rate = matrix_rate(sizes, encoder.token_budget, encoder.dtype, encoder.device)
    reached, kind = sizes.operations(lengths) / seconds, str(encoder.dtype).removeprefix("torch.")
    here = f"what products of matrices reach on {encoder.device} in {kind}, {rate / 1e9:,.0f} GFLOP/s"
    return f"{said}; {reached / rate:.0%} of {here}"
