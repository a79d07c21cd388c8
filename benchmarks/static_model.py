"""A static model distilled from the bundled MiniLM in model2vec's format, and the contract of what reads it.

    make static-model
    python benchmarks/static_model.py check model2vec:build/static_model

``distil FOLDER MINILM`` runs in an environment that has model2vec with its extra ``distill``; it encodes each word
piece, keeps 256 principal components, and needs no network. ``check SPEC`` prints the outcome of each clause.
"""

import json
import sys
from functools import partial


def distil(folder, model):
    from model2vec.distill import distill

    distill(model, device="cpu", pca_dims=256, quantize_to="float32", trust_remote_code=False).save_pretrained(folder)


def check(spec):
    from fewtext.encoders.load import load_encoder
    from fewtext.testing.encoders import ENCODER_CHECKS, EncoderCase
    from fewtext.testing.items import items_for
    from fewtext.testing.kit import run

    load = partial(load_encoder, spec, offline=True)
    shorter = [partial(load, device="cpu", max_length=4)]
    case = EncoderCase(
        partial(load, device="cpu"), items_for(load(device="cpu")), shorter, lambda device: load(device=device)
    )
    print(json.dumps([run(clause, [("", case)])._asdict() for clause in ENCODER_CHECKS]))


if __name__ == "__main__":
    {"distil": distil, "check": check}[sys.argv[1]](*sys.argv[2:])
