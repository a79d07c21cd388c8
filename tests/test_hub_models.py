"""Classifiers on the Hub: pushed without their texts, fetched with their digests; the Hub is a stand-in of its API."""

import os
import subprocess
import sys

import pytest
from hub_stand_in import TOKEN, Hub, running_hub

import fewtext
from fewtext import FewShotClassifier, FewtextError, push
from fewtext.classify.publication import card_for
from fewtext.errors import FewtextWarning
from fewtext.hub.address import address_of
from fewtext.hub.fetch import FILES, fetch

NAME = "me/fruit-or-car"
HOW = "I would like", "give me", "please bring us", "where can I buy", "they sold me", "we all want"
TEXTS = [f"{how} {what}" for what in ("an apple pie", "a fast car") for how in HOW]
LABELS = ["fruit"] * 6 + ["vehicle"] * 6
QUERIES = ["one more apple please", "this car is too slow", "ich möchte bitte noch einen Apfel und eine Birne essen"]


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """Run a stand-in, and have the client ask it and keep what it fetches in a folder of the test."""
    from huggingface_hub import constants, utils

    with running_hub() as found:
        template = found.address + "/{repo_id}/resolve/{revision}/{filename}"
        for name, value in (
            ("ENDPOINT", found.address),
            ("HUGGINGFACE_CO_URL_TEMPLATE", template),
            ("HF_HUB_CACHE", str(tmp_path / "hf")),
            ("HF_HUB_OFFLINE", False),
            ("HF_HUB_DISABLE_XET", True),
        ):
            monkeypatch.setattr(constants, name, value)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        monkeypatch.setenv("FEWTEXT_CACHE", str(tmp_path / "cache"))
        utils.close_session()  # an earlier one may be offline
        yield found
        utils.close_session()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """The folder of a classifier with the default encoder."""
    folder = tmp_path_factory.mktemp("kept") / "model"
    FewShotClassifier(learner="protonet").fit(TEXTS, LABELS).save(folder)
    return folder


def answers(model):
    return [(one.label, one.probability, one.given) for one in model.classify(QUERIES, precision=0.5)]


def test_what_is_pushed_gives_the_same_answers_and_holds_no_text(hub, kept):
    done = push(kept, NAME)
    (_, files) = hub.repositories[NAME]
    assert set(files) == {*FILES, "README.md"} and done.commit == hub.head(NAME)
    assert not [name for name, content in files.items() if b"apple pie" in content or b"fast car" in content]
    model, before = fewtext.load(f"hub:{NAME}"), fewtext.load(kept)
    assert answers(model) == answers(before)
    assert fewtext.describe(f"hub:{NAME}").texts_left_out and not fewtext.describe(kept).texts_left_out
    assert model.model_.left_out_.languages[0] == "en" and model.model_.left_out_.scripts == ["LATIN"]


def test_with_texts_they_go_along(hub, kept):
    push(kept, NAME, with_texts=True)
    model = fewtext.load(f"hub:{NAME}")
    assert model.model_.support_texts_[:12] == TEXTS and model.classify(QUERIES[:1], explain=1)
    assert "in `support.jsonl`" in hub.files(NAME, "main")["README.md"].decode()


def test_without_texts_what_needs_them_says_so(hub, kept, tmp_path):
    push(kept, NAME)
    model, heard = fewtext.load(f"hub:{NAME}"), []
    (answer,) = model.classify(QUERIES[:1], explain=1, on_message=heard.append)
    assert [(near.text, near.label) for near in answer.nearest] == [("", "fruit")]
    assert "a label and a similarity alone" in " ".join(heard)
    for act in (lambda: model.add(["a red bus"], ["vehicle"]), lambda: model.remove(TEXTS[:1]), model.check):
        with pytest.raises(FewtextError, match="needs the texts of the examples"):
            act()
    with pytest.warns(FewtextWarning, match="cannot be seen"):
        from fewtext.evaluation.score import score

        score(model.model_, ["an apple"], ["fruit"])
    model.save(tmp_path / "again")
    assert fewtext.describe(tmp_path / "again").texts_left_out
    assert "were left out" in (tmp_path / "again" / "README.md").read_text()
    with pytest.raises(FewtextError, match="its texts were left out when it was pushed"):
        push(tmp_path / "again", NAME, with_texts=True)
    assert push(tmp_path / "again", NAME).commit == hub.head(NAME)


def test_the_card_has_what_is_known(kept):
    card = card_for(kept, NAME)
    assert card.startswith("---\nlibrary_name: fewtext\n") and 'base_model: "sentence-transformers/' in card
    for fact in ("| fruit | 6 |", "licence Apache-2.0", "95 % interval from", "expected calibration error",
                 f'fewtext.load("hub:{NAME}")', "## What it is not for", "Other languages than"):  # fmt: skip
        assert fact in card, fact


def test_a_card_written_by_hand_stays(hub, kept):
    assert not push(kept, NAME).kept_card and not push(kept, NAME, with_texts=True).kept_card
    hub.repositories[NAME].append({**hub.files(NAME, "main"), "README.md": b"# My own words"})
    assert push(kept, NAME).kept_card
    assert hub.files(NAME, "main")["README.md"] == b"# My own words"


def test_a_commit_is_named_and_remembered(hub, kept):
    first, heard = push(kept, NAME).commit, []
    assert fetch(address_of(f"hub:{NAME}"), heard.append).name == first
    second = push(kept, NAME, with_texts=True).commit
    assert fetch(address_of(f"hub:{NAME}"), heard.append).name == second
    assert first[:12] in heard[0] and f"no longer {first[:12]}" in heard[1] and f"hub:{NAME}@{second}" in heard[1]
    hub.asked.clear()
    assert fetch(address_of(f"hub:{NAME}@{first}"), heard.append).name == first
    assert not [asked for asked in hub.asked if NAME in asked], "a commit that is here is not asked for"
    hub.refused[NAME] = 503, "Unavailable"
    assert fetch(address_of(f"hub:{NAME}"), heard.append).name == second and "does not answer" in heard[-1]


def test_a_file_that_changed_here_is_refused(hub, kept):
    push(kept, NAME)
    folder = fetch(address_of(f"hub:{NAME}"))
    (folder / "support.jsonl").resolve().write_bytes(b'{"text": "", "label": "fruit"}\n')
    with pytest.raises(FewtextError, match="is not what was fetched: sha256 .*; remove .* and load it again"):
        fewtext.load(f"hub:{NAME}")


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_the_commits_is_refused(hub, kept, monkeypatch, name):
    push(kept, NAME)
    whole = hub.files(NAME, "main")
    hub.sent = {name: whole[name][:-1] + b"!"}  # of the same length: what is sent is not what is stated
    with pytest.raises(FewtextError, match="is not what commit"):
        fewtext.load(f"hub:{NAME}")


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (404, "RepoNotFound", "is not on the Hub, or is private; check owner and name; for a private one log in"),
        (401, "RepoNotFound", "is not on the Hub, or is private"),
        (401, "", "does not accept the token"),
        (403, "GatedRepo", "is gated, and this account has no access yet; ask for it"),
        (404, "RevisionNotFound", "has no such revision; check the branch"),
        (418, "", "the Hub answered 418"),
    ],
)
def test_what_the_hub_refuses_is_a_sentence(hub, kept, status, code, said):
    hub.repositories[NAME], hub.refused[NAME] = [{}], (status, code)
    with pytest.raises(FewtextError, match=said) as caught:
        fewtext.load(f"hub:{NAME}")
    assert str(caught.value).startswith(f"hub:{NAME}: ") and "\n" not in str(caught.value)


def test_who_may_not_write_is_told(hub, kept, monkeypatch):
    with pytest.raises(FewtextError, match="this token may not do that"):
        push(kept, "somebody-else/model")
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    with pytest.raises(FewtextError, match="does not know who is writing.*hf auth login"):
        push(kept, NAME)
    assert hub.repositories == {}


def test_what_is_no_classifier_is_told(hub, kept):
    hub.repositories[NAME] = [{"config.json": b"{}"}]
    with pytest.raises(FewtextError, match="is no classifier of fewtext: it has no fewtext.json"):
        fewtext.load(f"hub:{NAME}")


@pytest.mark.parametrize("name", ["hub:", "hub:alone", "hub:a/b/c", "hub:a/..", "hub:a/b@", "hub:../b", "hub:a/b c"])
def test_a_name_that_is_none_is_told(name):
    with pytest.raises(FewtextError, match="is no name of a repository|no revision follows"):
        fewtext.load(name)


def test_without_a_network_a_sentence_says_so(hub, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(FewtextError, match="the Hub cannot be reached .*; check the network, or give a model's folder"):
        fewtext.load(f"hub:{NAME}")


def test_an_encoder_that_others_do_not_have_is_refused(hub, tmp_path, toy_encoder):
    FewShotClassifier(encoder="tfidf", learner="protonet").fit(TEXTS, LABELS).save(tmp_path / "words")
    with pytest.raises(FewtextError, match="tfidf is made from the texts of the examples, at each load"):
        push(tmp_path / "words", NAME)
    push(tmp_path / "words", NAME, with_texts=True)
    assert answers(fewtext.load(f"hub:{NAME}")) == answers(fewtext.load(tmp_path / "words"))
    toy_encoder.name = f"bert:{tmp_path}"
    FewShotClassifier(encoder=toy_encoder, learner="protonet").fit(TEXTS, LABELS).save(tmp_path / "own")
    with pytest.raises(FewtextError, match="its encoder is .* on this machine alone"):
        push(tmp_path / "own", NAME)


def test_a_model_of_the_hub_is_not_changed_where_it_is(run_fewtext, write):
    more = write("more.csv", "text,label\na red bus,vehicle\n")
    done = run_fewtext("add", more, "--model", "hub:me/model")
    assert done.returncode == 1 and b"hub:me/model cannot be changed where it is" in done.stderr


@pytest.mark.processes
def test_the_command_pushes_and_reads(kept, tmp_path):
    with running_hub() as hub:
        environment = {name: value for name, value in os.environ.items() if name != "HF_HUB_OFFLINE"} | {
            "HF_ENDPOINT": hub.address,
            "HF_TOKEN": TOKEN,
            "HF_HOME": str(tmp_path / "hf"),
            "HF_HUB_DISABLE_XET": "1",
            "FEWTEXT_CACHE": str(tmp_path / "cache"),
        }

        def run(*arguments):
            command = [sys.executable, "-m", "fewtext", *map(str, arguments)]
            return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600)

        shown = run("push", kept, NAME, "--dry-run")
        assert shown.stdout == card_for(kept, NAME) and not hub.asked
        pushed = run("push", kept, NAME)
        assert pushed.returncode == 0, pushed.stderr
        assert f"hub:{NAME}@{Hub.name_of(NAME, 1)}" in pushed.stderr
        (tmp_path / "q.txt").write_text("\n".join(QUERIES[:2]))
        there = run("classify", "--model", f"hub:{NAME}", "--query", tmp_path / "q.txt")
        here = run("classify", "--model", kept, "--query", tmp_path / "q.txt")
        assert there.stdout == here.stdout and "fruit" in here.stdout and "is commit" in there.stderr
