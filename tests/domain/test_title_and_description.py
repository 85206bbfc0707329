from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.domain.errors import InvalidValues
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.values import (
    NOON,
    controls,
    descriptions,
    is_clean,
    surrogates,
    texts,
    titles,
    white_space,
)


def created(title: str = "Buy honey", description: str | None = None) -> Task:
    return Task.create(
        id=UUID(int=1), owner=UserId("ada"), title=title, description=description, now=NOON
    )


def broken(title: str = "Buy honey", description: str | None = None) -> list[tuple[str, str]]:
    """The fields and codes of all rules that these values break."""
    with pytest.raises(InvalidValues) as refusal:
        created(title, description)
    return [(field.field, field.code) for field in refusal.value.fields]


@given(white_space, titles, white_space)
def test_a_title_loses_the_white_space_around_it_and_nothing_else(
    before: str, title: str, after: str
) -> None:
    assert created(before + title + after).title == title.strip()


@pytest.mark.parametrize("length", [1, 255])
def test_a_title_has_one_to_255_characters(length: int) -> None:
    assert created("\N{HONEYBEE}" * length).title == "\N{HONEYBEE}" * length


def test_the_white_space_around_a_title_does_not_count() -> None:
    assert created(f"  {'x' * 255}  ").title == "x" * 255


@given(white_space)
def test_a_title_must_not_be_blank(title: str) -> None:
    assert broken(title) == [("title", "blank")]


@given(titles)
def test_a_title_must_not_have_more_than_255_characters(title: str) -> None:
    assert broken(f"x{title}{'x' * 254}") == [("title", "too_long")]


@given(titles, controls | surrogates, titles)
def test_a_title_must_not_have_control_characters_or_lone_surrogates(
    before: str, forbidden: str, after: str
) -> None:
    assert ("title", "forbidden_character") in broken(f"x{before}{forbidden}{after}x")


@pytest.mark.parametrize("field", ["title", "description"])
def test_nul_is_forbidden(field: str) -> None:
    assert broken(**{field: "Buy\0honey"}) == [(field, "forbidden_character")]


@given(texts)
def test_whatever_is_accepted_as_a_title_obeys_every_rule(text: str) -> None:
    try:
        title = created(text).title
    except InvalidValues:
        return
    assert 1 <= len(title) <= 255
    assert title == title.strip()
    assert is_clean(title)


@given(descriptions)
def test_a_description_is_kept_as_it_is(description: str) -> None:
    assert created(description=description).description == description


@given(white_space)
def test_a_blank_description_is_none(description: str) -> None:
    assert created(description=description).description is None


def test_a_description_is_blank_however_long_it_is() -> None:
    assert created(description=" " * 10_001).description is None


def test_a_description_has_at_most_10_000_characters() -> None:
    longest = "\N{HONEYBEE}" * 10_000
    assert created(description=longest).description == longest
    assert broken(description=longest + "x") == [("description", "too_long")]


@given(descriptions, controls.filter(lambda control: control not in "\t\r\n") | surrogates)
def test_a_description_must_not_have_control_characters_but_tab_and_newlines(
    description: str, forbidden: str
) -> None:
    assert broken(description=f"{description}{forbidden}x") == [
        ("description", "forbidden_character")
    ]


@given(texts)
def test_whatever_is_accepted_as_a_description_obeys_every_rule(text: str) -> None:
    try:
        description = created(description=text).description
    except InvalidValues:
        return
    assert description is None or (
        description.strip() and is_clean(description, allowed="\t\r\n") and description == text
    )


def test_every_broken_rule_is_told_at_once() -> None:
    assert broken("\0" * 256, "\0" * 10_001) == [
        ("title", "too_long"),
        ("title", "forbidden_character"),
        ("description", "too_long"),
        ("description", "forbidden_character"),
    ]


def test_a_refusal_says_every_broken_rule_in_a_sentence() -> None:
    with pytest.raises(InvalidValues) as refusal:
        created("", "x" * 10_001)
    assert str(refusal.value) == (
        "The title must not be empty. The description has at most 10,000 characters."
    )


@given(titles, st.none() | descriptions, st.booleans())
def test_a_new_task_is_as_asked_for_and_stored_nowhere_yet(
    title: str, description: str | None, is_completed: bool
) -> None:
    task = Task.create(
        id=UUID(int=1),
        owner=UserId("ada"),
        title=title,
        description=description,
        is_completed=is_completed,
        now=NOON,
    )
    assert (task.id, task.owner, task.revision) == (UUID(int=1), "ada", 0)
    assert task.is_completed is is_completed
    assert task.completed_at == (NOON if is_completed else None)
    assert task.created_at == task.updated_at == NOON
    assert not task.is_deleted
