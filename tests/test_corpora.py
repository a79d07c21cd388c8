"""Corpora are as their cards describe them, any labelled files are corpora too, and folds share no class."""

import json
import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from fewtext.contracts.corpus import Corpus
from fewtext.datasets import local as sources
from fewtext.datasets.cards import read_card
from fewtext.datasets.folds import class_fold, fold_names
from fewtext.datasets.open import open_corpus
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.registry import discovery

PUBLIC = {  # rows and classes in scope
    "banking77": (13_083, 77),
    "clinc150": (22_500, 150),
    "hwu64": (11_106, 64),
    "sst2": (9_613, 2),
    "trec6": (5_952, 6),
}


def test_office_is_what_its_card_says():
    office = open_corpus("office")
    assert office.splits == ["train", "test"] and office.modality == "text"
    everything = office.load_all()
    counts = Counter(everything.labels)
    assert len(counts) == 24 and set(counts.values()) == {40}
    assert everything.items[: len(office.load("train").items)] == office.load("train").items
    texts = [text.casefold() for text in everything.items]
    assert len(set(texts)) == len(texts), "a text stands twice"
    with pytest.raises(InputError, match="no split 'dev'; it has: train, test"):
        office.load("dev")


@pytest.mark.parametrize(
    ("name", "classes", "folds"), [("banking77", 77, 5), ("clinc150", 150, 5), ("hwu64", 64, 5), ("office", 24, 3)]
)
def test_published_folds_are_disjoint_and_use_every_class(name, classes, folds):
    corpus = open_corpus(name)
    assert len(fold_names(corpus)) == folds
    for name in fold_names(corpus):
        parts = json.loads(corpus.folds_file.read_text())[name]
        labels = [label for part in parts.values() for label in part]
        fold = class_fold(corpus, name, labels)
        assert not set(fold.train) & set(fold.valid) and not set(fold.train + fold.valid) & set(fold.test)
        assert len(labels) == classes


def test_the_three_folds_of_office_are_half_a_quarter_and_a_quarter():
    office = open_corpus("office")
    assert fold_names(office) == ("fold_01", "fold_02", "fold_03")
    labels = office.load_all().labels
    for name in fold_names(office):
        fold = class_fold(office, name, labels)
        assert fold.name == name and [len(fold.train), len(fold.valid), len(fold.test)] == [12, 6, 6]


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_corpus_is_what_its_card_says(name):
    if not (Path(os.environ.get("FEWTEXT_DATA", "/nowhere")) / name).is_dir():
        pytest.skip(f"FEWTEXT_DATA holds no {name}")
    corpus = open_corpus(name)
    splits = [corpus.load(split) for split in corpus.splits if split not in corpus.out_of_scope]
    rows = corpus.load_all()
    assert (sum(len(split.items) for split in splits), len(set(rows.labels))) == PUBLIC[name]
    assert len(rows.items) == len({pair for split in splits for pair in zip(split.items, split.labels, strict=True)})
    for fold in fold_names(corpus):
        class_fold(corpus, fold, rows.labels)


def test_out_of_scope_texts_have_splits_of_their_own():
    clinc = open_corpus("clinc150")
    assert clinc.splits == ["train", "valid", "test", "oos_train", "oos_valid", "oos_test"]
    assert clinc.out_of_scope == ("oos_train", "oos_valid", "oos_test")


def test_any_corpus_has_random_folds_that_a_seed_repeats(write):
    corpus = open_corpus(str(write("mine.csv", "text,label\na,b\n")))
    labels = [f"class {i}" for i in range(24)]
    fold = class_fold(corpus, "random_3", labels)
    assert [len(fold.train), len(fold.valid), len(fold.test)] == [12, 6, 6]
    assert sorted(fold.train + fold.valid + fold.test) == sorted(labels)
    assert class_fold(corpus, "random_3", labels[::-1] * 2) == fold != class_fold(corpus, "random_4", labels)
    smallest = class_fold(corpus, "random_0", "abcdef")
    assert {len(smallest.train), len(smallest.valid), len(smallest.test)} == {2}
    with pytest.raises(InputError, match="has 5 classes, too few for a class fold; at least 6 are needed"):
        class_fold(corpus, "random_0", "abcde")


def test_a_wrong_fold_is_refused_by_name(card):
    office = open_corpus("office")
    with pytest.raises(InputError, match="no fold 'fold_1'; did you mean fold_01.* fold_03, random_N"):
        class_fold(office, "fold_1", office.load("train").labels)
    for folds, fault in [
        ({"f": {"train": ["a"], "valid": ["b"], "test": ["d"]}}, "has a label 'd' that the data lack"),
        ({"f": {"train": ["a"], "valid": ["b"], "test": ["a"]}}, "label 'a' of fold f is in train and in test"),
        ({"f": {"train": ["a"], "valid": ["a", "b"], "test": [["c"]]}}, "label 'a' of fold f is in train and in valid"),
        ({"f": {"train": ["a"], "valid": ["b"]}}, "does not have the parts train, valid, test"),
        ({"f": {"train": ["a"], "valid": ["b"], "test": "c"}}, "no list of labels for test"),
        ([], "is not an object of folds by name"),
    ]:
        with pytest.raises(InputError, match=fault):
            class_fold(open_corpus(card('folds = "folds.json"', folds=folds)), "f", ["a", "b", "c"])


def test_a_corpus_that_was_changed_is_refused(card, monkeypatch, tmp_path):
    monkeypatch.delenv("FEWTEXT_DATA", raising=False)
    with pytest.raises(InputError, match="train.csv: does not match the checksum in its card; put the original back"):
        open_corpus(card(train=f'sha256 = "{"0" * 64}"', files={"train.csv": "text,label\na,b\n"})).load("train")
    with pytest.raises(InputError, match="1 rows instead of 3"):
        open_corpus(card(train="rows = 3")).load("train")
    with pytest.raises(InputError, match=r"label names \(b, …\) are not the card's"):
        open_corpus(card(train='names = "0"')).load("train")
    os.remove(tmp_path / "tiny/train.csv")
    with pytest.raises(InputError, match=r"has no file train.csv; put train.csv .*into \$FEWTEXT_DATA.tiny"):
        open_corpus(card()).load("train")


def test_files_of_a_card_are_found_in_the_data_folder(card, monkeypatch, tmp_path):
    corpus = open_corpus(card())
    (tmp_path / "data/tiny").mkdir(parents=True)
    (tmp_path / "data/tiny/train.csv").write_text("text,label\nhello,greeting\n")
    monkeypatch.setenv("FEWTEXT_DATA", str(tmp_path / "data"))
    assert corpus.load("train").items == ["hello"]


@pytest.mark.parametrize(
    ("extra", "train", "fault"),
    [
        ("licence_ = 1", "", "unknown field 'licence_'"),
        ("source = 1", "", "field 'source': expected str, got int"),
        ("rotated = 1", "", "field 'rotated': expected bool, got int"),
        ('colour = "red"', "", "unknown field 'colour'"),
        ("", 'rows = "many"', "field 'files.train.rows': expected int, got str"),
        ("", "weight = 1", "unknown field 'files.train.weight'"),
        ('folds = "../folds.json"', "", "'../folds.json' is not a plain file name"),
        ("hub = 3", "", "field 'hub': expected object | null, got int"),
        ("[hub]\ntext = 'a'", "", "missing field 'hub.path'"),
        ("= 3", "", "Invalid|Expected"),
    ],
)
def test_a_card_with_a_fault_is_refused(card, extra, train, fault):
    with pytest.raises(InputError, match=f"card.toml: not a corpus card: .*({fault})"):
        open_corpus(card(extra, train))


def test_a_file_is_a_corpus_of_one_split(write):
    for name, content in [
        ("a.csv", "text,label\nhello,greeting\nbye,parting\n"),
        ("a.tsv", "label\ttext\ngreeting\thello\nparting\tbye\n"),
        ("a.jsonl", '{"text": "hello", "label": "greeting"}\n{"text": "bye", "label": "parting"}\n'),
    ]:
        corpus = open_corpus(str(write(name, content)))
        assert (corpus.name, corpus.splits, fold_names(corpus)) == ("a", ["all"], ())
        assert corpus.load_all() == corpus.load("all") == sources.Items(["hello", "bye"], ["greeting", "parting"])


def test_a_folder_of_split_files_is_a_corpus(write, tmp_path):
    write("test.csv", "text,label\nbye,parting\n")
    write("train.jsonl", '{"text": "hello", "label": "greeting"}\n')
    write("README.md", "ours")
    corpus = open_corpus(str(tmp_path))
    assert corpus.splits == ["train", "test"] and corpus.load_all().items == ["hello", "bye"]
    write("extra.csv", "text,label\nbye,parting\n")
    with pytest.warns(FewtextWarning, match="skipped: extra.csv"):
        assert open_corpus(str(tmp_path)).splits == ["train", "test"]
    write("train.csv", "text,label\nbye,parting\n")
    with pytest.raises(InputError, match=r"two files of the split train: train.csv and train.jsonl; keep one"):
        open_corpus(str(tmp_path))


def test_a_folder_of_class_folders_is_a_corpus(tmp_path):
    for name, content in {
        "joy/1.txt": "\ufeffhurray\n",
        "joy/2.txt": "wow",
        "grief/a.txt": "alas",
        "grief/b.txt": " ",
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    corpus = open_corpus(str(tmp_path))
    with pytest.warns(FewtextWarning, match="empty files skipped: grief/b.txt"):
        assert corpus.load("all") == sources.Items(["alas", "hurray", "wow"], ["grief", "joy", "joy"])
    (tmp_path / "joy/3.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="3.txt: is not UTF-8"):
        corpus.load("all")
    (tmp_path / "notes").mkdir()
    with pytest.warns(FewtextWarning, match="skipped: notes"):
        open_corpus(str(tmp_path))


def test_an_installed_corpus_takes_precedence_over_a_folder_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("office", "mine"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "train.csv").write_text("text,label\nhello,greeting\n")
    assert open_corpus("office").splits == ["train", "test"] and open_corpus("./office").splits == ["train"]
    assert open_corpus("mine").splits == ["train"]


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ("", "does not name a corpus"),
        ("a\0b", "does not name a corpus"),
        ("./a\0b.csv", "does not name a corpus"),
        ("offise", "did you mean office"),
        ("./nowhere", "no such file or folder"),
        ("nowhere.csv", "no such file or folder"),
        ("x" * 5000 + ".csv", "no such file or folder"),
        ("./notes.txt", "is not a table"),
        ("empty/", "is empty"),
        ("strange/", "has no known split but movie.avi"),
        ("hub:", "write hub:owner/name"),
        ("hub:nothing", "write hub:owner/name"),
        ("hub:../x/y", "write hub:owner/name"),
        ("hub:a/b@c d", "write hub:owner/name"),
        ("hub:a/b:c:d", "write hub:owner/name"),
    ],
)
def test_what_is_not_a_corpus_is_an_error_of_one_line(spec, fault, write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "strange").mkdir()
    write("strange/movie.avi", "film")
    write("notes.txt", "a note")
    with pytest.raises(FewtextError, match=fault) as error:
        open_corpus(spec)
    assert "\n" not in str(error.value) and "\0" not in str(error.value)


def test_every_card_reads_without_touching_its_data():
    cards = sorted(Path(sys.modules[Corpus.__module__].__file__).parents[2].glob("corpora/*/card.toml"))
    assert [read_card(card).name for card in cards] == [
        "ag_news",
        "amazon_counterfactual",
        "banking77",
        "cifar_fs",
        "clinc150",
        "cr",
        "emotion",
        "hwu64",
        "liu57",
        "newsgroups20",
        "office",
        "omniglot",
        "sst2",
        "sst5",
        "trec6",
    ]


def test_few_shot_classification_works_on_it(bert):
    """Five examples a class and the names: 60 % on 24 intents that are near each other, where chance has 4."""
    from fewtext import FewShotClassifier

    office = discovery.corpus("office")
    train, test = office.load("train"), office.load("test")
    seen, support = Counter(), []
    for text, label in zip(train.items, train.labels, strict=True):
        seen[label] += 1
        if seen[label] <= 5:
            support.append((text, label))
    texts, labels = zip(*support, strict=True)
    assert FewShotClassifier(encoder=bert).fit(texts, labels).score(test.items, test.labels) > 0.55


def test_a_file_with_columns_of_other_names_is_a_corpus(tmp_path):
    (tmp_path / "a.csv").write_text("utterance,intent\nno wifi,network\nday off,leave\n")
    items = open_corpus(str(tmp_path / "a.csv"), "utterance", "intent").load_all()
    assert items.items == ["no wifi", "day off"] and items.labels == ["network", "leave"]


def test_a_sheet_of_a_workbook_is_a_corpus(tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    pytest.importorskip("python_calamine")
    book = openpyxl.Workbook()
    book.active.append(["nothing"])
    sheet = book.create_sheet("Done")
    for row in (["text", "label"], ["no wifi", "network"], ["day off", "leave"]):
        sheet.append(row)
    book.save(tmp_path / "train.xlsx")
    assert open_corpus(str(tmp_path / "train.xlsx"), sheet_name="Done").load_all().items == ["no wifi", "day off"]
    (tmp_path / "test.csv").write_text("text,label\nvpn,network\n")
    corpus = open_corpus(str(tmp_path), sheet_name="Done", encoding="ascii")
    assert corpus.splits == ["train", "test"] and corpus.load("test").items == ["vpn"]
    for spec, where in ((str(tmp_path / "test.csv"), "test.csv"), ("office", "corpus office")):
        with pytest.raises(InputError, match=f"{where}: takes no sheet name: it is no workbook; leave out"):
            open_corpus(spec, sheet_name="Done")


def test_a_text_that_occurs_twice_under_a_label_is_read_once(tmp_path):
    """Else it would be a support example and its own query."""
    (tmp_path / "train.csv").write_text("text,label\na,x\nb,x\na,x\n")
    (tmp_path / "test.csv").write_text("text,label\nb,x\na,y\n")
    items = open_corpus(str(tmp_path)).load_all()
    assert list(zip(items.items, items.labels, strict=True)) == [("a", "x"), ("b", "x"), ("a", "y")]
