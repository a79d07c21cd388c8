"""Images become tensors by one adapter, and the very learners of texts are trained on them, unchanged."""

import io
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
import torch

from fewtext.contracts.image import Picture
from fewtext.datasets.features import encode_items
from fewtext.datasets.folds import class_fold
from fewtext.datasets.local import texts_in
from fewtext.datasets.open import open_corpus
from fewtext.encoders.encode import encode
from fewtext.encoders.load import load_encoder
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.images import decode, images_in, read_bytes
from fewtext.files.queries import read_queries
from fewtext.registry import discovery

Image = pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")


@pytest.fixture(autouse=True)
def no_cache(monkeypatch):
    monkeypatch.setenv("FEWTEXT_CACHE", "off")


def png(pixels):
    stream = io.BytesIO()
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(stream, "png")
    return stream.getvalue()


def corner(value=255, size=8):
    """An image that is dark but for its upper left quarter."""
    pixels = np.zeros((size, size))
    pixels[: size // 2, : size // 2] = value
    return pixels


@pytest.fixture
def folder(tmp_path):
    for label, value in (("a/first", 255), ("a/second", 128), ("b/third", 64)):
        (tmp_path / "set" / label).mkdir(parents=True)
        for i in range(3):
            (tmp_path / "set" / label / f"{i}.png").write_bytes(png(corner(value - i)))
    return tmp_path / "set"


def test_a_folder_of_images_is_a_corpus_by_the_folders_that_hold_them(folder):
    corpus = open_corpus(str(folder))
    items = corpus.load_all()
    assert corpus.modality == "image" and corpus.encoder == "pixels"
    assert sorted(set(items.labels)) == ["a/first", "a/second", "b/third"] and len(items.items) == 9


def test_pixels_are_brightness_in_their_places(folder):
    features = encode_items(load_encoder("pixels:8x8x1", device="cpu"), open_corpus(str(folder)).load_all())
    assert features.x.shape == (9, 1, 8, 8) and features.labels == ("a/first", "a/second", "b/third")
    first = features.x[features.y == 0][0, 0]
    torch.testing.assert_close(first, torch.tensor(corner(1.0), dtype=torch.float32))
    inverted = encode_items(load_encoder("pixels:8x8x1,invert", device="cpu"), open_corpus(str(folder)).load_all())
    torch.testing.assert_close(inverted.x, 1 - features.x)
    coloured = encode_items(load_encoder("pixels:4x6x3", device="cpu"), open_corpus(str(folder)).load_all())
    assert coloured.x.shape == (9, 3, 4, 6) and torch.equal(coloured.x[:, 0], coloured.x[:, 2])


def test_a_quarter_turn_turns_left(folder):
    image = Picture(str(folder / "a" / "first" / "0.png"))
    encoder = load_encoder("pixels:8x8x1", device="cpu")
    x = encoder.encode([image, *(Picture(image.file, turns=t) for t in (1, 2, 3))])
    bright = [(int(v.argmax()) // 8 >= 4, int(v.argmax()) % 8 >= 4) for v in x.flatten(1)]
    assert bright == [(False, False), (True, False), (True, True), (False, True)]  # lower, right


def test_turned_images_are_square(folder):
    image = Picture(str(folder / "a" / "first" / "0.png"), turns=1)
    with pytest.raises(FewtextError, match="rotated images must be square"):
        load_encoder("pixels:4x6x3", device="cpu").encode([image])


def test_a_zip_is_read_without_being_unpacked(folder, tmp_path):
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*.png")):
            archive.write(file, f"top/{file.relative_to(folder)}")
        archive.writestr("top/../../escape/x.png", png(corner()))
    items = open_corpus(str(path)).load_all()
    assert {"a/first", "a/second", "b/third"} <= set(items.labels)
    x = encode_items(load_encoder("pixels:8x8x1", device="cpu"), items).x
    assert len(x) >= 9 and not list(tmp_path.parent.rglob("escape"))


def test_a_broken_image_is_named_and_skipped(folder):
    (folder / "a" / "first" / "1.png").write_bytes(b"no image")
    (folder / "b" / "third" / "2.png").write_bytes(png(corner())[:60])
    with pytest.warns(FewtextWarning, match=r"2 of 9 items cannot be read and are skipped: .*1\.png, .*2\.png"):
        features = encode_items(load_encoder("pixels:8x8x1", device="cpu"), open_corpus(str(folder)).load_all())
    assert torch.bincount(features.y).tolist() == [2, 3, 2]


def test_a_member_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("fewtext.files.images.MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for label in "ab":
            archive.writestr(f"{label}/x.png", b"0" * 100_000)
    with pytest.raises(InputError, match="unpacks to more than 1,000 bytes"):
        encode_items(load_encoder("pixels:8x8x1", device="cpu"), open_corpus(str(tmp_path / "bomb.zip")).load_all())


def test_a_file_that_is_no_zip_is_an_error(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"PK no")
    with pytest.raises(InputError, match="cannot be read as a zip"):
        open_corpus(str(tmp_path / "x.zip")).load_all()


@pytest.mark.parametrize("model", ["28", "0x28x1", "28x28x2", "28x28x1,upside-down", "99999x1x1"])
def test_an_invalid_image_size_is_refused(model):
    with pytest.raises(FewtextError, match="is not a size; write pixels:28x28x1"):
        load_encoder(f"pixels:{model}")


def test_texts_are_no_images():
    with pytest.raises(FewtextError, match="takes image, not text: hello"):
        encode(load_encoder("pixels", device="cpu"), ["hello"])


def test_glyphs_are_the_same_everywhere_and_distinct():
    """Drawings of one character are nearer each other than those of two, but no two are equal."""
    items = discovery.corpus("glyphs").load_all()
    assert len(items.items) == 2400 and len(set(items.labels)) == 120
    assert len({image.pixels for image in items.items}) == 2400
    x = torch.tensor(np.stack([np.frombuffer(p.pixels, np.uint8) for p in items.items[:200]])).float()
    distance = torch.cdist(x, x)
    same = torch.tensor([[a == b for a in items.labels[:200]] for b in items.labels[:200]])
    other = distance[~same].mean()
    assert distance[same & ~torch.eye(200, dtype=torch.bool)].mean() < 0.95 * other


def test_rotations_of_a_character_are_in_one_part_of_a_fold(tmp_path):
    """E8: rotations of one character in two splits would inflate every number."""
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for label in "abcdef":
            archive.writestr(f"top/{label}/x.png", png(corner()))
    folds = {"one": {"train": ["a", "b"], "valid": ["c", "d"], "test": ["e", "f"]}}
    (tmp_path / "folds.json").write_text(json.dumps(folds))
    (tmp_path / "card.toml").write_text(
        'name = "p"\nmodality = "image"\ndescription = ""\nlicence = ""\ncitation = ""\nencoder = "pixels:8x8x1"\n'
        'folds = "folds.json"\nrotated = true\n[files.all]\nfile = "p.zip"\n'
    )
    corpus = open_corpus(str(tmp_path))
    items = corpus.load_all()
    fold = class_fold(corpus, "one", items.labels)
    assert len(set(items.labels)) == 24 and fold.test == tuple(f"{c}@{a}" for c in "ef" for a in (0, 90, 180, 270))
    parts = [{label.split("@")[0] for label in part} for part in (fold.train, fold.valid, fold.test)]
    assert not (parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])


def test_omniglots_folds_are_the_published_ones():
    folds = json.loads((discovery.corpus("omniglot").folds_file).read_text())
    sizes = {name: [len(parts[p]) for p in ("train", "valid", "test")] for name, parts in folds.items()}
    assert sizes["vinyals"] == [1028, 172, 423] and sizes["lake"][2] == 659 and sum(sizes["lake"][:2]) == 964


def test_a_learner_of_texts_is_trained_on_images_as_it_is(run_fewtext, tmp_path):
    command = ["--corpus", "glyphs", "--fold", "random_0"]
    run = tmp_path / "run"
    environment = {"FEWTEXT_CACHE": str(tmp_path), "OMP_NUM_THREADS": "2"}
    small = ["--backbone", "conv4:width=16", "--steps", "30", "--validate-every", "15", "--tasks", "4", "--ways", "5",
             "--queries", "5", "--shots", "1"]  # fmt: skip
    done = run_fewtext("train", *command, "--learner", "protonet", "--output", run, *small, "--rate", "0.003",
                       "--tracker", "none", **environment)  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    found = [json.loads(line).get("valid_accuracy") for line in (run / "metrics.jsonl").read_text().splitlines()]
    assert max(filter(None, found)) > found[0] + 0.1, "it learns to see"
    done = run_fewtext("evaluate", "--corpus", "glyphs", "--learner", run, "--episodes", "30", "--format", "json",
                       **environment)  # fmt: skip
    report = json.loads(done.stdout)
    assert report["encoder"] == "pixels" and report["backbone"] == "conv4:width=16" and report["accuracy"] > 0.4


def saved(image, kind="PNG", **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def seen(content, mode="L"):
    return decode(Picture("x"), content, mode)


def test_transparent_paper_is_white():
    for kind in ("RGBA", "LA"):
        drawn = Image.new(kind, (4, 4))  # all transparent, and black below
        drawn.putpixel((1, 1), (0, 0, 0, 255)[-len(kind) :])
        assert seen(saved(drawn)).getextrema() == (0, 255) and seen(saved(drawn)).getpixel((0, 0)) == 255


def test_two_bytes_a_pixel_are_scaled_not_cut():
    values = np.array([[0, 257 * 10], [257 * 100, 65535]], dtype=np.uint16)
    assert np.asarray(seen(saved(Image.fromarray(values)))).tolist() == [[0, 10], [100, 255]]


def test_a_image_is_turned_as_its_camera_says():
    exif = Image.Exif()
    exif[0x0112] = 6
    assert seen(saved(Image.new("RGB", (40, 20)), "JPEG", exif=exif)).size == (20, 40)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_damage_anywhere_is_no_image_or_another_one_but_no_error(kind):
    dice, whole = np.random.default_rng(0), saved(Image.new("RGB", (20, 20), "red"), kind)
    for _ in range(60):
        damaged = bytearray(whole)
        for place in dice.integers(0, len(whole), 4):
            damaged[place] = dice.integers(256)
        seen(bytes(damaged[: dice.integers(1, len(whole) + 1)]), "RGB")


def test_a_damaged_member_of_a_zip_is_skipped_like_a_file(zipped_images, tmp_path):
    content = bytearray(zipped_images)
    place = content.find(b"IDAT")
    content[place : place + 8] = b"damaged!"
    (tmp_path / "p.zip").write_bytes(content)
    items = open_corpus(str(tmp_path / "p.zip")).load_all()
    with pytest.warns(FewtextWarning, match="1 of 4 items cannot be read and are skipped: .*p.zip/all/a/0.png"):
        assert len(encode_items(load_encoder("pixels:4x4x1", device="cpu"), items).y) == 3


def test_a_folder_of_class_folders_is_a_corpus_links_and_all(tmp_path):
    for label in ("a", "b"):
        (tmp_path / "there" / label).mkdir(parents=True)
        Image.new("L", (4, 4)).save(tmp_path / "there" / label / "0.png")
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked/c").symlink_to(tmp_path / "there/a")
    (tmp_path / "there/a/loop").symlink_to(tmp_path / "there")
    assert open_corpus(str(tmp_path / "there")).load_all().labels == ["a", "b"]
    Image.new("L", (4, 4)).save(tmp_path / "there/stray.png")
    with pytest.warns(FewtextWarning, match="1 image is in no folder of a class"):
        assert open_corpus(str(tmp_path / "there")).load_all().labels == ["a", "b"]
    assert open_corpus(str(tmp_path / "linked")).load_all().labels[0] == "c"


def test_a_image_that_unpacks_to_too_many_pixels_is_no_image(monkeypatch):
    bomb = saved(Image.new("L", (300, 300)))
    assert len(bomb) < 1000 and seen(bomb).size == (300, 300)
    monkeypatch.setattr("fewtext.files.images.MOST_PIXELS", 299 * 299)
    assert seen(bomb) is None


def test_links_out_of_a_folder_lead_to_images_and_texts_alone(tmp_path, monkeypatch):
    (tmp_path / "corpus/a").mkdir(parents=True)
    Image.new("L", (4, 4)).save(tmp_path / "corpus/a/0.png")
    (tmp_path / "corpus/a/notes.txt").write_text("a text")
    for name in ("1.png", "zeros.txt"):
        (tmp_path / "corpus/a" / name).symlink_to("/dev/zero")
    os.mkfifo(tmp_path / "corpus/a/2.png")
    os.mkfifo(tmp_path / "corpus/a/pipe.txt")
    assert [Path(image.file).name for image in images_in(tmp_path / "corpus")["a"]] == ["0.png"]
    assert [path.name for path in texts_in(tmp_path / "corpus/a")] == ["notes.txt"]
    monkeypatch.setattr("fewtext.files.images.MOST_OTHERS", 100)
    (tmp_path / "corpus/disk").symlink_to("/usr")
    for path in (tmp_path / "corpus", Path("/")):
        with pytest.raises(InputError, match="holds more than 100 files that are not images"):
            images_in(path)


def test_a_image_of_too_many_bytes_is_refused(tmp_path, monkeypatch):
    (tmp_path / "x.png").write_bytes(b"0" * 1001)
    monkeypatch.setattr("fewtext.files.images.MOST_BYTES", 1000)
    with pytest.raises(InputError, match="holds more than 1,000 bytes"):
        read_bytes([Picture(str(tmp_path / "x.png"))])


@pytest.mark.parametrize("read", [read_support, read_queries])
def test_a_zip_of_tables_is_no_zip_of_images(read, tmp_path):
    with zipfile.ZipFile(tmp_path / "train.csv.zip", "w") as archive:
        archive.writestr("train.csv", "text,label\none,a\n")
        archive.writestr("test.csv", "text,label\ntwo,a\n")
    with pytest.raises(InputError, match="holds .*csv and no .*images; unpack it first: unzip"):
        read(tmp_path / "train.csv.zip")
