"""``fewtext encode``: features in the order of the texts, written whole or not at all, and the machine's rate."""

import numpy as np
import pytest
import torch
from tiny_models import write_model
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from fewtext.encoders.arithmetic import Sizes, matrix_rate
from fewtext.encoders.load import load_encoder
from fewtext.encoders.plain_bert import BertShape, PlainBert

TEXTS = ["card lost", "", "paper jam", "card lost", "the toner is out"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return str(write_model(tmp_path_factory.mktemp("models") / "bert"))


def test_a_row_for_each_text(run_fewtext, write, tmp_path, model):
    path = tmp_path / "features.npy"
    done = run_fewtext("encode", write("t.txt", "\n".join(TEXTS)), "--encoder", model, "--output", path)
    assert done.returncode == 0 and not done.stdout, done.stderr
    assert b"5 rows read, 4 encoded, 16 numbers each" in done.stderr
    found = np.load(path)
    expected = load_encoder(model).encode([text for text in TEXTS if text]).numpy()
    assert found.dtype == np.float32 and np.isnan(found[1]).all()
    np.testing.assert_allclose(found[[0, 2, 3, 4]], expected, atol=1e-6)


def test_parquet_has_the_texts_beside(run_fewtext, write, tmp_path, model):
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "features.parquet"
    table = write("t.csv", "id,Body\n" + "".join(f"{i},{text}\n" for i, text in enumerate(TEXTS)))
    done = run_fewtext("encode", table, "--text-column", "Body", "--encoder", model, "--output", path)
    assert done.returncode == 0, done.stderr
    found = parquet.read_table(path).to_pydict()
    assert found["Body"] == TEXTS and found["features"][1] is None
    expected = load_encoder(model).encode(["paper jam"])[0].tolist()
    assert found["features"][2] == pytest.approx(expected, abs=1e-6)


def test_the_rate_is_on_standard_output_and_counts_a_text_once(run_fewtext, write, model):
    done = run_fewtext("encode", write("t.txt", "\n".join(TEXTS)), "--encoder", model, "--benchmark")
    said = done.stdout.decode()
    assert said.startswith("3 of 4 texts are different, and encoded once; bert: ") and " texts/s, " in said
    assert "% of what products of matrices reach on cpu in " in said and said.count("\n") == 1
    other = run_fewtext("encode", write("t.txt", "card lost\n"), "--encoder", "tfidf", "--benchmark")
    assert other.returncode == 1 and not other.stdout and b"Traceback" not in other.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], b"the features would go nowhere; add --output features.npy, or --benchmark"),
        (["--output", "f.csv"], b"cannot tell the format of f.csv; use the suffix .npy or .parquet"),
        (["--output", "no/such/f.npy"], b"no/such"),
    ],
)
def test_what_cannot_be_is_one_line(run_fewtext, write, model, arguments, message):
    done = run_fewtext("encode", write("t.txt", "card\n"), "--encoder", model, *arguments)
    assert done.returncode == 1 and message in done.stderr and done.stderr.count(b"\n") == 1, done.stderr


def test_a_failure_leaves_the_file_as_it_was(run_fewtext, write, tmp_path, model, monkeypatch):
    path = tmp_path / "f.npy"
    path.write_bytes(b"before")
    monkeypatch.setattr("fewtext.encoders.bert.BertEncoder.encode", lambda *_: 1 / 0)
    done = run_fewtext("encode", write("t.txt", "card\n"), "--encoder", model, "--output", path)
    assert done.returncode == 1 and path.read_bytes() == b"before" and len(list(tmp_path.glob("*f.npy*"))) == 1


def test_operations_are_those_that_torch_counts():
    shape = BertShape(30, 16, 2, 2, 32, 20, 2, 1e-12)
    plain = PlainBert(shape).eval().requires_grad_(False)
    with FlopCounterMode(display=False) as counter, torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        plain(torch.ones(3, 7, dtype=torch.long))
    assert Sizes.of(shape).operations([7, 7, 7]) == counter.get_total_flops()
    assert Sizes.of(object()) is None
    assert matrix_rate(Sizes.of(shape), 64, torch.float32, torch.device("cpu")) > 0
