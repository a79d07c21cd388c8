"""A cluster answers as one machine does: the same rows in the same order, with the same sentences."""

import copy
import sys
import threading
from dataclasses import replace

import numpy as np
import pytest
from cluster_job import LABELS, QUERIES, SIZE, TEXTS, fitted, heard, parts, support_in, written

from fewtext import FewShotClassifier
from fewtext.classify.encoded import Batches
from fewtext.classify.predict import classify
from fewtext.cluster import answers as on_cluster
from fewtext.cluster.own_output import to_standard_error
from fewtext.cluster.ray_data import Actor, Pool, opened, resources_of
from fewtext.cluster.reading import digest_of_texts, reading_of
from fewtext.cluster.work import Classifying, Encoding
from fewtext.encoders.encode import encode
from fewtext.errors import FewtextError


@pytest.fixture(scope="module")
def model():
    return fitted()


@pytest.fixture
def queries(tmp_path):
    return written(tmp_path)


def in_this_process(monkeypatch):
    """Have the parts done here, by two workers in turn, each with an encoder of its own, as two actors would."""

    def worker(task):
        if isinstance(task, Encoding):
            return replace(task, encoder=copy.copy(task.encoder)).start()
        own = copy.copy(task.model)
        own.encoder_ = copy.copy(own.encoder_)
        own._fit_classifier()
        return replace(task, model=own).start()

    def results(reading, task, pool):
        workers = [worker(task), worker(task)]
        for number, part in enumerate(reading.parts()):
            yield workers[number % 2](part)

    monkeypatch.setattr(on_cluster, "results", results)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"top": 2, "explain": 1}, {"precision": 0.6}, {"ood_keep": 0.9}, {"set_coverage": 0.8, "coverage": 0.7}],
    ids=str,
)
def test_workers_answer_as_one_does(model, queries, monkeypatch, parameters):
    in_this_process(monkeypatch)
    said, said_there = [], []
    here = heard(classify(model, parts(), on_message=said.append, **parameters))
    reading = reading_of(queries, None, None, SIZE)
    there = heard(
        on_cluster.classify_on_cluster(model, parts(), reading, Pool(), on_message=said_there.append, **parameters)
    )
    assert there == here and said_there == said and len(there[0]) == len(QUERIES)


def test_workers_give_several_labels_as_one_does(queries, monkeypatch):
    in_this_process(monkeypatch)
    labels = [(label, "red") if "red" in text else (label,) for text, label in zip(TEXTS, LABELS, strict=True)]
    model = FewShotClassifier(encoder="tfidf", learner="protonet").fit(TEXTS, labels).model_
    here = heard(classify(model, parts(), top=3))
    reading = reading_of(queries, None, None, SIZE)
    assert heard(on_cluster.classify_on_cluster(model, parts(), reading, Pool(), top=3)) == here


def test_workers_encode_as_one_does(model, queries, monkeypatch):
    in_this_process(monkeypatch)
    monkeypatch.setattr(on_cluster, "CHUNK", SIZE)
    seen = []
    reading = reading_of(queries, None, None, SIZE)
    found = list(
        on_cluster.encode_on_cluster(model.encoder_, QUERIES, reading, Pool(), lambda *done: seen.append(done))
    )
    filled = [text for text in QUERIES if text.strip()]
    np.testing.assert_array_equal(np.concatenate([part.numpy() for part in found]), encode(model.encoder_, filled))
    assert seen[-1] == (len(QUERIES), len(QUERIES)) and len(seen) == len(found)


def test_what_is_cut_on_a_worker_is_warned_of_once(queries, monkeypatch, toy_encoder):
    in_this_process(monkeypatch)
    toy_encoder.max_length = 4
    model = FewShotClassifier(encoder=toy_encoder, learner="protonet").fit(TEXTS, LABELS).model_
    reading = reading_of(queries, None, None, SIZE)
    here = heard(classify(model, parts()))
    there = heard(on_cluster.classify_on_cluster(model, parts(), reading, Pool()))
    assert there == here and any("cut there" in sentence for sentence in there[1])


def test_it_goes_on_after_what_is_done(model, queries, monkeypatch):
    in_this_process(monkeypatch)
    reading, whole = reading_of(queries, None, None, SIZE), list(classify(model, parts()))
    rest = Batches([QUERIES[at : at + SIZE] for at in range(2 * SIZE, len(QUERIES), SIZE)], None, 2 * SIZE)
    assert list(on_cluster.classify_on_cluster(model, rest, reading, Pool())) == whole[2 * SIZE :]


@pytest.mark.parametrize("change", [lambda lines: lines[:-60], lambda lines: [*lines, "one more"] * 2])
def test_a_file_that_changes_meanwhile_is_an_error(model, queries, monkeypatch, change):
    in_this_process(monkeypatch)
    reading = reading_of(queries, None, None, SIZE)
    queries.write_text("\n".join(change(QUERIES)) + "\n", encoding="utf-8")
    with pytest.raises(FewtextError, match=r"q\.txt: has changed while it was read; begin again"):
        list(on_cluster.classify_on_cluster(model, parts(), reading, Pool()))


def test_a_worker_with_another_fewtext_says_so(model):
    for task in (Classifying(model, {}, version="0.0.1"), Encoding(model.encoder_, version="0.0.1")):
        with pytest.raises(FewtextError, match=r"a worker has fewtext .*, and this is 0\.0\.1; install one version"):
            task.start()


def test_texts_keep_whatever_they_hold(tmp_path):
    odd = ["a\ud800b", "tab\there", "nul\x00", "ein Ü und 😀", ""]
    assert digest_of_texts(odd) == digest_of_texts(list(odd)) != digest_of_texts(odd[:-1])


def test_what_others_print_goes_to_standard_error(capsys):
    with to_standard_error() as aside:
        other = threading.Thread(target=print, args=("of another thread",))
        other.start()
        other.join()
        print("ours")
        for _ in range(2):
            with aside:
                print("of Ray in this thread")
    print("afterwards")
    shown = capsys.readouterr()
    assert shown.out == "ours\nafterwards\n" and shown.err == "of another thread\n" + 2 * "of Ray in this thread\n"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["classify", "--query", "FILE", "--workers", "2"], "--workers is for --engine ray"),
        (["classify", "--query", "-", "--engine", "ray"], "which standard input does not allow; save them to a file"),
        (["classify", "--query", "FOLDER", "--engine", "ray"], "--engine ray is for texts, and these are images"),
        (
            ["classify", "--query", "FILE", "--engine", "ray", "--transductive"],
            "--transductive takes all texts together",
        ),
        (["classify", "--query", "IMAGES", "--engine", "ray"], "--engine ray is for texts, and these are images"),
        (["encode", "FILE", "--benchmark", "--engine", "ray"], "--benchmark measures this machine"),
    ],
)
def test_what_does_not_go_with_the_engine_is_told(run_fewtext, queries, tmp_path, arguments, said):
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "images.csv").write_text("image\nimages/one.png\n")
    places = {"IMAGES": tmp_path / "images.csv", "FILE": queries, "FOLDER": tmp_path / "images"}
    given = [places.get(word, word) for word in arguments]
    more = ["--support", support_in(tmp_path)] if "classify" in given else []
    done = run_fewtext(*given, *more, stdin=b"a text\n")
    assert done.returncode == 1 and said in done.stderr.decode()


def test_without_ray_a_sentence_says_what_to_install(model, queries, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(FewtextError, match=r'a cluster needs Ray; pip install "fewtext\[ray\]"'):
        list(on_cluster.classify_on_cluster(model, parts(), reading_of(queries, None, None, SIZE), Pool()))


class Machines:
    """What Ray says of the machines of a cluster."""

    def __init__(self, *machines):
        self._machines = machines

    def cluster_resources(self):
        return {kind: sum(own.get(kind, 0) for own in self._machines) for kind in ("CPU", "GPU")}

    def nodes(self):
        return [{"Alive": True, "Resources": dict(own)} for own in self._machines]


@pytest.mark.parametrize(
    ("machines", "pool", "threads", "wanted"),
    [
        ([{"CPU": 8}], Pool(), 2, ({"num_cpus": 2}, 4)),
        ([{"CPU": 3}, {"CPU": 5}], Pool(), 2, ({"num_cpus": 2}, 3)),
        ([{"CPU": 8}, {"CPU": 8, "GPU": 4}], Pool(), 2, ({"num_gpus": 1, "num_cpus": 1}, 4)),
        ([{"CPU": 8, "GPU": 1}], Pool(device="cuda"), 2, ({"num_gpus": 1, "num_cpus": 1}, 1)),
        ([{"CPU": 8, "GPU": 1}], Pool(device="cpu"), 8, ({"num_cpus": 8}, 1)),
    ],
)
def test_a_worker_takes_a_gpu_or_as_many_cores_as_it_has_threads(model, machines, pool, threads, wanted):
    assert resources_of(Machines(*machines), Encoding(model.encoder_, threads=threads), pool) == wanted


def test_what_a_worker_complains_of_is_told_by_the_driver(model):
    ray, pyarrow = pytest.importorskip("ray"), pytest.importorskip("pyarrow")
    actor = Actor(Encoding(model.encoder_, version="0.0.1"))
    done = actor(pyarrow.table({"part": pyarrow.array([b"[]"], pyarrow.large_binary())}))
    with pytest.raises(FewtextError, match=r"a worker has fewtext .*, and this is 0\.0\.1; install one version"):
        opened(ray, done.column("result").to_pylist()[0])
