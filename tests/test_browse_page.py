"""The pages to look through: everything in one file, found, filtered and sorted in a real browser, quick at 10,000."""

import json
import re
import shutil
import subprocess
from html import unescape

import pytest

pytest.importorskip("jinja2", reason="pages are filled in by it")

from fewtext.classify.prediction import Neighbour, Prediction
from fewtext.classify.summary import AnswerSummary
from fewtext.evaluation.answer_page import answer_page

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "</script><script>document.title = 'caught'</script><!-- <b>"


def page(n=10_000):
    near = [Neighbour("an apple & a pear", "fruit", 0.91234, False), Neighbour(HOSTILE, "fruit", 0.5, True)]
    ranked = [[("fruit" if i % 3 else "vehicle", 1 - i / 20_000), ("none", 0.0)] for i in range(n)]
    answers = [Prediction(f"text {i}", own, near, given=i % 7 > 0) for i, own in enumerate(ranked)]
    answers += [Prediction(" "), Prediction(HOSTILE, [(HOSTILE, 0.2)])]
    counts = AnswerSummary()
    answers = list(counts.counting(answers))
    return answer_page("answers to q.txt", [answer.text for answer in answers], answers, counts)


def test_nothing_is_loaded_and_nothing_gets_out_of_its_text():
    content = page(20)
    assert "default-src 'none'" in content and not re.search(r"@import|url\(|fetch\(|XMLHttp|https?:", content)
    assert content.count("<script") == content.count("</script>") == 2 and "<!--" not in content
    data = json.loads(re.search(r'id="data">(.*?)</script>', content)[1])
    assert data["rows"][-1][0][1] == HOSTILE and data["examples"] == [
        ["an apple & a pear", "fruit", False],
        [HOSTILE, "fruit", True],
    ]
    details = ["no answer; the most probable label is vehicle", "most probable: vehicle 100.0%, none 0.0%"]
    assert data["rows"][0][2:] == [1.0, details, [[0, 0.912], [1, 0.5]]]


def seen(path, script):
    """Load the page in a browser, run a script in it, and return what that put into the title, as JSON."""
    probe = path.with_name("probe.html")
    probe.write_text(path.read_text(encoding="utf-8") + f"<script>document.title = JSON.stringify({script})</script>")
    command = [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={path.parent / 'profile'}",
               "--dump-dom", f"file://{probe}"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return json.loads(unescape(re.search(r"<title>(.*?)</title>", done.stdout)[1]))


STEPS = """(() => {
  const all = selector => [...document.querySelectorAll(selector)];
  const count = () => document.getElementById("count").textContent;
  const column = n => all("#rows tr[data-place]").slice(0, 3).map(line => line.children[n].textContent);
  const type = (field, value) => { field.value = value; field.dispatchEvent(new Event("input")); };
  const head = n => all("thead button")[n].click();
  const found = { all: count(), drawn: all("#rows tr").length, first: column(0) };
  head(3); found.least = column(3); head(3); found.most = column(3);
  type(search, "TEXT 9999"); found.searched = count(); type(search, "");
  type(least, "60"); type(most, "61"); found.between = count(); type(least, ""); type(most, "");
  all("#labels button").find(button => button.textContent.startsWith("fruit ")).click(); found.fruit = count();
  all("#rows tr")[0].click(); found.opened = document.querySelector("tr.details").textContent;
  all("#rows tr")[0].click(); found.closed = all("tr.details").length;
  return found;
})()"""


@pytest.mark.skipif(BROWSER is None, reason="needs a browser")
@pytest.mark.processes
def test_ten_thousand_rows_are_searched_filtered_sorted_and_opened(tmp_path):
    path = tmp_path / "page.html"
    path.write_text(page(), encoding="utf-8")
    found = seen(path, STEPS)
    assert found["all"] == "10,002 of 10,002 rows" and found["drawn"] == 200 and found["first"] == ["1", "2", "3"]
    assert found["least"] == ["20.0 %", "50.0 %", "50.0 %"] and found["most"] == [">99.9 %"] * 3
    assert found["searched"] == "1 of 10,002 rows" and found["between"] == "201 of 10,002 rows"
    given = sum(1 for i in range(10_000) if i % 3 and i % 7)
    assert found["fruit"] == f"{given:,} of 10,002 rows"
    assert "0.91 fruit: an apple & a pear" in found["opened"] and "(its name)" in found["opened"]
    assert found["closed"] == 0


def test_both_commands_write_a_page(run_fewtext, write, tmp_path):
    words = {"network": "vpn wifi router cable", "leave": "holiday vacation day week"}
    rows = [f"the {a} and the {b},{label}" for label, own in words.items() for a in own.split() for b in own.split()]
    rows[3] = rows[3].replace("network", "leave")
    support = write("s.csv", "\n".join(["text,label", *rows]))
    answers, checked = tmp_path / "a.html", tmp_path / "c.html"
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "my vpn\n\n"), "--encoder", "tfidf",
                       "--html", answers, "--output", tmp_path / "a.csv")  # fmt: skip
    assert done.returncode == 0 and (tmp_path / "a.csv").read_text().startswith("text,label,probability\n"), done.stderr
    data = json.loads(re.search(r'id="data">(.*?)</script>', answers.read_text())[1])
    assert [row[0][:3] for row in data["rows"]] == [[1, "my vpn", "network"], [2, "", "(no answer)"]]
    assert len(data["rows"][0][4]) == 3 and "most probable: network" in data["rows"][0][3][0]
    done = run_fewtext("check", support, "--encoder", "tfidf", "--html", checked)
    assert done.returncode == 0, done.stderr
    data = json.loads(re.search(r'id="data">(.*?)</script>', checked.read_text())[1])
    number, text, label, probability, suggested, reason = data["rows"][3][0]
    assert (number, text, label, suggested) == (5, rows[3].split(",")[0], "leave", "network")
    assert reason == "label looks wrong"
    assert probability < 0.1 and all(data["examples"][place][0] != text for place, _ in data["rows"][3][4])


def test_a_page_is_no_input_and_not_the_output(run_fewtext, write, tmp_path):
    support = write("s.csv", "text,label\na,x\nb,y\n")
    same = run_fewtext("check", support, "--output", tmp_path / "d.csv", "--html", tmp_path / "d.csv")
    assert same.returncode == 1 and b"are one file" in same.stderr
    query = write("q.txt", "a\n")
    over = run_fewtext("classify", "--support", support, "--query", query, "--html", query)
    assert over.returncode == 1 and b"is an input" in over.stderr and query.read_text() == "a\n"
