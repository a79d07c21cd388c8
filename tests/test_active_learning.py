"""What to label next: texts that represent many others, each others than the one before."""

import csv
import io

import pytest

from fewtext.classify.active_learning import CONSIDERED, suggest
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.wording import wordings

SUPPORT = ["red apple pie", "fast old car"], ["fruit", "vehicle"]
KNOWN = [f"red apple pie {word}" for word in "for one or two of us here now and then by me".split()]
UNKNOWN = [f"blue boat on {side} lake" for side in ("north", "south", "east", "west")] * 3
ODD = ["quantum xylophone zebra"]


@pytest.fixture
def model(toy_encoder):
    return SingleLabelClassifier(encoder=toy_encoder, label_names=False).fit(*SUPPORT)


def test_the_first_represents_many_with_uncertain_answers(model):
    pool = KNOWN + ODD + UNKNOWN
    found = suggest(model, pool, 3)
    assert pool[found[0].place] in UNKNOWN
    assert len({s.place for s in found}) == 3 and all(s.label in ("fruit", "vehicle") for s in found)
    assert all(0.5 <= s.probability <= 1 for s in found)


def test_no_text_comes_up_twice(model):
    pool = ["blue boat"] * 5 + ["green hill", "green hill today", "yellow sun"]
    found = [pool[s.place] for s in suggest(model, pool, 8)]
    assert sorted(found) == sorted(set(pool))


def test_texts_that_differ_in_numbers_or_names_count_as_one(model):
    pool = ["order 66 is late", "order 7-12 is late", "please call Mary Smith", "please call John", "order it"]
    pool += ["the blue boat is on the lake and I like the boat", "mail to a@b.org bounced", "mail to c.d@e.net bounced"]
    found = {pool[s.place] for s in suggest(model, pool, 8)}
    assert len(found) == 5 and {"order it", pool[5]} <= found


def test_capitals_mark_no_names_where_many_words_have_them():
    assert len(set(wordings(["Mein Drucker ist kaputt", "Mein Bildschirm ist kaputt"]))) == 2
    assert wordings(["I think I am late. The bus 12B left"]) == ["i think i am late the bus # left"]


def test_more_than_there_are_and_blanks_and_nothing(model):
    assert [s.place for s in suggest(model, ["", "a boat", " "], 20)] == [1]
    assert suggest(model, [], 5) == [] and suggest(model, [" "], 5) == []


def test_a_large_pool_is_drawn_from_and_a_seed_draws_again(model, monkeypatch):
    monkeypatch.setattr("fewtext.classify.active_learning.CONSIDERED", 10)
    pool = [f"{a}{b}ok boat" for a in "bcdfgh" for b in "aeiouxyzvw"]
    assert CONSIDERED > 10
    first, again, other = (suggest(model, pool, 4, seed=seed) for seed in (0, 0, 1))
    assert first == again != other


def test_names_alone_are_a_start(toy_encoder):
    names = {"fruit": "apple pie", "vehicle": "old car"}
    model = SingleLabelClassifier(encoder=toy_encoder, label_names=names).fit()
    assert len(suggest(model, KNOWN + UNKNOWN, 5)) == 5


def test_the_command_writes_rows_to_fill_in_and_add(run_fewtext, write, tmp_path):
    support = write("s.csv", "text,label\nred apple pie,fruit\nfast old car,vehicle\n")
    pool = write("pool.csv", "id,text,label\n" + "\n".join(f"{i},{t},x" for i, t in enumerate(KNOWN + UNKNOWN)))
    done = run_fewtext("suggest", "--support", support, "--pool", pool, "-n", 3, "--encoder", "tfidf")
    assert done.returncode == 0, done.stderr
    rows = list(csv.DictReader(io.StringIO(done.stdout.decode())))
    assert len(rows) == 3 and list(rows[0]) == ["text", "label", "guess", "probability", "id", "query_label"]
    assert {row["label"] for row in rows} == {""} and rows[0]["text"] in UNKNOWN
    assert (KNOWN + UNKNOWN)[int(rows[0]["id"])] == rows[0]["text"]
    missing = run_fewtext("suggest", "--support", support, "--pool", tmp_path / "none.txt")
    assert missing.returncode == 1 and b"none.txt" in missing.stderr
