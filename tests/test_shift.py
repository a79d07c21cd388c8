"""Shift: a warning where the examples do not speak for the queries, and none where they do."""

import json
import warnings
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from fewtext import FewShotClassifier
from fewtext.classify.languages import SupportLanguages, scripts
from fewtext.classify.out_of_scope import similarity, similarity_of_examples
from fewtext.classify.shift import LEAST_LEFT_OUT, Shift
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import LabelledSupport
from fewtext.datasets.open import open_corpus
from fewtext.errors import FewtextWarning
from fewtext.evaluation.full_way import Supports
from fewtext.evaluation.score import score
from fewtext.metrics.intervals import lowest_to_expect

QUERIES = Path(__file__).parent.parent / "benchmarks" / "queries"
ENGLISH = [
    *("my laptop is broken again", "the laptop screen stays black", "a new laptop for the colleague please"),
    *("where can I park my car", "is there a parking space for a visitor", "the parking garage gate is closed"),
]


def queries(name):
    return (QUERIES / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def warned(act):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FewtextWarning)
        result = act()
    return result, [str(one.message) for one in caught if one.category is FewtextWarning]


@pytest.fixture(scope="module")
def office(bert_layers):
    """The classifier of one support of the office corpus, for 1 and for 5 examples a label."""
    train = open_corpus("office").load("train")

    def fitted(shots):
        rows = Supports(shots=shots, count=1).draw(train)[0]
        model = FewShotClassifier(encoder=bert_layers)
        return model.fit([train.items[row] for row in rows], [train.labels[row] for row in rows])

    return {shots: fitted(shots) for shots in (1, 5)}


@pytest.fixture(scope="module")
def bert_layers():
    from fewtext.encoders.load import CLASSIFYING, load_encoder

    return load_encoder(CLASSIFYING, device="cpu", dtype="float32", offline=True)


@pytest.fixture(scope="module")
def english():
    return open_corpus("office").load("test").items


@pytest.mark.parametrize("shots", [1, 5])
@pytest.mark.parametrize("language", ["german", "spanish", "japanese"])
def test_queries_in_another_language_are_warned_of_once(office, shots, language):
    _, said = warned(lambda: office[shots].classify(queries(language)))
    said = [sentence for sentence in said if "unlike the examples" in sentence]
    assert len(said) == 1 and said[0].startswith("30 of 30 texts are unlike the examples: 30 in another language (")
    assert language.title() in said[0] and "parameter 'encoder'=multilingual" in said[0]


@pytest.mark.parametrize("shots", [1, 5])
def test_two_languages_in_one_file_are_counted(office, english, shots):
    texts = [*english[:70], *queries("german")]
    _, said = warned(lambda: office[shots].classify(texts))
    assert len(said) == 1 and said[0].startswith("30 of 100 texts are unlike")
    counts = said[0][said[0].index("(") + 1 : said[0].index(")")].split(", ")
    assert "30 German" in counts and sum(int(count.split()[0]) for count in counts) == 100
    assert int(next(count for count in counts if "English" in count).split()[0]) >= 60


@pytest.mark.parametrize("shots", [1, 5])
def test_texts_like_the_examples_are_not_warned_of(office, english, shots):
    assert warned(lambda: office[shots].classify(english))[1] == []


def test_texts_of_another_kind_are_warned_of(office):
    texts = [f"the film's act number {i} is a slow, beautiful portrait of a marriage" for i in range(30)]
    _, said = warned(lambda: office[5].classify(texts))
    assert len(said) == 1 and "farther from every label" in said[0] and "language" not in said[0]
    _, said = warned(lambda: office[5].classify(texts, ood_keep=0.95))
    assert said == [], "they are set apart by similarity already"


def test_a_wanted_precision_leaves_them_without_an_answer(office, english):
    texts, messages = [*english[:70], *queries("german")], []
    answers, _ = warned(lambda: office[5].classify(texts, precision=0.5, on_message=messages.append))
    assert not any(answer.given for answer in answers[70:])
    assert sum(answer.given for answer in answers[:70]) > 60
    assert all(answer.ranked for answer in answers), "the guess stays"
    assert (
        sum("left without an answer: the expected precision is of the rest" in sentence for sentence in messages) == 1
    )
    answers, _ = warned(lambda: office[5].classify(texts))
    assert all(answer.given for answer in answers), "unless a precision is wanted"


def test_the_command_warns_with_its_flags(run_fewtext, write):
    lines = [json.dumps({"text": text, "label": "car" if "park" in text else "laptop"}) for text in ENGLISH]
    support = write("s.jsonl", "\n".join(lines))
    done = run_fewtext("classify", "--support", support, "--query", QUERIES / "spanish.txt")
    assert done.returncode == 0 and len(done.stdout.splitlines()) >= 30
    said = done.stderr.decode()
    assert said.count("30 of 30 texts are unlike the examples") == 1 and "--encoder=multilingual" in said


def test_examples_in_a_language_that_the_encoder_does_not_know_are_warned_of_as_such(bert_layers):
    german = queries("german")
    model = FewShotClassifier(encoder=bert_layers, label_names=False).fit(german[:20], ["eins", "zwei"] * 10)
    _, said = warned(lambda: model.classify(german[20:]))
    assert len(said) == 1 and said[0].startswith("the examples are in German, and the encoder was trained on English")


def test_no_language_is_claimed_of_codes_names_and_slips(office):
    languages = SupportLanguages(office[5].model_.support_texts_)
    claimed = [text for text in queries("odd") if languages.of(text).foreign]
    assert claimed == []


def test_a_support_without_words_says_nothing_of_language():
    languages = SupportLanguages(["A-17", "B 2024", "👍", "#42"])
    assert languages.codes == () and not languages.of("Wo bleibt meine neue Karte?").foreign


def test_a_language_among_the_examples_is_not_foreign():
    german, spanish = queries("german"), queries("spanish")
    languages = SupportLanguages([*german[:15], *spanish[:15]])
    assert set(languages.names) >= {"German", "Spanish"}
    assert not any(languages.of(text).foreign for text in [*german[15:], *spanish[15:]])
    assert sum(languages.of(text).foreign for text in ENGLISH) >= 5


def test_another_script_shows_in_two_letters_and_ornament_is_none():
    languages = SupportLanguages(ENGLISH)
    assert languages.of("да").foreign and languages.of("はい").name == "Japanese"
    assert not languages.of("Ω").foreign
    assert scripts("ｗｈｅｒｅ 𝐢𝐬 it") == {"LATIN": 9}
    assert scripts("新しいカード") == {"CJK": 6}


class Planted(Encoder):
    """Texts are numbers: the cosine of each to the one label's direction."""

    name, shape, fingerprint, max_length = "planted", (3,), "planted", None

    def __init__(self, *languages):
        self.device, self.languages = torch.device("cpu"), languages

    def encode(self, items, progress=None):
        near = torch.tensor([float(item.split()[-1]) for item in items])
        side = torch.tensor([item.startswith("b") for item in items])
        rest = (1 - near**2).sqrt()
        return torch.stack([torch.where(side, 0 * near, near), torch.where(side, near, 0 * near), rest], 1)


def planted(*languages, examples=4):
    texts = [f"{side} is the word for it {0.95 + 0.01 * i}" for side in "ab" for i in range(examples)]
    labels = [text[0] for text in texts]
    return (
        FewShotClassifier(encoder=Planted(*languages), label_names=False, learner="protonet").fit(texts, labels).model_
    )


@pytest.mark.parametrize(("far", "comes"), [(2, False), (3, True)])
def test_the_warning_of_far_texts_takes_three_of_them(far, comes):
    shift = Shift(planted())
    texts = ["a is the word for it 0.97"] * (10 - far) + ["a is the word for it 0.1"] * far
    outside = shift.outside(texts, Planted().encode(texts))
    assert outside.tolist() == [False] * (10 - far) + [True] * far
    assert bool(warned(shift.warn)[1]) is comes


def test_few_far_texts_among_many_are_no_warning():
    shift = Shift(planted())
    texts = ["a is the word for it 0.97"] * 91 + ["a is the word for it 0.1"] * 9
    shift.outside(texts, Planted().encode(texts))
    assert (shift.far, shift.texts) == (9, 100) and warned(shift.warn)[1] == []
    shift.outside(texts[-2:], Planted().encode(texts[-2:]))
    assert len(warned(shift.warn)[1]) == 1, "counts go on over the chunks of a stream"


def test_too_few_examples_do_not_show_what_is_far():
    shift = Shift(planted(examples=LEAST_LEFT_OUT // 2 - 1))
    texts = ["a is the word for it 0.01"] * 9
    assert not shift.outside(texts, Planted().encode(texts)).any()


@pytest.mark.parametrize(
    ("languages", "near", "far"),
    [
        pytest.param(("en",), True, True, id="one language alone"),
        pytest.param(("en", "de"), False, True, id="the text's language too"),
        pytest.param(("en", "fr"), True, True, id="several, but not the text's"),
        pytest.param((), False, True, id="not declared"),
    ],
)
def test_language_alone_counts_where_the_encoder_does_not_know_it(languages, near, far):
    shift = Shift(planted(*languages))
    texts = [f"a: wo bleibt denn meine neue Karte {cosine}" for cosine in (0.97, 0.1)]
    assert shift.outside(texts, Planted().encode(texts)).tolist() == [near, far]
    assert shift.foreign["German"] == near + far


def test_rare_languages_are_counted_as_others():
    shift = Shift(planted("en"))
    texts = [f"a: {text} 0.97" for text in [*queries("german")[:5], queries("spanish")[0]]]
    shift.outside(texts, Planted().encode(texts))
    assert "(5 German, 1 other)" in warned(shift.warn)[1][0]


def test_images_are_never_outside():
    shift = Shift(planted("en"))
    assert not shift.outside([object()], torch.zeros(1, 3)).any() and shift.texts == 0


def test_a_text_of_several_labels_is_left_out_of_all_its_means():
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(12, 5, generator=generator)
    label_matrix = torch.rand(12, 3, generator=generator) < 0.5
    weight = torch.rand(12, generator=generator) + 0.5
    support = LabelledSupport(x, label_matrix, weight)
    expected = []
    for i in range(12):
        rest = torch.arange(12) != i
        kept = [k for k in range(3) if label_matrix[rest, k].any()]
        means = (label_matrix[rest].double() * weight[rest, None]).T @ x[rest].double()
        if any(label_matrix[i, k] for k in kept):
            expected.append((normalize(x[i].double(), dim=0) @ normalize(means[kept], dim=-1).T).max())
    found = similarity_of_examples(support, 12)
    torch.testing.assert_close(found.double(), torch.stack(expected), atol=1e-6, rtol=0)
    assert (similarity(x, support) >= -1).all()


def test_several_labels_a_text_are_warned_of_too(bert_layers):
    model = FewShotClassifier(encoder=bert_layers, label_names=False, multi_label=True)
    model.fit(ENGLISH, [["laptop"], ["laptop"], ["laptop", "new"], ["car"], ["car", "new"], ["car"]])
    answers, said = warned(lambda: model.classify(queries("german")))
    assert len(said) == 1 and "30 in another language" in said[0] and any(answer.given for answer in answers)


def test_the_bound_is_students():
    stats = pytest.importorskip("scipy.stats")
    for n in (6, 20, 500):
        values = torch.linspace(0, 1, n, dtype=torch.float64).tolist()
        deviation = float(torch.tensor(values, dtype=torch.float64).std())
        exact = 0.5 - stats.t.ppf(0.99, n - 1) * deviation * (1 + 1 / n) ** 0.5
        assert lowest_to_expect(values, 0.99) == pytest.approx(exact, abs=0.02 * deviation)


def test_score_measures_the_precision_of_the_rest(office):
    german = queries("german")
    texts, labels = office[5].model_.support_texts_[:24], office[5].model_.shown_support_labels()[:24]
    wrong = [labels[0]] * len(german)
    report, said = warned(lambda: score(office[5].model_, [*texts, *german], [*labels, *wrong], precision=0.5))
    assert any(sentence.startswith("30 of 54 texts are unlike the examples") for sentence in said)
    assert report.precision.measured.fraction == 1, "every wrong answer is to a text that gets none"
    assert report.precision.coverage.count <= 24
