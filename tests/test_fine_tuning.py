"""Fine-tuning: the encoder is trained on the support and saved with the classifier, calibrated on unseen examples."""

import json

import pytest
import torch
from fewtext_plugins.contrastive import Contrastive, _batches, contrast
from torch import nn

from fewtext import FewtextError
from fewtext.classify.fine_tuning import find_tuner, fine_tuned_held_out_answers
from fewtext.classify.load import load_classifier
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.classify.update import add
from fewtext.contracts.encoder import Encoder
from fewtext.contracts.learner import Support
from fewtext.metrics.calibration import fit_temperature
from fewtext.quality.check import quality_report
from fewtext.registry import discovery
from fewtext.registry.options import build_learner

TEXTS = [
    *("what a lovely film", "a joy from start to end", "I laughed and cried", "go and see it", "simply great acting"),
    *("what a dull film", "a bore from start to end", "I yawned and left", "stay at home", "simply poor acting"),
]
LABELS = ["good"] * 5 + ["bad"] * 5
Y = torch.tensor([1] * 5 + [0] * 5)


def fitted(encoder, tuner="contrastive:steps=3", **options):
    return SingleLabelClassifier(encoder=encoder, tuner=tuner, **options).fit(TEXTS, LABELS)


def test_the_loss_is_that_of_the_paper():
    z = nn.functional.normalize(torch.randn(6, 4, generator=torch.Generator().manual_seed(0)), dim=-1)
    y = torch.tensor([0, 0, 1, 1, 1, 2])
    expected = []
    for i in range(5):  # the sixth is alone of its class
        others = [a for a in range(6) if a != i]
        denominator = sum((z[i] @ z[a] / 0.2).exp() for a in others)
        alike = [p for p in others if y[p] == y[i]]
        expected.append(-sum(((z[i] @ z[p] / 0.2).exp() / denominator).log() for p in alike) / len(alike))
    assert contrast(z, y, 0.2).item() == pytest.approx((sum(expected) / 5).item(), rel=1e-5)


@pytest.mark.parametrize(("sizes", "batch"), [([1, 1], 8), ([3, 40], 16), ([2] * 50, 32), ([8, 8, 8], 4)])
def test_batches_hold_two_of_each_class_they_draw_and_take_all_in_turn(sizes, batch):
    y = torch.repeat_interleave(torch.arange(len(sizes)), torch.tensor(sizes))
    source = _batches(y, batch, torch.Generator().manual_seed(0))
    seen = [next(source) for _ in range(200)]
    for rows in seen:
        counts = torch.bincount(y[rows])
        assert len(rows) <= max(batch, 4) and counts[counts > 0].min() >= 2 and (counts > 0).sum() >= 2
    assert {row for rows in seen for row in rows} == set(range(len(y)))


def test_texts_of_a_label_come_together(bert):
    def apart(encoder):
        z = encoder.encode(TEXTS)
        near = z @ z.T
        alike = Y[:, None] == Y
        return (near[alike].mean() - near[~alike].mean()).item()

    before, state = bert.encode(TEXTS), torch.random.get_rng_state()
    tuned = Contrastive(steps=6).tune(bert, TEXTS, Y)
    assert apart(tuned) > apart(bert) + 0.2
    assert tuned.fingerprint != bert.fingerprint and torch.equal(bert.encode(TEXTS), before)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not any("word_embeddings" in name for name in tuned.weights)


def test_the_same_seed_gives_the_same_encoder_and_another_another(bert):
    one, same, other = (Contrastive(steps=1).tune(bert, TEXTS, Y, seed=seed) for seed in (0, 0, 1))
    assert one.fingerprint == same.fingerprint != other.fingerprint


def test_fine_tuning_goes_on_from_fine_tuned_weights(bert):
    once = Contrastive(steps=1).tune(bert, TEXTS, Y)
    name, weight = next(iter(once.weights.items()))
    assert torch.equal(dict(once.trainable().named_parameters())[name], weight)


def test_a_saved_classifier_brings_its_encoder(bert, tmp_path):
    model = fitted(bert)
    model.save(tmp_path / "model")
    loaded = load_classifier(tmp_path / "model", encoder=bert)
    assert (loaded.predict_proba(TEXTS) == model.predict_proba(TEXTS)).all()
    assert all(torch.equal(a, b) for a, b in zip(loaded.held_out(), model.held_out(), strict=True))


def test_a_fine_tuned_classifier_is_updated_by_fine_tuning_anew(bert, tmp_path):
    part = SingleLabelClassifier(encoder=bert, tuner="contrastive:steps=3").fit(TEXTS[:-2], LABELS[:-2])
    part.save(tmp_path / "part")
    fitted(bert).save(tmp_path / "whole")
    changed = add(load_classifier(tmp_path / "part", encoder=bert), TEXTS[-2:], LABELS[-2:])
    changed.save(tmp_path / "part")
    files = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in ("part", "whole")]
    assert files[0] == files[1]
    with pytest.raises(FewtextError, match="fine-tuned on the examples"):
        quality_report(changed)
    changed.tuner = None  # as of a folder that was saved before it was kept
    with pytest.raises(FewtextError, match="was not saved"):
        add(changed, ["more"], ["good"])


class Memory(nn.Module):
    """Embeds by a table in which every text has its own row: training can learn all by heart and nothing else."""

    def __init__(self, table, places):
        super().__init__()
        self.table, self.places = nn.Parameter(table.clone()), places

    def forward(self, texts):
        return nn.functional.normalize(self.table[[self.places[text] for text in texts]], dim=-1)


class Parrot(Encoder):
    name, shape, fingerprint, max_length = "parrot", (32,), "parrot", None
    device = torch.device("cpu")

    def __init__(self, texts, table=None):
        self.places = {text: i for i, text in enumerate(texts)}
        self.table = torch.randn(len(texts), 32, generator=torch.Generator().manual_seed(0)) if table is None else table

    def trainable(self):
        return Memory(self.table, self.places)

    def with_weights(self, weights):
        return Parrot(self.places, weights["table"])

    def encode(self, items, progress=None):
        return Memory(self.table, self.places)(items).detach()


def test_examples_learned_by_heart_are_not_calibrated_on():
    texts, y = [f"text {i}" for i in range(40)], torch.arange(40) % 2
    parrot, tuner = Parrot(texts), Contrastive(steps=60, rate=0.05)
    tuned, learner = tuner.tune(parrot, texts, y), build_learner(discovery.learner("logistic"), {}, (32,))
    support = Support(tuned.encode(texts), y, 2, torch.ones(40))
    assert (learner.fit(support)(support.x).argmax(-1) == y).all()
    logits, rows = fine_tuned_held_out_answers(tuner, parrot, learner, texts, support, 40)
    assert len(rows) == 20 and (logits.argmax(-1) == y[rows]).double().mean() < 0.8
    assert fit_temperature(logits, y[rows], learner.temperature) > 2 * learner.temperature


def test_an_encoder_or_tuner_that_cannot_be_used_is_an_error(toy_encoder):
    with pytest.raises(FewtextError, match="the encoder toy cannot be fine-tuned"):
        fitted(toy_encoder)
    with pytest.raises(FewtextError, match="no tuner 'contrastiv'; did you mean contrastive"):
        find_tuner("contrastiv")
    for bad in ("contrastive:rate=0", "contrastive:speed=1", "contrastive:steps=x"):
        with pytest.raises(FewtextError, match="contrastive"):
            find_tuner(bad)
    with pytest.raises(FewtextError, match="no examples to fine-tune"):
        SingleLabelClassifier(encoder=toy_encoder, tuner="contrastive", label_names={"a": "x", "b": "y"}).fit()


def test_weights_of_another_model_are_refused(bert, tmp_path):
    with pytest.raises(FewtextError, match="the trained weights do not fit this model"):
        bert.with_weights({"model.encoder.layer.0.attention.self.query.weight": torch.zeros(3, 3)})


def test_the_command_fine_tunes(run_fewtext, write, tmp_path):
    support = write(
        "s.jsonl", "\n".join(json.dumps({"text": t, "label": y}) for t, y in zip(TEXTS, LABELS, strict=True))
    )
    done = run_fewtext("classify", "--support", support, "--query", write("q.txt", "a great joy\n"), "--tune",
                       "contrastive:steps=2")  # fmt: skip
    assert done.returncode == 0 and done.stdout.splitlines()[1].startswith(b"a great joy,good,"), done.stderr
    listed = run_fewtext("tuners")
    assert listed.stdout.startswith(b"contrastive  Supervised contrastive learning")
