"""How texts are compared where case does not matter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.domain.text import folded

# The lone half of a pair is no text.
EVERY_CHARACTER = [chr(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF]
ascii_texts = st.text(st.characters(max_codepoint=127))
unicode_texts = st.text(st.characters(exclude_categories=["Cs"]))


def test_every_character_is_the_same_in_either_case() -> None:
    differing = [
        character
        for character in EVERY_CHARACTER
        if not folded(character) == folded(character.lower()) == folded(character.upper())
    ]

    assert differing == []


@given(ascii_texts)
def test_ascii_is_folded_as_databases_do_it(text: str) -> None:
    assert folded(text) == text.upper()


@given(ascii_texts, st.characters(min_codepoint=128, exclude_categories=["Cs"]))
def test_what_stands_beside_ascii_does_not_change_how_it_is_folded(text: str, other: str) -> None:
    assert folded(text + other).startswith(folded(text))


@given(unicode_texts)
def test_folding_once_is_enough(text: str) -> None:
    assert folded(folded(text)) == folded(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\u00e9", "e\u0301"),
        ("\ufb01ne", "FINE"),
        ("stra\u00dfe", "STRASSE"),
        ("stra\u00dfe", "STRA\u1e9eE"),
        (
            "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
            "\u03a3\u038a\u03a3\u03a5\u03a6\u039f\u03a3",
        ),
        ("\uff28\uff4f\uff4e\uff45\uff59", "honey"),
        ("\u0130stanbul", "i\u0307stanbul"),
        ("m\u00b2", "M2"),
    ],
)
def test_spellings_of_one_text_are_equal(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("e", "\u00e9"), ("a", "\u00e4"), ("o", "\u00f8")])
def test_an_accent_makes_a_difference(one: str, other: str) -> None:
    assert folded(one) != folded(other)
