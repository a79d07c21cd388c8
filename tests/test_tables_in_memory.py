"""Tables in memory: taken where a column is named, refused with the cure where not."""

import numpy as np
import pytest

from fewtext import FewShotClassifier, FewtextError

TEXTS = ["red apple pie", "green apple", "apple juice please", "fast car", "old car wheel", "car race today"]
LABELS = ["fruit"] * 3 + ["vehicle"] * 3
ROWS = {"id": list(range(6)), "Body": TEXTS, "Category": LABELS}


def pandas(rows):
    return pytest.importorskip("pandas").DataFrame(rows)


def polars(rows):
    return pytest.importorskip("polars").DataFrame(rows)


def arrow(rows):
    return pytest.importorskip("pyarrow").table(rows)


def arrow_batch(rows):
    return arrow(rows).combine_chunks().to_batches()[0]


def hugging_face(rows):
    return pytest.importorskip("datasets").Dataset.from_dict(rows)


KINDS = [pandas, polars, arrow, arrow_batch, hugging_face]


@pytest.fixture
def model(toy_encoder):
    return FewShotClassifier(encoder=toy_encoder, text_column="Body", label_column="Category")


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_is_taken_by_the_names_of_its_columns(model, kind):
    table = kind(ROWS)
    assert model.fit(table).predict(table).tolist() == LABELS and model.model_.support_texts_[:6] == TEXTS
    assert model.score(table) == 1.0 and model.feature_names_in_.tolist() == ["id", "Body", "Category"]
    assert [answer.label for answer in model.classify(table)] == LABELS
    assert [answer.label for answer in model.classify_stream(table, batch_size=2)] == LABELS
    queries = kind({"Body": ["an apple", "my car"]})
    assert model.predict(queries).tolist() == ["fruit", "vehicle"] and len(model.suggest(queries, 1)) == 1
    assert model.predict(["an apple"]).tolist() == ["fruit"], "texts alone are taken, too"


@pytest.mark.parametrize("kind", KINDS)
def test_labels_beside_a_table_come_before_those_in_it(model, kind):
    turned = kind({**ROWS, "Category": LABELS[::-1]})
    assert model.fit(turned, LABELS).predict(["an apple"]).tolist() == ["fruit"]
    assert model.fit(turned, kind(ROWS)).predict(["an apple"]).tolist() == ["fruit"], "a table of labels, by its column"
    assert model.score(turned) == 0.0 and model.score(turned, LABELS) == 1.0


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_adds_and_removes_examples(model, kind):
    model.fit(kind(ROWS)).add(kind({"Body": ["a boat", "the boat"], "Category": ["ship"] * 2}))
    assert model.classes_.tolist() == ["fruit", "ship", "vehicle"]
    model.remove(kind({"Body": ["a boat"]}))
    assert model.model_.n_examples_ == 7
    with pytest.raises(FewtextError, match="no example 'the boat' of label fruit"):
        model.remove(kind({"Body": ["the boat"], "Category": ["fruit"]}))


@pytest.mark.parametrize("kind", KINDS)
def test_a_table_whose_columns_are_not_named_is_refused_with_the_cure(toy_encoder, kind):
    model = FewShotClassifier(encoder=toy_encoder)
    cure = r"6 x 3 where a list of texts is expected; give one column.*parameter 'text_column'"
    with pytest.raises(FewtextError, match=cure):
        model.fit(kind(ROWS), LABELS)
    model.set_params(text_column="Body")
    with pytest.raises(FewtextError, match="a table without labels.*parameter 'label_column'"):
        model.fit(kind(ROWS))
    with pytest.raises(FewtextError, match=r"'text_column' is 'Text', and the columns are 'id', 'Body', 'Category'"):
        model.set_params(text_column="Text").fit(kind(ROWS), LABELS)
    with pytest.raises(FewtextError, match="parameter 'label_column' is 'Tag'"):
        model.set_params(text_column="Body", label_column="Tag").fit(kind(ROWS))


def test_two_columns_of_one_name_are_said(model):
    table = pandas(ROWS)
    table.columns = ["Body", "Body", "Category"]
    with pytest.raises(FewtextError, match="2 columns are called 'Body'; rename one of them"):
        model.fit(table)


@pytest.mark.parametrize("kind", [pandas, polars])
def test_a_series_is_a_column(model, kind):
    table = kind(ROWS)
    assert model.fit(table["Body"], table["Category"]).predict(kind(ROWS)["Body"]).tolist() == LABELS
    several = model.fit(table["Body"], kind({"tags": [[label] for label in LABELS]})["tags"])
    assert several.predict(table["Body"]) == [(label,) for label in LABELS]


@pytest.mark.parametrize("kind", KINDS)
def test_columns_of_0_and_1_are_several_labels_a_text(model, kind):
    rows = {"Body": TEXTS, "fruit": [1, 1, 1, 0, 0, 0], "vehicle": [0, 0, 0, 1, 1, 1]}
    model.set_params(label_column=["vehicle", "fruit"]).fit(kind(rows))
    assert model.classes_.tolist() == ["vehicle", "fruit"], "in the order in which they are named"
    assert model.predict(TEXTS).tolist() == [[0, 1]] * 3 + [[1, 0]] * 3 and model.score(kind(rows)) == 1.0
    with pytest.raises(FewtextError, match="the columns vehicle, fruit hold other values than 0 and 1"):
        model.fit(kind({**rows, "fruit": [2, 1, 1, 0, 0, 0]}))


def test_numbered_labels_of_a_data_set_are_their_names(model):
    datasets = pytest.importorskip("datasets")
    names = datasets.ClassLabel(names=["fruit", "vehicle"])
    kinds = {"Body": datasets.Value("string"), "Category": names, "tags": datasets.List(names)}
    rows = {"Body": TEXTS, "Category": [0, 0, 0, 1, 1, 1], "tags": [[0]] * 3 + [[1]] * 3}
    data = datasets.Dataset.from_dict(rows, features=datasets.Features(kinds))
    assert model.fit(data).classes_.tolist() == ["fruit", "vehicle"]
    assert model.fit(data["Body"], data["Category"]).predict(data).tolist() == LABELS
    assert model.set_params(label_column="tags").fit(data).predict(data) == [(label,) for label in LABELS]
    rows["Category"][5] = -1
    data = datasets.Dataset.from_dict(rows, features=datasets.Features(kinds))
    with pytest.raises(FewtextError, match="item 5 has no label"):
        model.set_params(label_column="Category").fit(data)


def test_a_table_and_what_is_split_off_it_are_cross_validated(model):
    selection = pytest.importorskip("sklearn.model_selection")
    table = pandas({name: own * 2 for name, own in ROWS.items()})
    for x in (table, polars({name: own * 2 for name, own in ROWS.items()})):
        scores = selection.cross_val_score(model, x, table["Category"].to_numpy(), cv=3, error_score="raise")
        assert scores.tolist() == [1.0] * 3


def test_a_pipeline_hands_over_tables(model):
    pytest.importorskip("sklearn")
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer

    lower = FunctionTransformer(lambda table: table.assign(Body=table["Body"].str.lower()))
    pipeline = make_pipeline(lower, model).set_output(transform="pandas")
    table = pandas({**ROWS, "Body": [text.upper() for text in TEXTS]})
    assert pipeline.fit(table).predict(table).tolist() == LABELS and model.model_.support_texts_[0] == TEXTS[0]
    assert pipeline[-1].feature_names_in_.tolist() == ["id", "Body", "Category"]


def test_records_are_refused_with_the_cure(model):
    with pytest.raises(FewtextError, match="item 0 is dict, not a text; give its text alone, as .row"):
        model.fit(pandas(ROWS)).predict([{"Body": "an apple"}])


def test_an_arrow_table_of_indicators_names_its_labels(toy_encoder):
    flags = {"fruit": [1, 1, 1, 0, 0, 0], "vehicle": [0, 0, 0, 1, 1, 1]}
    for kind in (arrow, polars, pandas):
        model = FewShotClassifier(encoder=toy_encoder).fit(TEXTS, kind(flags))
        assert model.classes_.tolist() == ["fruit", "vehicle"]
        assert (model.predict(TEXTS) == np.array([[1, 0]] * 3 + [[0, 1]] * 3)).all()


def test_what_is_no_table_yet_is_refused_with_the_cure(model):
    model.fit(pandas(ROWS))
    with pytest.raises(FewtextError, match=r"a LazyFrame is yet to be computed; call its collect\(\) first"):
        model.predict(polars(ROWS).lazy())
    datasets = pytest.importorskip("datasets")
    data = hugging_face(ROWS)
    with pytest.raises(FewtextError, match="a DatasetDict of 'train', 'test' is several tables; give one"):
        model.predict(datasets.DatasetDict({"train": data, "test": data}))


def test_a_data_set_is_streamed(model):
    model.fit(pandas(ROWS))
    streamed = hugging_face(ROWS).to_iterable_dataset()
    assert [answer.label for answer in model.classify_stream(streamed, batch_size=4)] == LABELS


def test_columns_named_after_the_fit_are_saved(model, toy_encoder, tmp_path):
    model.set_params(text_column=None, label_column=None).fit(TEXTS, LABELS)
    model.set_params(text_column="Body").save(tmp_path / "m")
    again = FewShotClassifier.load(tmp_path / "m", encoder=toy_encoder)
    assert again.text_column == "Body" and again.predict(pandas(ROWS)).tolist() == LABELS


SUBJECTS = ["Fruit", " ", None, "Cars", "", "Cars"]
TWO = {"Subject": SUBJECTS, "Body": TEXTS, "Category": LABELS, "Number": [7, 3, 8, 9, 1, 2]}
JOINED = ["Fruit\nred apple pie", "green apple", "apple juice please", "Cars\nfast car", "old car wheel",
          "Cars\ncar race today"]  # fmt: skip


@pytest.mark.parametrize("names", ["Subject,Body", ["Subject", "Body"]])
@pytest.mark.parametrize("kind", KINDS)
def test_several_columns_are_joined_without_the_empty_ones(model, kind, names):
    table = kind(TWO)
    model.set_params(text_column=names).fit(table)
    assert model.model_.support_texts_[:6] == JOINED
    assert [answer.text for answer in model.classify(table)] == JOINED and model.score(table) == 1.0
    assert [answer.text for answer in model.classify_stream(table)] == JOINED
    assert model.add(kind({"Subject": ["Sea"], "Body": ["a boat"]}), ["ship"]).classes_.tolist()[1] == "ship"
    model.remove(kind({"Subject": [" Sea"], "Body": ["a boat "]}))
    assert model.model_.support_texts_[:6] == JOINED and model.model_.n_examples_ == 6


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_joined_as_the_command_line_joins_them(kind, model, tmp_path):
    from fewtext.files.examples import read_support

    table, path = kind(TWO), tmp_path / "t.parquet"
    arrow(TWO).to_pandas().to_parquet(path)
    names = ["Number", "Subject", "Body"]
    model.set_params(text_column=names).fit(table)
    read = read_support(str(path), ",".join(names), "Category")
    assert model.model_.support_texts_[:6] == read.texts and read.texts[0] == "7\nFruit\nred apple pie"


def test_joined_columns_keep_what_belongs_together(model):
    table = pandas(TWO)
    turned = table[::-1]
    model.set_params(text_column=["Subject", "Body"])
    with pytest.raises(FewtextError, match="the same index in two orders"):
        model.fit(turned, table["Category"])
    assert model.fit(turned, turned["Category"]).predict(table).tolist() == LABELS


def test_a_stream_of_rows_is_joined_as_it_comes(model):
    model.set_params(text_column="Subject,Body").fit(pandas(TWO))
    streamed = hugging_face(TWO).to_iterable_dataset()
    assert [answer.text for answer in model.classify_stream(streamed, batch_size=4)] == JOINED


def test_columns_that_cannot_be_joined_are_refused_with_the_cure(model):
    table = pandas(TWO)
    with pytest.raises(FewtextError, match="'text_column' is 'Title', and the columns are 'Subject', 'Body'"):
        model.set_params(text_column=["Title", "Body"]).fit(table)
    with pytest.raises(FewtextError, match="'text_column' is a list without names"):
        model.set_params(text_column=[]).fit(table)
    comma = table.rename(columns={"Body": "Body,Text"})
    assert model.set_params(text_column="Body,Text").fit(comma).model_.support_texts_[:6] == TEXTS
    assert model.set_params(text_column=["Body,Text"]).fit(comma).model_.support_texts_[:6] == TEXTS
    with pytest.raises(FewtextError, match="column 'Body,Text' has a comma, which joins columns; rename it"):
        model.set_params(text_column=["Subject", "Body,Text"]).fit(comma)


def test_a_saved_model_joins_the_same_columns(model, toy_encoder, tmp_path):
    model.set_params(text_column=["Subject", "Body"]).fit(pandas(TWO)).save(tmp_path / "m")
    again = FewShotClassifier.load(tmp_path / "m", encoder=toy_encoder)
    assert again.text_column == "Subject,Body" and [a.text for a in again.classify(pandas(TWO))] == JOINED
