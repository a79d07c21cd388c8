"""A kept model remembers the names of its columns: no later command needs them."""

import pytest

import fewtext

ROWS = [(f"{colour} {kind}", {"apple": "fruit", "car": "vehicle"}[kind])
        for colour in "red green old big new fast".split() for kind in ("apple", "car")]  # fmt: skip


@pytest.fixture
def kept(run_fewtext, write, tmp_path):
    support = write("s.csv", "Category,Body\n" + "".join(f"{label},{text}\n" for text, label in ROWS))
    query = write("q.csv", "id,Body\n1,my apple\n")
    done = run_fewtext("classify", "--support", str(support), "--query", str(query), "--text-column", "Body",
                       "--label-column", "Category", "--encoder", "tfidf", "--learner", "protonet", "--save",
                       str(tmp_path / "m"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    return str(tmp_path / "m")


def test_no_command_needs_the_names_again(kept, run_fewtext, write):
    def ran(*arguments):
        done = run_fewtext(*map(str, arguments), "--model", kept)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode()

    query = write("next.csv", "id,Body\n7,the car\n")
    assert ran("classify", "--query", query).splitlines()[1].split(",")[:3] == ["7", "the car", "vehicle"]
    labelled = write("more.csv", "id,Category,Body\n1,vehicle,blue car\n2,fruit,blue apple\n")
    assert '"accuracy": 1.0' in ran("score", "--test", labelled, "--format", "json")
    assert "2 examples added" in ran("add", labelled)
    assert "2 examples removed" in ran("remove", labelled)
    assert "blue car" in ran("suggest", "--pool", labelled, "-n", "2")
    usual = write("usual.csv", "text,label\npink car,vehicle\n")
    assert "1 example added" in ran("add", usual), "the usual names are found, too"
    assert "1 example removed" in ran("remove", usual)


def test_given_names_come_first(kept, run_fewtext, write):
    query = write("q2.csv", "Body,Other\nthe car,my apple\n")
    done = run_fewtext("classify", "--model", kept, "--query", str(query), "--text-column", "Other")
    assert "my apple" in done.stdout.decode() and ",fruit," in done.stdout.decode()


def test_python_knows_them_and_the_commands_know_pythons(kept, run_fewtext, write, tmp_path):
    pd = pytest.importorskip("pandas")
    model = fewtext.load(kept)
    assert (model.text_column, model.label_column) == ("Body", "Category")
    table = pd.DataFrame(ROWS, columns=["Body", "Category"])
    assert model.score(table) == 1.0 and model.predict(table).tolist() == [label for _, label in ROWS]
    flags = pd.DataFrame({"Body": table["Body"], "fruit": [1, 0] * 6, "vehicle": [0, 1] * 6})
    several = fewtext.FewShotClassifier(encoder="tfidf", text_column="Body", label_column=["fruit", "vehicle"])
    several.fit(flags).save(tmp_path / "several")
    flags.to_csv(tmp_path / "flags.csv", index=False)
    done = run_fewtext("score", "--model", str(tmp_path / "several"), "--test", str(tmp_path / "flags.csv"))
    assert done.returncode == 0, done.stderr
    write("more.csv", "Body,fruit,vehicle\npink apple car,1,1\n")
    done = run_fewtext("add", str(tmp_path / "more.csv"), "--model", str(tmp_path / "several"))
    assert done.returncode == 0 and b"1 example added" in done.stdout, done.stderr
    again = fewtext.load(tmp_path / "several")
    assert again.label_column == ["fruit", "vehicle"] and again.predict(flags).shape == (12, 2)


def test_a_file_without_them_is_an_error_that_names_the_columns(kept, run_fewtext, write):
    query = write("q3.csv", "Title,Count\nthe car,1\n")
    done = run_fewtext("classify", "--model", kept, "--query", str(query))
    assert done.returncode == 1 and "no column 'Body' among 'Title', 'Count'" in done.stderr.decode()
