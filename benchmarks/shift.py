"""When `classify` warns of a shift: texts of the same corpus, of another language, of both mixed, of another corpus.

    FEWTEXT_DATA=DATA python benchmarks/shift.py run
    python benchmarks/shift.py table

The default learner and encoder, four supports each of 1 and of 5 examples a label. Queries: the official test texts of
the five corpora (40 runs, which should not warn); 30 texts each in German, Spanish and Japanese (benchmarks/queries),
alone and beside 70 English test texts, on office and BANKING77; and 500 test texts of each other corpus. A line says
how many texts were taken to be outside, which `--precision` leaves unanswered, and whether the warning came. Lines go
to benchmarks/results/shift.jsonl, which is overwritten.
"""

import argparse
import json
import warnings
from collections import defaultdict
from pathlib import Path

from official import circumstances, official_splits

from fewtext.classify.shift import Shift
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.encoders.encode import encode
from fewtext.evaluation.full_way import Supports

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "shift.jsonl"
CORPORA = ("banking77", "clinc150", "hwu64", "trec6", "sst2")
LANGUAGES = ("german", "spanish", "japanese")
ABROAD = ("office", "banking77")  # supports that are asked in other languages
SHOTS, SUPPORTS, ENGLISH, OTHERS = (1, 5), 4, 70, 500


def queries_in(language):
    return (HERE / "queries" / f"{language}.txt").read_text(encoding="utf-8").splitlines()


def cases(corpus, tests):
    """Yield the kind of queries, their name, and the texts that a support of this corpus is asked."""
    if corpus in CORPORA:
        yield "same corpus", corpus, tests[corpus]
        for other in CORPORA:
            if other != corpus:
                yield "another corpus", other, tests[other][:OTHERS]
    if corpus in ABROAD:
        for language in LANGUAGES:
            yield "another language", language, queries_in(language)
            yield "mixed languages", language, tests[corpus][:ENGLISH] + queries_in(language)


def run():
    splits = {name: (known, train, test) for name, known, train, test in official_splits([*CORPORA, "office"])}
    tests = {name: list(test.items) for name, (_, _, test) in splits.items()}
    lines = []
    for corpus, (known, train, _) in splits.items():
        for shots in SHOTS:
            for seed, rows in enumerate(Supports(shots=shots, count=SUPPORTS).draw(train)):
                model = SingleLabelClassifier(encoder=known)
                model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])
                for kind, queries, texts in cases(corpus, tests):
                    shift = Shift(model)
                    outside = shift.outside(texts, encode(model.encoder_, texts))
                    with warnings.catch_warnings(record=True) as caught:
                        warnings.simplefilter("always")
                        shift.warn()
                    said = {"warning": str(caught[0].message)} if caught else {}
                    lines.append(
                        {
                            "kind": kind, "corpus": corpus, "shots": shots, "support": seed, "queries": queries,
                            "texts": len(texts), "outside": int(outside.sum()), "foreign": shift.foreign.total(),
                            "warned": bool(caught), **said,
                            **circumstances(known, "py3langid"),
                        }
                    )  # fmt: skip
        print(corpus, flush=True)
    RESULTS.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")


def table():
    groups = defaultdict(list)
    for line in map(json.loads, RESULTS.read_text(encoding="utf-8").splitlines()):
        groups[line["kind"], line["shots"]].append(line)
    print("| queries | shots | runs | warned | texts taken to be outside |\n|---|---|---|---|---|")
    for (kind, shots), lines in groups.items():
        shares = sorted(line["outside"] / line["texts"] for line in lines)
        spread = f"{sum(shares) / len(shares):.1%} ({shares[0]:.1%} to {shares[-1]:.1%})"
        print(f"| {kind} | {shots} | {len(lines)} | {sum(line['warned'] for line in lines)} | {spread} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["run", "table"])
    {"run": run, "table": table}[parser.parse_args().what]()
