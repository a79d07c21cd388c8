"""What several tests share: the real encoder, a made-up one that needs no weights, and the command."""

import hashlib
import io
import json
import os
import zipfile

import pytest
import running

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as the command does: tests run on busy machines
os.environ["FEWTEXT_CACHE"] = "off"  # what one test has encoded must not be another's


@pytest.fixture(scope="session")
def bert():
    """The default encoder, in float32 on the CPU."""
    from fewtext.encoders.load import load_encoder

    return load_encoder(device="cpu", dtype="float32", offline=True)


@pytest.fixture
def toy_encoder():
    """An encoder of word counts hashed into 1024 places: instant, deterministic, and near texts share words."""
    import torch
    from torch.nn.functional import normalize

    from fewtext.contracts.encoder import Encoder

    class Toy(Encoder):
        name, shape, fingerprint, max_length = "toy", (1024,), "toy", 100

        def __init__(self):
            self.device = torch.device("cpu")
            self.seen = []

        def encode(self, items, progress=None):
            self.seen += items
            x = torch.zeros(len(items), 1024)
            for row, item in zip(x, items, strict=True):
                words = item.lower().split()
                self.truncated += len(words) > self.max_length
                for word in words[: self.max_length]:
                    row[int(hashlib.sha256(word.encode()).hexdigest(), 16) % 1024] += 1
            return normalize(x + 1e-3, dim=-1)

    return Toy()


@pytest.fixture(scope="session")
def run_fewtext():
    """Run the command in this process: what it writes to stdout and stderr, and its exit code."""
    return running.in_this_process


@pytest.fixture(scope="session")
def run_process():
    """The same in a process of its own, for what is about processes: several seconds each."""
    return running.in_a_process


@pytest.fixture
def write(tmp_path):
    """Write a file of text or bytes and return its path."""

    def write_file(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    return write_file


CARD = """
name = "tiny"
modality = "text"
description = "a few texts"
licence = "ours"
citation = "none"
{extra}
[files.train]
file = "train.csv"
{train}
"""


@pytest.fixture
def card(tmp_path):
    """Write a card, and the files and folds that go with it, into a folder."""

    def write_card(extra="", train="", files=(), folds=None):
        (tmp_path / "tiny").mkdir(exist_ok=True)
        (tmp_path / "tiny/card.toml").write_text(CARD.format(extra=extra, train=train))
        for name, content in dict(files).items():
            (tmp_path / "tiny" / name).write_text(content)
        if folds is not None:
            (tmp_path / "tiny/folds.json").write_text(json.dumps(folds))
        return str(tmp_path / "tiny")

    return write_card


@pytest.fixture
def tiny_vision():
    """Return a function that writes a random CLIP or ViT, of a few thousand weights, to a folder."""
    pytest.importorskip("sentence_transformers", minversion="6.0", reason="images need sentence-transformers")
    transformers = pytest.importorskip("transformers")

    def write(kind, folder):
        folder.mkdir()
        size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2}
        vision = {**size, "image_size": 32, "patch_size": 8}
        if kind == "vit":
            transformers.ViTModel(transformers.ViTConfig(**vision)).save_pretrained(folder)
            transformers.ViTImageProcessor(size={"height": 32, "width": 32}).save_pretrained(folder)
            return folder
        letters = [letter + end for letter in "abcdefghijklmnopqrstuvwxyz" for end in ("", "</w>")]
        vocabulary = {token: i for i, token in enumerate(["<|startoftext|>", "<|endoftext|>", *letters])}
        (folder / "vocab.json").write_text(json.dumps(vocabulary))
        (folder / "merges.txt").write_text("#version: 0.2\n")
        special = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
        text = {**size, "vocab_size": len(vocabulary), "max_position_embeddings": 32, **special}
        config = transformers.CLIPConfig(text_config=text, vision_config=vision, projection_dim=24)
        transformers.CLIPModel(config).save_pretrained(folder)
        tokenizer = transformers.CLIPTokenizerFast(str(folder / "vocab.json"), str(folder / "merges.txt"))
        crop = {"height": 32, "width": 32}
        images = transformers.CLIPImageProcessor(size={"shortest_edge": 32}, crop_size=crop)
        transformers.CLIPProcessor(images, tokenizer).save_pretrained(folder)
        return folder

    return write


@pytest.fixture
def zipped_images():
    """The bytes of a zip of four small images, two of each of the classes a and b."""
    Image = pytest.importorskip("PIL.Image")  # noqa: N806
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        for label in ("a", "b"):
            for number in range(2):
                image = io.BytesIO()
                Image.new("L", (4, 4), 50 * number).save(image, "PNG")
                file.writestr(f"all/{label}/{number}.png", image.getvalue())
    return archive.getvalue()


GRID = """
corpora = "CORPUS"
[[grid]]
learners = ["protonet", { learner = "ridge", name = "ridge" }]
shots = [1, 3]
ways = 3
queries = 4
episodes = 30
[[grid]]
track = "full-way"
encoders = "tfidf"
supports = 3
shots = 3
learners = ["protonet", { learner = "logistic", options = { C = 5.0 } }]
"""


@pytest.fixture
def corpus(tmp_path):
    """Four classes, each with words of its own among shared ones, so that some answers are wrong."""
    import torch

    generator = torch.Generator().manual_seed(0)
    (tmp_path / "words").mkdir()
    for split, each in (("train", 10), ("test", 6)):
        lines = []
        for label in "abcd":
            for _ in range(each):
                own = torch.randint(6, (2,), generator=generator).tolist()
                shared = torch.randint(9, (4,), generator=generator).tolist()
                words = [f"{label}{n}" for n in own] + [f"word{n}" for n in shared]
                lines.append(json.dumps({"text": " ".join(words), "label": f"class {label}"}))
        (tmp_path / "words" / f"{split}.jsonl").write_text("\n".join(lines))
    return tmp_path / "words"


@pytest.fixture
def grid(corpus, write):
    """A benchmark of six cells."""
    return write("bench.toml", GRID.replace("CORPUS", str(corpus)))


@pytest.fixture
def session(toy_encoder, monkeypatch):
    """A session whose default encoder is the toy one."""
    from fewtext.datasets.session import Session

    session = Session()
    load = session.encoder
    monkeypatch.setattr(
        session, "encoder", lambda learner_spec, spec: load(learner_spec, spec) if spec else toy_encoder
    )
    return session


@pytest.fixture
def done(grid, session, tmp_path):
    """The folder of a small grid's results."""
    pytest.importorskip("pandas", reason="grids need the extra benchmarks")
    from fewtext.benchmark.grid import read_grid
    from fewtext.benchmark.run import run_grid

    assert run_grid(read_grid(grid), tmp_path / "done", session, lambda *_: None) == []
    return tmp_path / "done"
