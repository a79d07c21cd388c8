"""Images are classified by the same command as texts: from tables, folders and zips, by any encoder of images."""

import json
import zipfile

import pytest

from fewtext import FewShotClassifier
from fewtext.contracts.image import Picture
from fewtext.errors import FewtextError, FewtextWarning
from fewtext.registry import discovery

Image = pytest.importorskip("PIL.Image", reason="needs Pillow: fewtext[images]")


@pytest.fixture(scope="module")
def drawings(tmp_path_factory):
    """A table of images and their labels, and a folder of others, one of them no image."""
    folder = tmp_path_factory.mktemp("drawings")
    (folder / "asked").mkdir()
    items, rows = discovery.corpus("glyphs").load_all(), ["image,label,who"]
    for place in range(5 * 20):
        image, label, number = items.items[place], items.labels[place], place % 20
        name = f"asked/{label}_{number:02}.png" if number >= 5 else f"{label}_{number}.png"
        Image.frombytes("L", (28, 28), image.pixels).save(folder / name)
        if number < 5:
            rows.append(f"{name},{label},me")
    (folder / "asked/broken.png").write_text("no image")
    (folder / "images.csv").write_text("\n".join([*rows, "missing.png,character000,me"]) + "\n")
    return folder


def classify_images(run_fewtext, support, query, *more):
    done = run_fewtext("classify", "--support", support, "--query", query, "--format", "jsonl", *more)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_a_folder_of_images_is_classified_from_a_table_of_them(run_fewtext, drawings, tmp_path):
    found, message = classify_images(
        run_fewtext,
        drawings / "images.csv",
        drawings / "asked",
        "--encoder",
        "pixels:28x28x1",
        "--save",
        tmp_path / "m",
    )
    assert "1 row skipped: no such image file (line 27)" in message and "broken.png" in message
    assert len(found) == 76 and [row["image"] for row in found] == sorted(row["image"] for row in found)
    answered = [row for row in found if row["label"]]
    assert len(answered) == 75 and found[0]["image"].endswith("broken.png") and found[0]["probability"] is None
    right = [row["label"] == row["image"].split("/")[-1][:12] for row in answered]
    assert sum(right) / 75 > 0.6
    again = run_fewtext("classify", "--model", tmp_path / "m", "--query", drawings / "asked", "--format", "jsonl")
    assert [json.loads(line) for line in again.stdout.splitlines()] == found


def test_a_table_of_images_keeps_its_other_columns_and_its_own_paths(run_fewtext, drawings):
    found, _ = classify_images(
        run_fewtext, drawings / "images.csv", drawings / "images.csv", "--encoder", "pixels:28x28x1"
    )
    assert [list(row)[:3] for row in found[:1]] == [["image", "query_label", "who"]]
    assert found[0]["image"] == "character000_0.png" and found[-1]["image"] == "missing.png" and not found[-1]["label"]


def test_images_need_an_encoder_of_images(run_fewtext, drawings):
    done = run_fewtext("classify", "--support", drawings / "images.csv", "--query", drawings / "asked")
    assert done.returncode == 1 and not done.stdout
    (drawings / "texts.txt").write_text("hello\n")
    texts = drawings / "texts.txt"
    other = run_fewtext("classify", "--support", drawings / "images.csv", "--query", texts, "--encoder", "pixels:8x8x1")
    assert other.returncode == 1 and not other.stdout and "takes image, not text: hello" in other.stderr.decode()
    assert "the encoder layers takes text, not image" in done.stderr.decode()


@pytest.mark.parametrize("kind", ["clip", "vit"])
def test_models_of_the_sentence_transformers_library_see(kind, tiny_vision, run_fewtext, drawings, tmp_path):
    folder = tiny_vision(kind, tmp_path / kind)
    found, _ = classify_images(
        run_fewtext, drawings / "images.csv", drawings / "asked", "--encoder", f"sentence-transformers:{folder}"
    )
    assert sum(bool(row["label"]) for row in found) == 75
    (tmp_path / "names.csv").write_text("label,description\ncat,a cat\ndog,a dog\n")
    done = run_fewtext("classify", "--labels", tmp_path / "names.csv", "--query", drawings / "asked", "--encoder",
                       f"sentence-transformers:{folder}", "--format", "jsonl")  # fmt: skip
    if kind == "clip":  # texts and images in one space
        assert {json.loads(line)["label"] for line in done.stdout.splitlines()} <= {"cat", "dog", ""}
    else:
        assert "takes image, not text" in done.stderr.decode()


def test_from_python_a_image_that_cannot_be_read_is_an_error_by_name(drawings):
    items = discovery.corpus("glyphs").load_all()
    model = FewShotClassifier(encoder="pixels:28x28x1")
    broken = Picture(str(drawings / "asked/broken.png"))
    with pytest.warns(FewtextWarning, match=r"1 of 41 items cannot be read and are skipped: .*broken.png"):
        model.fit([*items.items[:40], broken], [*items.labels[:40], items.labels[0]])
    assert model.model_.n_examples_ == 40 and model.score(items.items[:40], items.labels[:40]) > 0.9
    with pytest.raises(FewtextError, match=r"1 of 2 items cannot be read: .*broken.png"):
        model.predict([items.items[0], broken])
    with pytest.raises(FewtextError, match="no example left of label other"), pytest.warns(FewtextWarning):
        model.fit([*items.items[:40], broken], [*items.labels[:40], "other"])


def test_a_zip_of_queries_is_not_overwritten_by_its_answers(run_fewtext, drawings, zipped_images, tmp_path):
    path = tmp_path / "q.zip"
    path.write_bytes(zipped_images)
    done = run_fewtext("classify", "--support", drawings / "images.csv", "--query", path, "--output", path, "--format",
                       "csv", "--encoder", "pixels:28x28x1")  # fmt: skip
    assert done.returncode == 1 and b"answers would overwrite" in done.stderr
    with zipfile.ZipFile(path) as archive:
        assert len(archive.namelist()) == 4
