"""Exported folders: they answer as the classifier does, without torch, transformers or fewtext, or are not written."""

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from tiny_models import IDENTITY, TANH, dense, write_model

pytest.importorskip("onnx", reason="export needs the extra onnx")
pytest.importorskip("onnxruntime", reason="export needs the extra onnx")

import fewtext
from fewtext import FewShotClassifier, FewtextError, FewtextWarning
from fewtext.classify import changed_answers
from fewtext.classify.load import load_classifier
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder
from fewtext.encoders.onnx_features import IDS, INPUTS, MASK, EncoderGraph
from fewtext.encoders.onnx_graph import Graph
from fewtext.export import folder as exporting
from fewtext.export import parity
from fewtext.export.classify import Classifier

TEXTS = ["my card was lost", "lost my card", "the card was lost", "is my card lost"]
TEXTS += ["paper jam", "the paper is out", "a paper jam again", "jam of paper", "the toner is out", "toner out"]
LABELS = ["card"] * 4 + ["printer"] * 6
OTHERS = ["charged twice", "query charged", "twice charged", "charged", "query twice", "twice"]
QUERIES = [
    "my card",
    "out of toner",
    "",
    "charged twice query",
    "grüße karte",
    "card " * 40,
    "a\ud800b paper",
    '"a, b"',
]
# A text of these is cut, some have no known word: the package warns, and a folder has nobody to warn.
pytestmark = pytest.mark.filterwarnings("ignore:.*(cut there|answers for them):fewtext.errors.FewtextWarning")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A BERT of a few thousand weights."""
    return write_model(tmp_path_factory.mktemp("model") / "bert")


@pytest.fixture
def kept(tiny, tmp_path):
    """Return a function that fits and saves a classifier and returns its folder."""

    def keep(encoder=None, texts=TEXTS, labels=LABELS, **parameters):
        own = {"device": "cpu", "dtype": "float32", "encoder": f"layers:{encoder or tiny}", **parameters}
        FewShotClassifier(**own).fit(texts, labels).save(tmp_path / "kept")
        return tmp_path / "kept"

    return keep


def answers(folder, texts, **parameters):
    """The package's answers, as rows of classify.py."""
    found = load_classifier(folder, device="cpu", dtype="float32")
    from fewtext.classify.predict import classify

    return [(own.label, own.probability, own.guess) for own in classify(found, texts, **parameters)]


def same(ours, theirs):
    """Compare answers of classify.py with the package's; a probability may differ in its fifth digit."""
    assert [row["label"] for row in ours] == [label for label, _, _ in theirs]
    guesses = [guess for _, _, guess in theirs]
    assert [row.get("guess", guess) for row, guess in zip(ours, guesses, strict=True)] == guesses
    for row, (_, probability, _) in zip(ours, theirs, strict=True):
        assert row["probability"] == (None if probability is None else pytest.approx(probability, abs=2e-5))


@pytest.mark.parametrize("learner", ["logistic", "protonet", "ridge", "lda"])
@pytest.mark.parametrize("label_names", [True, False])
def test_it_answers_as_the_classifier_does(kept, tmp_path, learner, label_names):
    folder = kept(learner=learner, label_names=label_names)
    fewtext.export_model(folder, tmp_path / "out", int8=False)
    same(Classifier(tmp_path / "out").classify(QUERIES), answers(folder, QUERIES))


@pytest.mark.parametrize(
    ("learner", "options", "backbone"),
    [("protonet", {"distance": "cosine"}, "identity"), ("logistic", {}, "linear:gain=2"), ("lda", {}, "linear")],
)
def test_options_and_a_linear_backbone_go_along(kept, tmp_path, learner, options, backbone):
    from fewtext.learners.spec import LearnerSpec
    from fewtext.registry import discovery

    folder = kept(learner=LearnerSpec(discovery.learner(learner), options, backbone))
    fewtext.export_model(folder, tmp_path / "out", int8=False)
    same(Classifier(tmp_path / "out").classify(QUERIES), answers(folder, QUERIES))


@pytest.mark.parametrize("learner", ["logistic", "protonet", "ridge", "lda"])
def test_several_labels_a_text(kept, tmp_path, learner):
    both = [(label, "short") if len(text) < 14 else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]
    folder = kept(labels=both, learner=learner)
    fewtext.export_model(folder, tmp_path / "out", int8=False, unknown="nothing")
    same(Classifier(tmp_path / "out").classify(QUERIES), answers(folder, QUERIES, unknown="nothing"))


@pytest.mark.parametrize(
    "wanted", [{"coverage": 0.4}, {"ood_keep": 0.6, "unknown": "?"}, {"ood_keep": 0.9, "coverage": 0.5}]
)
def test_it_abstains_alike(kept, tmp_path, wanted):
    folder = kept()
    fewtext.export_model(folder, tmp_path / "out", int8=False, **wanted)
    theirs = answers(folder, QUERIES + TEXTS, **wanted)
    same(Classifier(tmp_path / "out").classify(QUERIES + TEXTS), theirs)
    assert len({label for label, _, _ in theirs}) > 2, "some are answered and some are not"


def test_a_precision_refuses_texts_unlike_the_examples_and_says_what_it_cannot_tell(kept, tmp_path):
    folder = kept()
    with pytest.warns(FewtextWarning, match="does not recognise languages"):
        fewtext.export_model(folder, tmp_path / "out", int8=False, precision=0.6)
    settings = json.loads((tmp_path / "out/classifier.json").read_text())
    assert settings["abstains"] and settings["similarity"] > -1
    same(Classifier(tmp_path / "out").classify(TEXTS), answers(folder, TEXTS, precision=0.6))


def test_out_of_scope_examples_keep_their_label(kept, tmp_path):
    folder = kept(texts=TEXTS + OTHERS, labels=LABELS + ["none"] * 6, oos_label="none")
    fewtext.export_model(folder, tmp_path / "out", int8=False)
    ours = Classifier(tmp_path / "out").classify(QUERIES + OTHERS)
    same(ours, answers(folder, QUERIES + OTHERS))
    assert {"none", "printer"} <= {row["label"] for row in ours}


@pytest.mark.parametrize("name", ["bert", "layers"])
@pytest.mark.parametrize("pooling", ["mean", "cls", "max"])
@pytest.mark.parametrize(
    "dense_layers", [[], [dense(16, 12, activation=TANH), dense(12, 8, bias=False, activation=IDENTITY)]]
)
def test_features_are_those_of_the_encoder(tmp_path, name, pooling, dense_layers):
    """In float32, 16 wide: some sums differ in their last bits."""
    model = write_model(tmp_path / "m", pooling=pooling, dense=dense_layers, prompt="query: ", normalize=name == "bert")
    encoder = load_encoder(f"{name}:{model}", device="cpu", dtype="float32")
    x = features(encoder, ["my card", "the paper jam is out", "toner"])
    ours = encode(encoder, ["my card", "the paper jam is out", "toner"])
    assert np.allclose(x, ours, rtol=0, atol=2e-6 * float(ours.abs().max()))


def features(encoder, texts, in_int8=False):
    import onnxruntime

    graph, own = Graph(), EncoderGraph(encoder)
    outputs = {"x": (own.add_to(graph, *([own.int8()] if in_int8 else [])), (np.float32, ("n", "d")))}
    session = onnxruntime.InferenceSession(graph.serialized(INPUTS, outputs), providers=["CPUExecutionProvider"])
    tokens = own.encoder.tokenize(texts)
    longest = max(map(len, tokens))
    ids = np.array([row + [0] * (longest - len(row)) for row in tokens])
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in tokens])
    return session.run(["x"], {IDS: ids, MASK: mask})[0]


def test_8_bits_are_near_and_depend_on_no_other_text(bert):
    texts = [
        "the invoice was paid twice",
        "can I book a room for Friday",
        "where is my parcel? it should have come on Monday, and nobody answers",
    ]
    exact, rough = encode(bert, texts).numpy(), features(bert, texts, in_int8=True)
    assert ((exact * rough).sum(1) > 0.998).all() and not np.allclose(exact, rough, atol=1e-4)
    for i, text in enumerate(texts):
        assert np.allclose(features(bert, [text], in_int8=True)[0], rough[i], atol=2e-3), "padding alone is added"


def test_learners_and_encoders_that_cannot_be_exported_are_refused(kept, tmp_path, toy_encoder):
    with pytest.raises(FewtextError, match="learner matchingnet cannot be exported"):
        fewtext.export_model(kept(learner="matchingnet"), tmp_path / "out")
    FewShotClassifier(encoder=toy_encoder).fit(TEXTS, LABELS).save(tmp_path / "toy")
    model = load_classifier(tmp_path / "toy", encoder=toy_encoder)
    with pytest.raises(FewtextError, match="encoder toy of this classifier cannot be exported"):
        exporting.export(model, tmp_path / "out", int8=False, on_message=print)
    assert not (tmp_path / "out").exists()


def test_an_mlp_as_backbone_is_refused(kept, tmp_path):
    from fewtext.learners.spec import LearnerSpec
    from fewtext.registry import discovery

    with pytest.raises(FewtextError, match="over the backbone mlp cannot be exported"):
        fewtext.export_model(kept(learner=LearnerSpec(discovery.learner("protonet"), {}, "mlp")), tmp_path / "out")


@pytest.mark.parametrize(
    ("where", "name", "what"),
    [(parity, "ALIKE", "differs from this one"), (changed_answers, "MOST_CHANGED", "8 bits change")],
)
def test_nothing_is_written_where_answers_differ(kept, tmp_path, monkeypatch, where, name, what):
    monkeypatch.setattr(where, name, -1)
    folder = kept()
    with pytest.raises(FewtextError, match=f"{what}.*nothing was written"):
        fewtext.export_model(folder, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir()} == {"kept"}


def test_parity_sees_a_wrong_head(kept, tmp_path, monkeypatch):
    right = exporting.add_probabilities

    def wrong(graph, features, model):
        return graph.add("Sub", right(graph, features, model), graph.weight(0.01, np.float64))

    monkeypatch.setattr(exporting, "add_probabilities", wrong)
    with pytest.raises(FewtextError, match="a probability by 0.01"):
        fewtext.export_model(kept(), tmp_path / "out", int8=False)


def test_an_export_is_replaced_and_nothing_else(kept, tmp_path):
    folder, out = kept(), tmp_path / "out"
    fewtext.export_model(folder, out)
    fewtext.export_model(folder, out, int8=False)
    assert {path.name for path in out.iterdir()} == exporting.FILES - {"model-int8.onnx"}
    (out / "thesis").write_text("years of work")
    with pytest.raises(FewtextError, match="holds other files than an exported classifier"):
        fewtext.export_model(folder, out)
    with pytest.raises(FewtextError, match="holds other files"):
        fewtext.export_model(folder, folder)
    assert (out / "thesis").exists() and (folder / "fewtext.json").exists()


def test_unknown_is_checked(kept, tmp_path):
    folder = kept()
    with pytest.raises(FewtextError, match="a label of the support"):
        fewtext.export_model(folder, tmp_path / "out", unknown="card", coverage=0.5)
    with pytest.raises(FewtextError, match="every text gets one"):
        fewtext.export_model(folder, tmp_path / "out", unknown="other")


def test_another_processors_8_bits_are_an_error(kept, tmp_path):
    fewtext.export_model(kept(), tmp_path / "out")
    path = tmp_path / "out/classifier.json"
    settings = json.loads(path.read_text())
    assert Classifier(tmp_path / "out", int8=True).classify(["my card"])[0]["label"] in ("card", "printer")
    settings["probe"]["probabilities"][0] += 0.1
    path.write_text(json.dumps(settings))
    with pytest.raises(OSError, match="computes 8 bits otherwise"):
        Classifier(tmp_path / "out", int8=True)


def test_the_program_is_short_and_the_command_says_what_was_checked(kept, run_fewtext, tmp_path):
    folder = kept()
    done = run_fewtext("export", folder, tmp_path / "out", "--coverage", "0.5")
    assert done.returncode == 0 and b"float32 answers 12 texts of the support alike" in done.stderr
    assert len((tmp_path / "out/classify.py").read_text().splitlines()) < 100
    done = run_fewtext("export", tmp_path / "nothing", tmp_path / "other")
    assert done.returncode == 1 and b"no such folder" in done.stderr
    done = run_fewtext("export", folder, tmp_path / "other", "--unknown", "card")
    assert done.returncode == 1 and b"--unknown is card, a label" in done.stderr


ALONE = """
import runpy, sys
class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "transformers", "fewtext"):
            raise ImportError(f"{name} is imported")
sys.meta_path.insert(0, Blocker())
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.mark.processes
def test_it_runs_without_torch_transformers_and_fewtext(kept, tmp_path, run_fewtext, write):
    folder, out = kept(), tmp_path / "out"
    fewtext.export_model(folder, out, coverage=0.6)
    queries = [text for text in QUERIES if text.isprintable()]
    texts = write("q.txt", "\ufeff" + "\r\n".join(queries) + "\r\n")

    def alone(*arguments, stdin=None):
        command = [sys.executable, "-I", "-c", ALONE, str(out / "classify.py"), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, input=stdin, timeout=120)

    done = alone(texts)
    assert done.returncode == 0, done.stderr
    found = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    theirs = run_fewtext("classify", "--model", folder, "--query", texts, "--coverage", "0.6", "--format", "csv",
                         "--dtype", "float32", "--device", "cpu")  # fmt: skip
    expected = list(csv.DictReader(io.StringIO(theirs.stdout.decode())))
    assert [list(row) for row in found] == [list(row) for row in expected]
    for row, other in zip(found, expected, strict=True):
        assert {**row, "probability": ""} == {**other, "probability": ""}
        assert float(row["probability"] or 0) == pytest.approx(float(other["probability"] or 0), abs=2e-5)
    rows = [json.loads(line) for line in alone("--format", "jsonl", stdin=texts.read_bytes()).stdout.splitlines()]
    assert [row["label"] for row in rows] == [row["label"] for row in found] and list(rows[0]) == list(found[0])
    assert alone("--int8", texts).returncode == 0
    wrong = alone(write("latin.txt", b"caf\xe9"))
    assert wrong.returncode == 1 and b"error: " in wrong.stderr and b"Traceback" not in wrong.stderr
    assert alone(tmp_path / "nothing.txt").returncode == 1 and alone(stdin=b"").stdout.decode().count("\n") == 1


def test_a_head_is_what_it_says():
    """In double precision, where a linear head is its formula to the last digits."""
    from fewtext.contracts.linear_head import LinearHead
    from fewtext.learners.backbones import Identity

    generator = torch.Generator().manual_seed(0)
    x, weight = (torch.randn(size, generator=generator, dtype=torch.float64) for size in ((3, 4), (4, 2)))
    centre, bias = x.mean(0), torch.tensor([1.0, -2.0], dtype=torch.float64)
    head = LinearHead(Identity((4,)), weight, bias, unit=True, centre=centre, scale=3.0)
    expected = 3 * ((x / x.norm(dim=1, keepdim=True) - centre) @ weight) + bias
    assert torch.allclose(head(x), expected, rtol=0, atol=1e-12)
