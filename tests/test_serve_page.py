"""The page in a real browser: a text is classified, ten suggestions are labelled by keyboard alone, and exported."""

import csv
import json
import time

import pytest
from browser import BROWSER, PATIENCE, Browser
from serving import WORDS, examples, saved, served

pytest.importorskip("fastapi", reason="the service needs the extra serve")
pytest.importorskip("sklearn", reason="TF-IDF needs scikit-learn")

from fewtext import FewShotClassifier

pytestmark = [pytest.mark.processes, pytest.mark.skipif(BROWSER is None, reason="no chromium to drive")]
POOL = [f"{start} the {word}" for start in ("about", "with") for own in WORDS.values() for word in own.split()]
CTRL = 2


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("served")
    saved(folder / "requests", "network", "leave")
    labels = [[label, "urgent"] if "wifi" in text else [label] for text, label in examples()]
    several = FewShotClassifier(encoder="tfidf").fit([text for text, _ in examples()], labels)
    several.save(folder / "several")
    with served("--model", folder / "requests", "--model", folder / "several", log=folder / "log") as (_, address):
        yield address


@pytest.fixture(params=[1280, 390])
def page(request, tmp_path, address):
    browser = Browser(tmp_path, request.param)
    browser.open(address)
    browser.wait("document.querySelector('#about').textContent")
    yield browser
    browser.close()


def focus_by_tab(page, name):
    """Press Tab until an element has the focus."""
    for _ in range(40):
        if page.run("document.activeElement.id") == name:
            return
        page.press("Tab")
    raise AssertionError(f"{name} is not reached by Tab")


def downloaded(path):
    """Wait until a file is there, and return its path."""
    end = time.monotonic() + PATIENCE
    while not path.exists() and time.monotonic() < end:
        time.sleep(0.02)
    return path


def test_a_text_is_classified_and_explained_by_keyboard(page):
    focus_by_tab(page, "text")
    page.type("the wifi and the router are gone")
    page.press("Enter", CTRL)
    page.wait("document.querySelector('.best')")
    assert page.run("document.querySelector('.best').firstChild.textContent") == "network"
    assert page.run("[...document.querySelectorAll('.ranked li')].length") == 2
    assert "similarity" in page.run("document.querySelector('.nearest').textContent")
    assert page.run("document.documentElement.scrollWidth <= innerWidth"), "nothing is beyond the edge"


def test_ten_suggestions_are_labelled_by_keyboard_and_exported(page, tmp_path):
    focus_by_tab(page, "pool")
    page.type("\n".join(POOL))
    focus_by_tab(page, "pool")
    page.press("Tab"), page.press("Tab")
    page.press("Enter")
    page.wait("document.querySelector('#choices button')")
    given = {}
    for turn in range(10):
        page.wait("document.querySelector('#choices button')")
        text = page.run("document.querySelector('#card-text').textContent")
        label = next(label for label, words in WORDS.items() if text.split()[-1] in words.split())
        labels = page.run("[...document.querySelectorAll('#choices span')].map(one => one.textContent)")
        if labels[0] == label:
            page.press("Enter")
        elif label in labels:
            page.press(str(labels.index(label) + 1))
        else:
            focus_by_tab(page, "other")
            page.type(label)
            page.press("Enter")
        given[text] = label
        page.wait(f"document.querySelectorAll('#done li').length === {turn + 1}")
    page.wait("document.querySelector('#progress').textContent.startsWith('10 labelled, 14 left; expected accuracy')")
    assert "pay" in given.values() and page.run("document.querySelectorAll('#known option').length") == 3
    assert page.run("document.querySelector('#curve polyline').getAttribute('points').split(' ').length") >= 2
    assert page.run("document.documentElement.scrollWidth <= innerWidth"), "nothing is beyond the edge"
    page.press("u")
    page.wait("document.querySelectorAll('#done li').length === 9")
    page.press("e")
    exported = downloaded(tmp_path / "labelled.csv")
    with exported.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["text"], row["label"]) for row in rows] == list(given.items())[:9]


def test_several_labels_are_chosen_by_keys_and_exported_as_lists(page, tmp_path):
    page.run("document.querySelector('#model').value = 'several'")
    page.run("document.querySelector('#pool').value = 'the wifi is slow\\nthe tax'")
    page.run("document.querySelector('#pool-form button').click()")
    page.wait("document.querySelectorAll('#choices button').length === 4")
    pressed = "[...document.querySelectorAll('#choices [aria-pressed=true] span')].map(one => one.textContent)"
    before = page.run(pressed)
    page.press("4")
    after = page.run(pressed)
    assert len(after) == len(before) + 1 and set(before) < set(after)
    text = page.run("document.querySelector('#card-text').textContent")
    page.press("Enter")
    page.wait("document.querySelectorAll('#done li').length === 1")
    page.press("e")
    (line,) = downloaded(tmp_path / "labelled.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["text"] == text and sorted(json.loads(line)["label"]) == sorted(after)


FILES = [
    ("a.txt", "one\r\n\r\ntwo\n", ["one", "two"]),
    ("a.csv", '\ufeffid,text\n1,"a ""quoted"", text\nof two lines"\r\n2,b\n', ['a "quoted", text\nof two lines', "b"]),
    ("a.tsv", "text\tid\nx, y\t1\n", ["x, y"]),
    ("a.csv", "anything\nalone\n", ["alone"]),
    ("a.jsonl", '{"text": "a"}\n"b"\n', ["a", "b"]),
]


def test_files_are_read_and_written_as_they_should(page):
    module = "(await import('/static/texts.js'))"
    for name, content, texts in FILES:
        found = page.run(f"(async () => {module}.textsOf({json.dumps(name)}, {json.dumps(content)}))()")
        assert found == texts, name
    for name, content in (("a.csv", "id,name\n1,x\n"), ("a.csv", 'text\n"open\n'), ("a.jsonl", "{}\n")):
        refused = f"{module}.textsOf({json.dumps(name)}, {json.dumps(content)})"
        assert page.run(f"(async () => {{ try {{ {refused} }} catch (error) {{ return error.message; }} }})()"), name
    rows = json.dumps([{"text": 'say "yes",\nor no', "label": "a"}])
    written = page.run(f"(async () => {module}.fileOf({rows}, false).content)()")
    assert list(csv.reader(written.splitlines(keepends=True))) == [["text", "label"], ['say "yes",\nor no', "a"]]


def test_every_control_has_a_name_and_nothing_is_refused_by_the_policy(page):
    nameless = """[...document.querySelectorAll('input, textarea, select, button')].filter(one =>
        !(one.labels?.length || one.textContent.trim() || one.getAttribute('aria-label'))).map(one => one.outerHTML)"""
    assert page.run(nameless) == []
    assert page.run("getComputedStyle(document.body).maxWidth") != "none", "the style sheet is there"
    assert page.run("performance.getEntriesByType('resource').every(one => one.name.startsWith(location.origin))")


def test_the_description_is_drawn(page, address):
    page.open(f"{address}/docs")
    page.wait("document.querySelectorAll('section').length > 4")
    assert "POST /v1/classify" in page.run("document.body.innerText")
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_a_refusal_is_shown(page):
    page.run("document.querySelector('#pool-form button').click()")
    page.wait("document.querySelector('#error').textContent.includes('no texts to label')")
