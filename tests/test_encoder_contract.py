"""The encoders keep their contract, and each clause of it catches an encoder that breaks it."""

import hashlib

import pytest
import torch

from fewtext.contracts.encoder import Encoder
from fewtext.encoders.load import load_encoder
from fewtext.encoders.tfidf import TfIdf
from fewtext.testing import ENCODER_CHECKS, EncoderCase, encoder_checks
from fewtext.testing.items import TEXTS, images
from fewtext.testing.kit import clause_of

CHECKS = {clause_of(check): check for check in ENCODER_CHECKS}


@encoder_checks(TfIdf)
def test_word_counts(check):
    check()


@encoder_checks(lambda: load_encoder("layers", device="cpu", dtype="float32", offline=True))
def test_the_default_encoder(check):
    check()


class Letters(Encoder):
    """Counts of letters, written so that a subclass can get one clause wrong."""

    name, shape, fingerprint, max_length = "letters", (26,), "letters-1", None
    device = torch.device("cpu")

    def __init__(self):
        pass

    def encode(self, items, progress=None):
        x = torch.zeros(len(items), *self.shape)
        for row, item in zip(x, items, strict=True):
            for letter in item.lower():
                row[ord(letter) % 26] += 1
        return x


class Nameless(Letters):
    name = ""


class InFloat64(Letters):
    def encode(self, items, progress=None):
        return super().encode(items).double()


class Pads(Letters):
    def encode(self, items, progress=None):
        return super().encode(items or ["nothing"])


class Sorts(Letters):
    def encode(self, items, progress=None):
        return super().encode(sorted(items))


class DropsRepeats(Letters):
    def encode(self, items, progress=None):
        known = set()
        fresh = [item for item in items if not (item in known or known.add(item))]
        x = super().encode(fresh)
        return torch.cat([x, x.new_zeros(len(items) - len(x), 26)])


class Centres(Letters):
    def encode(self, items, progress=None):
        x = super().encode(items)
        return x - x.mean(0) if len(x) else x


class Shrugs(Letters):
    def encode(self, items, progress=None):
        return torch.ones(len(items), 26)


class HashesItsAddress(Letters):
    count = 0

    def __init__(self):
        HashesItsAddress.count += 1
        self.fingerprint = hashlib.sha256(str(HashesItsAddress.count).encode()).hexdigest()


class Overshoots(Letters):
    def encode(self, items, progress=None):
        if progress:
            progress(len(items) + 1, len(items))
        return super().encode(items)


class Retrainable(Letters):
    """Can be trained, and says so by its fingerprint."""

    def __init__(self, factor=1.0):
        self.factor = factor
        self.fingerprint = f"letters-{factor}"

    def encode(self, items, progress=None):
        return super().encode(items) * self.factor

    def trainable(self):
        model = torch.nn.Module()
        model.factor = torch.nn.Parameter(torch.tensor(self.factor))
        return model

    def with_weights(self, weights):
        return type(self)(float(weights["factor"]))


class KeepsItsFingerprint(Retrainable):
    def __init__(self, factor=1.0):
        self.factor = factor


class HalvesBlanks(Letters):
    """Divides by a length: of a blank text the first number alone is NaN."""

    def encode(self, items, progress=None):
        x = super().encode(items)
        x[:, 0] /= torch.tensor([float(len(item)) for item in items])
        return x


class LosesItselfInAPickle(Letters):
    def __init__(self):
        self.scale = 1.0

    def encode(self, items, progress=None):
        return super().encode(items) * self.scale

    def __getstate__(self):
        return {"scale": 2.0}


class Brightness(Letters):
    """The mean pixel of each row of an image."""

    modalities, shape = ("image",), (16,)

    def encode(self, items, progress=None):
        x = torch.zeros(len(items), 16)
        for row, picture in zip(x, items, strict=True):
            row[:] = self.unreadable
            if picture.pixels:
                row[:] = torch.tensor(list(picture.pixels)).view(16, 16).float().mean(1)
        return x

    unreadable = torch.nan


class BlackWhereUnreadable(Brightness):
    unreadable = 0.0


class MarksAll(Letters):
    def __init__(self):
        self.marks = lambda items: [1] * len(items)


class TakesOptionsByPlace(Letters):
    def __init__(self, size=26):
        pass


BREAKS = [
    (TakesOptionsByPlace, "options_are_declared"),
    (MarksAll, "marks_are_what_is_counted"),
    (Nameless, "says_what_it_is"),
    (InFloat64, "features_have_the_shape_and_dtype"),
    (Pads, "no_items_have_no_features"),
    (Sorts, "features_come_in_the_order_of_the_items"),
    (DropsRepeats, "an_item_twice_has_its_features_twice"),
    (Centres, "items_do_not_see_each_other"),
    (Shrugs, "different_items_are_told_apart"),
    (HashesItsAddress, "the_fingerprint_is_stable"),
    (Overshoots, "progress_ends_at_the_total"),
    (KeepsItsFingerprint, "other_features_have_another_fingerprint"),
    (HalvesBlanks, "strange_texts_have_features"),
    (LosesItselfInAPickle, "survives_pickling"),
    (BlackWhereUnreadable, "what_cannot_be_read_is_nan"),
]


@pytest.mark.parametrize(("kind", "clause"), BREAKS)
def test_a_broken_clause_is_caught(kind, clause):
    right = next((own for own in (Retrainable, Brightness) if issubclass(kind, own)), Letters)
    items = images() if right is Brightness else TEXTS
    CHECKS[clause](EncoderCase(right, items))
    with pytest.raises(AssertionError):
        CHECKS[clause](EncoderCase(kind, items))


def test_other_settings_are_another_encoder():
    check = CHECKS["other_features_have_another_fingerprint"]
    check(EncoderCase(Letters, variants=[Letters]))
    with pytest.raises(AssertionError, match="under the same fingerprint"):
        check(EncoderCase(Letters, variants=[HalvesBlanks]))


@encoder_checks(Brightness, images())
def test_an_encoder_of_images(check):
    check()


def test_every_check_is_shown_to_fail():
    assert set(CHECKS) - {name for _, name in BREAKS} == {"encode_on_another_device"}
