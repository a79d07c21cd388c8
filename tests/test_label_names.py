"""Label names say what they mean, or are recognised as saying nothing."""

import pytest

from fewtext.label_names import name_examples, words


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("card_arrival", "card arrival"),
        ("bookFlight", "book flight"),
        ("banking/cards/lost", "banking cards lost"),
        ("HTTPError", "HTTP error"),
        ("PIN_blocked", "PIN blocked"),
        ("e-mail", "e mail"),
        ("lost e-mail", "lost e-mail"),
        ("Refund_not_showing_up", "Refund not showing up"),
        ("top10_songs", "top10 songs"),
        ("no", "no"),
        ("天气", "天气"),
        ("雨", "雨"),
        ("größe", "größe"),
    ],
)
def test_a_name_becomes_words(label, expected):
    assert words(label) == expected


@pytest.mark.parametrize(
    "label", ["0", "1", "12", "-1", "3.5", "LABEL_3", "label", "class 7", "C12", "A", "cat_0", "__", ""]
)
def test_a_name_without_words_is_recognised(label):
    assert words(label) == ""


def test_a_description_takes_the_place_of_the_name():
    found = name_examples(["0", "card_arrival", "lost"], {"0": ["money is missing", "funds gone"], "lost": []})
    assert found.texts == ["money is missing", "funds gone", "card arrival", "lost"]
    assert found.labels == ["0", "0", "card_arrival", "lost"] and found.silent == []
    assert name_examples(["0", "x_y"], {}).silent == ["0", "x_y"]
