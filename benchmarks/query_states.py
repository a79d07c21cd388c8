"""States of active learning, drawn from labelled corpora: a pool, what is labelled, and what another label would gain.

A corpus is a file ``NAME.jsonl`` of rows ``{"text", "label"}``.
"""

import json
import random
import warnings
from collections import defaultdict
from pathlib import Path

import torch
from torch.nn.functional import normalize, one_hot

from fewtext.classify.active_learning import SHARPNESS
from fewtext.classify.complementary import fitted, with_examples
from fewtext.classify.single_label import SingleLabelClassifier
from fewtext.contracts.corpus import Items
from fewtext.datasets.features import CachedEncoder
from fewtext.encoders.load import CLASSIFYING, load_encoder
from fewtext.errors import FewtextWarning
from fewtext.files.cache import cache_folder

CLASSES, TEXTS = 16, 600  # of a corpus, at most
STATES, LABELLED = 8, (0, 5, 20, 60)  # states of a corpus, and texts that are labelled beside one of each class
TOP, RANDOM = 4, 8  # candidates of a state: the first ones of each of two strategies, and others


class State:
    """A pool ``x`` ``[n, d]``, what is labelled, and the classifier that has learned it."""

    def __init__(self, model, x):
        self.model, self.x, self.unit = model, x, normalize(x, dim=-1)
        self.near = (self.unit @ self.unit.T).clamp(min=0) ** SHARPNESS
        self.rows, self.y = torch.zeros(0, dtype=torch.int64), torch.zeros(0, dtype=torch.int64)
        self.label(self.rows, self.y)

    def label(self, rows, y):
        """Add labels of rows of the pool, and fit again."""
        support, ways = self.model.support_, self.model.support_.ways
        self.rows, self.y = torch.cat([self.rows, rows]), torch.cat([self.y, y])
        self.support = with_examples(support, self.x[self.rows], one_hot(self.y, ways).float())
        self.classify = fitted(self.model.learner_, self.support)
        self.p = self.probabilities(self.classify, self.x)
        examples = normalize(support.x[: self.model.n_examples_], dim=-1)
        labelled = torch.cat([examples, self.unit[self.rows]])
        self.covered = ((self.unit @ labelled.T).clamp(min=0) ** SHARPNESS).amax(1)
        self.counts = 1 + self.y.bincount(minlength=ways)

    def probabilities(self, classify, x):
        """Return ``[n, ways]`` at the temperature of a support that is too small to estimate it."""
        return (classify(x).double() / self.model.learner_.temperature).softmax(-1).float()

    @property
    def uncertainty(self):
        """One minus the margin of the two likeliest labels, as ``suggest`` has it: ``[n]``."""
        best = self.p.topk(2).values
        return 1 - (best[:, 0] - best[:, 1])

    def gain(self, covered):
        """Return what ``suggest`` chooses by: how much better each represents the texts that are uncertain."""
        return (self.near - covered).clamp(min=0) @ self.uncertainty

    def features(self, covered):
        """Return ``[n, 10]``: of eight properties the share of the pool that has less, and two of the state.

        They are the margin, the entropy, the confidence, how near a labelled text is, density, what ``suggest`` chooses
        by, how often the guess is among the labels, and how uncertain the texts nearby are; labels, and classes.
        """
        doubt, ways = self.uncertainty, self.p.shape[1]
        own = self.counts.float()[self.p.argmax(-1)] / self.counts.float().mean()
        ranked = (
            doubt, -(self.p * self.p.clamp_min(1e-9).log()).sum(1), self.p.amax(1), covered, self.near.mean(1),
            self.gain(covered), own, self.near @ doubt / self.near.sum(1),
        )  # fmt: skip
        shares = [values.argsort().argsort().float() / len(values) for values in ranked]
        ranks = torch.stack([*shares[:6], own, shares[7]], 1)
        facts = torch.tensor([self.counts.float().mean(), ways]).log().expand(len(ranks), 2)
        return torch.cat([ranks, facts], 1).numpy()


def read_corpus(path):
    """Return texts and labels, some of the classes where there are many."""
    by_label = defaultdict(list)
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        by_label[row["label"]].append(row["text"])
    draw = random.Random(0)
    labels = sorted(draw.sample(sorted(by_label), min(len(by_label), CLASSES)))
    pairs = [(text, label) for label in labels for text in by_label[label]]
    draw.shuffle(pairs)
    return pairs[:TEXTS]


def start_of(known, texts, labels, shots, x_of):
    """Return the state of a pool after a fit to ``shots``, pairs of text and label."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FewtextWarning)
        model = SingleLabelClassifier(encoder=known).fit(*zip(*shots, strict=True))
    number = {label: i for i, label in enumerate(model.classes_.tolist())}
    return (
        State(model, model.encoder_.encode(texts)),
        torch.tensor([number[label] for label in labels]),
        model.encoder_.encode(x_of),
    )


def gains_of(known, pairs, draw):
    """Return the features of some candidates of a state that is drawn, and how much better each makes the answers."""
    labels = sorted({label for _, label in pairs})
    ways = sorted(draw.sample(labels, round(2 * (len(labels) / 2) ** draw.random())))
    own = [pair for pair in draw.sample(pairs, len(pairs)) if pair[1] in ways]
    half = len(own) // 2
    pool, asked = own[:half], [pair for pair in own[half:] if pair[1] in {label for _, label in own[:half]}]
    shots = [next((pair for pair in pool if pair[1] == label), None) for label in ways]
    shots = [pair for pair in shots if pair]
    pool = [pair for pair in pool if pair not in shots]
    if len(shots) < 2 or len(pool) < 30 or len(asked) < 30:
        return None
    texts, target = [text for text, _ in pool], [label for _, label in pool]
    state, y, x = start_of(known, texts, target, shots, [text for text, _ in asked])
    number = {label: i for i, label in enumerate(state.model.classes_.tolist())}
    truth = torch.tensor([number[label] for _, label in asked])
    more = torch.tensor(draw.sample(range(len(pool)), min(draw.choice(LABELLED), len(pool) // 2)), dtype=torch.int64)
    state.label(more, y[more])
    taken = set(more.tolist())
    order = [state.gain(state.covered), state.uncertainty]
    best = [[row for row in own.argsort(descending=True).tolist() if row not in taken][:TOP] for own in order]
    others = draw.sample([row for row in range(len(pool)) if row not in taken], RANDOM)
    rows = torch.tensor(list(dict.fromkeys([*best[0], *best[1], *others])))
    n, support = (
        len(state.support.y),
        with_examples(state.support, state.x[rows], one_hot(y[rows], state.p.shape[1]).float()),
    )
    left_out = torch.cat([torch.zeros(len(rows), n, dtype=torch.bool), ~torch.eye(len(rows), dtype=torch.bool)], 1)
    after = [state.probabilities(own, x) for own in state.model.learner_.fit_without(support, left_out)]
    before = state.probabilities(state.classify, x)
    right = torch.stack([(own - before).gather(1, truth[:, None]).mean() for own in after])
    return state.features(state.covered)[rows], right.numpy(), order[0][rows].numpy()


def all_gains(folder):
    """Return the gains of each corpus: lists of states; those that were drawn before are read."""
    known = CachedEncoder(load_encoder(CLASSIFYING))
    kept = cache_folder() / "learned_queries" / known.fingerprint
    kept.mkdir(parents=True, exist_ok=True)
    found = {}
    for path in sorted(Path(folder).glob("*.jsonl")):
        file = kept / f"{path.stem}.pt"
        if not file.is_file():
            pairs, draw = read_corpus(path), random.Random(path.stem)
            known.keep(Items([text for text, _ in pairs], [label for _, label in pairs]))
            states = [gains_of(known, pairs, draw) for _ in range(STATES)]
            torch.save([[torch.from_numpy(part) for part in own] for own in states if own], file)
            print(path.stem, len(states), flush=True)
        found[path.stem] = [[part.numpy() for part in own] for own in torch.load(file)]
    return found
