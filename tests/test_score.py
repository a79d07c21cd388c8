"""``fewtext score``: a fitted or saved classifier measured on one's own file; thresholds beside what was measured."""

import csv
import json
import re

import pytest

from fewtext import FewtextError, FewtextWarning
from fewtext.classify.predict import classify
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.evaluation.score import score
from fewtext.evaluation.score_text import text_report

SUPPORT = "text,label\nvpn down,network\nno wifi,network\ntwo days off,leave\na week in May off,leave\n"
TEST = "text,label\nthe wifi is slow,network\nI want a holiday,leave\nwho knows,other\n"
KINDS = {"network": "vpn wifi router cable", "leave": "holiday vacation day week", "printer": "paper toner ink jam"}


def rows(each, seed, noise=0.0):
    """Texts of three labels, some of which have another label's words."""
    import random

    draw, found = random.Random(seed), []
    for label, words in KINDS.items():
        for _ in range(each):
            own = KINDS[draw.choice(sorted(KINDS))] if draw.random() < noise else words
            found.append((f"{draw.choice(own.split())} {draw.choice(own.split())} {draw.randrange(10**6)}", label))
    return found


@pytest.fixture
def toy(toy_encoder):
    texts, labels = zip(*rows(8, seed=0), strict=True)
    return SingleLabelClassifier(encoder=toy_encoder).fit(list(texts), list(labels))


@pytest.fixture
def files(write):
    content = [("text,label\n" + "\n".join(map(",".join, rows(8, seed)))) for seed in (0, 1)]
    return write("a.csv", content[0]), write("b.csv", content[1] + "\nthe moon is full,other\nstars,other\n ,network\n")


def test_the_numbers_are_those_of_the_answers(toy):
    texts, labels = map(list, zip(*rows(30, seed=1, noise=0.3), strict=True))
    report = score(toy, texts, labels)
    answers = toy.predict(texts).tolist()
    right = [a == b for a, b in zip(answers, labels, strict=True)]
    assert report.texts == 90 and report.accuracy == pytest.approx(sum(right) / 90) and 0.6 < report.accuracy < 0.95
    assert [wrong.row for wrong in report.wrong] == [i for i, fits in enumerate(right) if not fits]
    assert {(wrong.text, wrong.label, wrong.answer) for wrong in report.wrong} == {
        (texts[i], labels[i], answers[i]) for i, fits in enumerate(right) if not fits
    }
    assert sum(len(pair.rows) for pair in report.confused_pairs) == len(report.wrong)
    assert sum(count for count, _, _ in report.reliability) == 90
    confidence = toy.predict_proba(texts).max(1)
    assert report.mean_confidence == pytest.approx(confidence.mean())
    assert report.calibration_error == pytest.approx(
        sum(count * abs(mean - share) for count, mean, share in report.reliability) / 90
    )


def test_what_was_expected_of_a_threshold_stands_beside_what_was_measured(toy):
    texts, labels = map(list, zip(*rows(30, seed=1, noise=0.3), strict=True))
    report = score(toy, texts, labels, precision=0.9)
    limit, confidence = toy.threshold(precision=0.9), toy.predict_proba(texts).max(1)
    given = confidence >= limit.probability
    right = toy.predict(texts) == labels
    check = report.precision
    assert (check.expected, check.measured.count, check.measured.total) == (
        limit.precision, int((right & given).sum()), int(given.sum())
    )  # fmt: skip
    assert check.coverage.fraction == pytest.approx(given.mean())
    scope = score(toy, texts, labels, ood_keep=0.9).out_of_scope
    assert scope.asked == 0.9 and scope.kept.total == 90 and scope.set_apart.fraction is None
    low, high = check.measured.interval
    assert low < check.measured.fraction < high


def test_out_of_scope_texts_count_for_their_threshold_alone(toy):
    texts, labels = map(list, zip(*rows(10, seed=1), strict=True))
    report = score(toy, [*texts, "the moon", "a star"], [*labels, "other", "other"], ood_keep=0.9, oos_label="other")
    assert report.texts == 30 and not report.unknown_labels
    assert (report.out_of_scope.kept.total, report.out_of_scope.set_apart.total) == (30, 2)
    assert report.out_of_scope.set_apart.fraction == 1.0
    with pytest.warns(FewtextWarning, match="labels without an example.*: other"):
        counted = score(toy, [*texts, "the moon"], [*labels, "other"])
    assert counted.texts == 31 and counted.unknown_labels == ["other"]


@pytest.fixture
def with_out_of_scope(toy_encoder):
    texts, labels = map(list, zip(*rows(8, seed=0), strict=True))
    outside = ["moon star", "star sun", "sun sea", "sea moon", "moon sky", "sky star"]
    return SingleLabelClassifier(encoder=toy_encoder, oos_label="other").fit(texts + outside, labels + ["other"] * 6)


def test_an_answer_that_a_text_is_out_of_scope_has_no_probability_and_is_not_given(with_out_of_scope):
    texts, labels = map(list, zip(*rows(30, seed=1, noise=0.3), strict=True))
    texts, labels = [*texts, "star sea", "sun moon"], [*labels, "network", "other"]
    report = score(with_out_of_scope, texts, labels, precision=0.9)
    answers, confidence = with_out_of_scope.predict(texts), with_out_of_scope.predict_proba(texts).max(1)
    sure, right = answers != "other", answers == labels
    assert 2 <= (~sure).sum() < 20 and report.wrong[-1].answer == "other"
    assert all((wrong.probability is None) == (wrong.answer == "other") for wrong in report.wrong)
    assert sum(count for count, _, _ in report.reliability) == sure.sum()
    assert report.mean_confidence == pytest.approx(confidence[sure].mean())
    given = sure & (confidence >= report.precision.threshold)
    assert (report.precision.measured.count, report.precision.measured.total) == ((given & right).sum(), given.sum())
    assert "-0.0" not in "".join(text_report(report, "title"))


def test_texts_below_the_similarity_asked_for_get_no_answer(toy):
    texts, labels = map(list, zip(*rows(20, seed=1), strict=True))
    report = score(toy, texts, labels, precision=0.9, ood_keep=0.3)
    given = [prediction.given for prediction in classify(toy, texts, precision=0.9, ood_keep=0.3)]
    assert report.precision.coverage.count == sum(given) < 60


def test_a_label_of_out_of_scope_texts_that_cannot_be_one_is_an_error(toy, with_out_of_scope):
    with pytest.raises(FewtextError, match="label of out-of-scope examples is other, not none"):
        score(with_out_of_scope, ["vpn"], ["network"], oos_label="none")
    with pytest.raises(FewtextError, match="network is a label that the classifier answers with"):
        score(toy, ["vpn", "day"], ["network", "leave"], oos_label="network")
    with pytest.warns(FewtextWarning, match="no text has the label none of parameter 'oos_label'"):
        score(toy, ["vpn", "day"], ["network", "leave"], oos_label="none")


def test_out_of_scope_texts_that_do_not_count_are_counted_in_words(toy):
    lines = text_report(score(toy, ["vpn", "day", "moon", " "], ["network", "leave", "x", "x"], oos_label="x"), "title")
    assert "  texts: 2, 1 without an answer, 1 out of scope not counted" in lines
    assert not any("set apart" in line for line in lines), "nothing was to be set apart"


def test_texts_that_are_training_examples_are_warned_of(toy):
    texts, labels = map(list, zip(*rows(8, seed=0), strict=True))
    with pytest.warns(FewtextWarning, match="24 of these texts are examples of the classifier"):
        assert score(toy, texts, labels).seen_texts == 24


def test_nothing_to_score_is_an_error(toy):
    with pytest.raises(FewtextError, match="no labelled texts to score"):
        score(toy, [], [])
    with pytest.raises(FewtextError, match="none of the texts can be answered"):
        score(toy, [" "], ["network"])


def test_a_file_is_scored(run_fewtext, write):
    support, test = write("a.csv", SUPPORT), write("b.csv", TEST)
    done = run_fewtext("score", "--support", support, "--test", test, "--format", "json")
    report = json.loads(done.stdout)
    assert report["accuracy"] == pytest.approx(2 / 3) and report["label_names"] is True
    assert report["accuracy_interval"] == pytest.approx([0.2077, 0.9385], abs=1e-3), "Wilson's for 2 of 3"
    assert "labels without an example, whose texts are always answered wrong: other" in done.stderr.decode()
    assert report["wrong"][0]["line"] == 4 and report["versions"]["fewtext"] and report["schema"] == 1
    pair = report["confused_pairs"][0]
    assert pair == {"label": "other", "answer": pair["answer"], "count": 1, "texts": ["who knows"]}


def test_a_kept_model_is_scored_and_says_the_same(run_fewtext, files, tmp_path):
    learned = "--support", files[0], "--encoder", "tfidf"
    run_fewtext("classify", *learned, "--query", files[1], "--save", tmp_path / "m")
    one = run_fewtext("score", *learned, "--test", files[1], "--oos-label", "other", "--format", "json")
    two = run_fewtext(
        "score", "--model", tmp_path / "m", "--test", files[1], "--oos-label", "other", "--format", "json"
    )
    first, second = json.loads(one.stdout), json.loads(two.stdout)
    assert (
        first.pop("source") != second.pop("source")
        and first == second
        and first["out_of_scope"]["set_apart"]["total"] == 2
    )


def test_everything_is_shown_and_written(run_fewtext, files, tmp_path):
    pytest.importorskip("jinja2")
    page, wrong = tmp_path / "page.html", tmp_path / "wrong.csv"
    with open(files[1], "a", encoding="utf-8") as stream:
        stream.write("vpn wifi 7,leave\n")  # taken for the other label
    done = run_fewtext(
        "score", "--support", files[0], "--test", files[1], "--encoder", "tfidf", "--oos-label", "other",
        "--precision", 0.9, "--ood-keep", 0.9, "--html", page, "--errors", wrong, "--transductive",
    )  # fmt: skip
    shown = done.stdout.decode()
    assert done.returncode == 0, done.stderr
    parts = [
        *("accuracy: ", "macro F1: ", "precision of given answers: asked 90.0 %, expected ", "in-scope texts kept: "),
        *("class, weakest first  support  precision  recall      F1", "calibration: mean confidence", "(transductive)"),
    ]
    for part in parts:
        assert part in shown, (part, shown)
    content = page.read_text(encoding="utf-8")
    assert "<title>" in content and "<svg" in content and "http" not in re.sub(r"http-equiv", "", content)
    assert "Wilson" in content and " 1 wrong" in done.stderr.decode()
    (row,) = csv.DictReader(wrong.open(encoding="utf-8", newline=""))
    assert list(row) == ["row", "text", "label", "answer", "probability"]
    assert (row["row"], row["text"], row["label"], row["answer"]) == ("29", "vpn wifi 7", "leave", "network")


@pytest.mark.parametrize("named", [(), ("--id-column", "Notes")])
def test_a_wrong_answer_leads_to_its_row_under_the_names_of_the_file(run_fewtext, write, tmp_path, named):
    model, wrong, columns = tmp_path / "m", tmp_path / "w.csv", ("--text-column", "Body", "--label-column", "Category")
    own = write("s.csv", "Body,Category\n" + "\n".join(map(",".join, rows(8, seed=0))))
    saved = run_fewtext("classify", "--support", own, "--query", own, *columns, "--encoder", "tfidf", "--save", model)
    assert saved.returncode == 0
    test = write("t.csv", 'Notes,Ticket No,Body,Category\na1,7,"vpn\nwifi",network\n,8,,leave\nb2,9,vpn wifi,leave\n')
    done = run_fewtext("score", "--model", model, "--test", test, "--errors", wrong, *named)
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(wrong.open(encoding="utf-8", newline=""))
    ids = {"Notes": "b2"} if named else {"Ticket No": "9"}
    assert {key: row[key] for key in list(row)[:-1]} == {
        "row": "4", **ids, "Body": "vpn wifi", "Category": "leave", "answer": "network"
    }  # fmt: skip
    assert float(row["probability"]) > 0.5


def test_columns_that_are_called_as_ours_are_not_written_twice(run_fewtext, write, tmp_path):
    wrong, content = tmp_path / "w.csv", "\n".join(f"{label},{text}" for text, label in rows(8, seed=0))
    own = write("s.csv", "answer,row\n" + content)
    test = write("t.csv", "answer,row,row_id\nleave,vpn wifi,row\nleave,holiday,two\n")
    done = run_fewtext("score", "--support", own, "--test", test, "--errors", wrong, "--encoder", "tfidf",
                       "--text-column", "row", "--label-column", "answer")  # fmt: skip
    assert done.returncode == 0, done.stderr
    (row,) = csv.DictReader(wrong.open(encoding="utf-8", newline=""))
    assert list(row) == ["row", "row_id", "text", "label", "answer", "probability"]
    assert (row["row"], row["row_id"], row["text"], row["answer"]) == ("2", "row", "vpn wifi", "network")


def test_a_page_escapes_what_files_hold(run_fewtext, write, tmp_path):
    pytest.importorskip("jinja2")
    evil = "<script>alert(1)</script>"
    support = write("a.csv", f"text,label\nred apple,{evil}\ngreen apple,{evil}\nfast car,car\nold car,car\n")
    test = write("b.csv", f"text,label\n{evil} apple,car\ncar race,{evil}\n")
    done = run_fewtext(
        "score", "--support", support, "--test", test, "--encoder", "tfidf", "--html", tmp_path / "p.html"
    )
    assert done.returncode == 0 and "<script>alert" not in (tmp_path / "p.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--support", "{a}", "--test", "none.csv"], "none.csv: no such file"),
        (["--test", "{b}"], "give --support, --labels or --model"),
        (["--support", "{a}", "--test", "{b}", "--errors", "{b}"], "is an input, which the answers would overwrite"),
        (["--support", "{a}", "--test", "{b}", "--errors", "wrong.doc"], "cannot tell the format of"),
        (["--support", "{a}", "--test", "{b}", "--ood-keep", "1"], "--ood-keep is a fraction"),
        (["--support", "{a}", "--test", "{b}", "--html", "no/such/page.html"], "its folder does not exist"),
        (["--model", "{a}", "--test", "{b}"], "not a saved model"),
        (["--support", "{a}", "--test", "{b}", "--errors", "w.csv", "--html", "./w.csv"], "are one file"),
        (["--model", ".", "--test", "{b}", "--errors", "support.jsonl"], "is in the folder of a classifier"),
    ],
)
def test_a_mistake_is_one_line(run_fewtext, files, arguments, message):
    done = run_fewtext("score", *(argument.format(a=files[0], b=files[1]) for argument in arguments))
    said = done.stderr.decode()
    assert done.returncode == 1 and message in said and "Traceback" not in said and not done.stdout, said


def test_too_low_an_accuracy_is_exit_code_3(run_fewtext, files):
    done = run_fewtext("score", "--support", files[0], "--test", files[1], "--encoder", "tfidf", "--at-least", "1")
    assert done.returncode == 3 and b"is below 100.0%" in done.stderr and b"accuracy: " in done.stdout


def test_the_stated_confidence_sets_the_threshold_that_is_checked(toy_encoder):
    texts, labels = map(list, zip(*rows(30, seed=1, noise=0.2), strict=True))
    toy = SingleLabelClassifier(encoder=toy_encoder).fit(texts, labels)
    texts, labels = map(list, zip(*rows(30, seed=2, noise=0.2), strict=True))
    checks = {stated: score(toy, texts, labels, precision=0.8, confidence=stated).precision for stated in (0.5, 0.99)}
    for stated, check in checks.items():
        limit = toy.threshold(precision=0.8, confidence=stated)
        assert (check.threshold, check.statement) == (limit.probability, str(limit))
    assert checks[0.5].threshold < checks[0.99].threshold
    report = score(toy, texts, labels, precision=0.8, confidence=0.5)
    assert "with 50% confidence at least 80% of the given answers are right" in "\n".join(text_report(report, "t"))


def test_a_confidence_is_that_of_a_precision(run_fewtext, files):
    done = run_fewtext("score", "--support", files[0], "--test", files[1], "--confidence", 0.8)
    assert done.returncode == 1 and b"--confidence is that of --precision" in done.stderr
