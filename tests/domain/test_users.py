import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.domain.errors import InvalidValues
from honeydo.domain.user import Email, UserId
from tests.support.values import controls, is_clean, surrogates, texts, user_ids

LONGEST = {UserId: 255, Email: 320}
FIELD = {UserId: "user_id", Email: "email"}

each_kind = pytest.mark.parametrize("kind", [UserId, Email])


def broken(kind: type[UserId | Email], text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidValues) as refusal:
        kind(text)
    return [(field.field, field.code) for field in refusal.value.fields]


@pytest.mark.parametrize(
    "subject",
    [
        "1",
        "auth0|42",
        "ada@example.org",
        "kq3Yw7rPz1Xv9Lm2Nc8Bd4Gf6Hj0Sa5T",
        "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
        "https://issuer.example/users/42",
        "\N{HONEYBEE} \u00e5sa",
    ],
)
def test_what_real_issuers_call_their_users_is_kept_as_it_is(subject: str) -> None:
    assert UserId(subject) == subject
    assert hash(UserId(subject)) == hash(subject)


@each_kind
def test_the_longest_one_is_accepted(kind: type[UserId | Email]) -> None:
    longest = "\N{HONEYBEE}" * LONGEST[kind]
    assert kind(longest) == longest
    assert broken(kind, longest + "x") == [(FIELD[kind], "too_long")]


@each_kind
def test_an_empty_one_is_refused(kind: type[UserId | Email]) -> None:
    assert broken(kind, "") == [(FIELD[kind], "blank")]


@each_kind
@given(forbidden=controls | surrogates)
def test_control_characters_and_lone_surrogates_are_refused(
    kind: type[UserId | Email], forbidden: str
) -> None:
    assert broken(kind, f"ada{forbidden}lovelace") == [(FIELD[kind], "forbidden_character")]


@each_kind
def test_every_broken_rule_is_told_at_once(kind: type[UserId | Email]) -> None:
    assert broken(kind, "\0" * 321) == [
        (FIELD[kind], "too_long"),
        (FIELD[kind], "forbidden_character"),
    ]


@each_kind
@given(text=texts | st.text(min_size=250, max_size=330))
def test_what_is_accepted_obeys_every_rule_and_is_left_alone(
    kind: type[UserId | Email], text: str
) -> None:
    try:
        accepted = kind(text)
    except InvalidValues:
        assert not (1 <= len(text) <= LONGEST[kind] and is_clean(text))
    else:
        assert accepted == text
        assert 1 <= len(text) <= LONGEST[kind]
        assert is_clean(text)


@given(user_ids)
def test_a_user_id_is_checked_once(user: UserId) -> None:
    assert UserId(user) is user
