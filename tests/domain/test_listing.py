from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final, get_args
from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from honeydo.domain.changes import Version
from honeydo.domain.errors import InvalidField, InvalidValues
from honeydo.domain.listing import Cursor, Listing, Page, Sort, SortField
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId
from tests.support.values import NOON, controls, surrogates, tasks, times

sorts = st.builds(Sort, st.sampled_from(get_args(SortField)), st.booleans())
A_SECOND: Final = timedelta(seconds=1)
ADAS: Final[dict[str, Any]] = {"id": UUID(int=1), "owner": UserId("ada"), "now": NOON}


def refused(**asked: Any) -> list[tuple[str, str]]:
    """Field and code of each rule that is broken."""
    with pytest.raises(InvalidValues) as refusal:
        Listing(**asked)
    return [(field.field, field.code) for field in refusal.value.fields]


# Limits and searches


@given(st.integers(1, 1_000))
def test_a_page_has_one_to_1_000_tasks(limit: int) -> None:
    assert Listing(limit=limit).limit == limit


@given(st.integers(max_value=0) | st.integers(min_value=1_001))
def test_any_other_limit_is_refused(limit: int) -> None:
    with pytest.raises(InvalidValues) as refusal:
        Listing(limit=limit)
    assert refusal.value.fields == (
        InvalidField("limit", "out_of_range", "The limit is 1 to 1,000."),
    )


def test_unless_told_otherwise_a_list_has_all_tasks_but_the_trash_from_the_newest_on() -> None:
    assert Listing() == Listing(
        is_completed=None,
        is_deleted=False,
        q=None,
        created_since=None,
        updated_since=None,
        sort=Sort("created_at", descending=True),
        limit=1_000,
        after=None,
    )


@pytest.mark.parametrize("length", [1, 255])
def test_a_search_has_1_to_255_characters(length: int) -> None:
    assert Listing(q="\N{HONEYBEE}" * length).q == "\N{HONEYBEE}" * length


def test_any_other_search_is_refused() -> None:
    assert refused(q="") == [("q", "blank")]
    assert refused(q="x" * 256) == [("q", "too_long")]


@given(controls | surrogates)
def test_a_search_has_no_control_characters(character: str) -> None:
    assert refused(q=f"a{character}b") == [("q", "forbidden_character")]


@given(sorts, sorts, times, st.uuids())
def test_a_cursor_goes_on_in_its_own_order_alone(
    sort: Sort, other: Sort, value: datetime, id: TaskId
) -> None:
    assume(sort != other)
    cursor = Cursor(sort, value, id)

    assert Listing(sort=sort, after=cursor).after is cursor
    assert refused(sort=other, after=cursor) == [("after", "other_order")]


def test_every_broken_rule_is_told_at_once() -> None:
    assert refused(limit=0, q="") == [("limit", "out_of_range"), ("q", "blank")]


# What a list admits


@given(tasks())
def test_a_list_that_asks_for_nothing_admits_every_task(task: Task) -> None:
    assert Listing().admits(task)


@given(tasks())
def test_a_list_may_be_of_completed_or_of_open_tasks(task: Task) -> None:
    assert Listing(is_completed=True).admits(task) is task.is_completed
    assert Listing(is_completed=False).admits(task) is not task.is_completed


@given(tasks(), times)
def test_the_trash_is_a_list_of_its_own(task: Task, now: datetime) -> None:
    deleted = task.delete(now)

    assert (Listing().admits(deleted), Listing(is_deleted=True).admits(deleted)) == (False, True)
    assert (Listing().admits(task), Listing(is_deleted=True).admits(task)) == (True, False)
    assert Listing(is_deleted=None).admits(deleted)
    assert Listing(is_deleted=None).admits(task)


@given(tasks(), times, st.sampled_from([None, False, True]))
def test_what_is_deleted_for_good_is_in_no_list(
    task: Task, now: datetime, is_deleted: bool | None
) -> None:
    assert not Listing(is_deleted=is_deleted).admits(task.remove(now))


@pytest.mark.parametrize(
    ("q", "is_found"),
    [
        ("honey", True),
        ("BUY HONEY", True),
        ("market", True),
        ("y H", True),
        ("wax", False),
        ("Buy  honey", False),
        # It is one or the other.
        ("honey From", False),
        ("honeyFrom", False),
        # No pattern language.
        ("h%y", False),
        ("hone_", False),
        (".", False),
        ("\\", False),
    ],
)
def test_a_search_looks_for_its_text_in_title_and_description(q: str, is_found: bool) -> None:
    task = Task.create(**ADAS, title="Buy Honey", description="From the market")

    assert Listing(q=q).admits(task) is is_found


def test_a_search_finds_what_it_is_in_any_script() -> None:
    task = Task.create(**ADAS, title="Мёд в Straße", description="ΜΈΛΙ, \N{HONEYBEE}, 蜂蜜")

    for q in ("МЁД", "strasse", "STRASSE", "STRAẞE", "μέλι", "\N{HONEYBEE}", "蜜"):
        assert Listing(q=q).admits(task), q


@given(tasks(), times)
def test_a_list_may_begin_at_a_time(task: Task, now: datetime) -> None:
    created = replace(task, created_at=now, updated_at=NOON)
    updated = replace(task, created_at=NOON, updated_at=now)

    assert Listing(created_since=now).admits(created)
    assert Listing(updated_since=now).admits(updated)
    if now < now.max.replace(tzinfo=now.tzinfo) - A_SECOND:
        assert not Listing(created_since=now + A_SECOND).admits(created)
        assert not Listing(updated_since=now + A_SECOND).admits(updated)


def test_a_task_must_pass_every_filter() -> None:
    task = Task.create(**ADAS, title="Buy honey")
    asked = Listing(is_completed=False, q="honey", created_since=NOON, updated_since=NOON)

    assert asked.admits(task)
    assert not replace(asked, is_completed=True).admits(task)
    assert not replace(asked, is_deleted=True).admits(task)
    assert not replace(asked, q="wax").admits(task)
    assert not replace(asked, created_since=NOON + A_SECOND).admits(task)
    assert not replace(asked, updated_since=NOON + A_SECOND).admits(task)


# The order


def ordered(sort: Sort, found: list[Task]) -> list[Task]:
    return sorted(
        found,
        key=lambda task: sort.key(getattr(task, sort.by), task.id),
        reverse=sort.descending,
    )


@given(sorts, st.lists(tasks(), max_size=8, unique_by=lambda task: task.id))
def test_no_two_tasks_stand_at_one_place(sort: Sort, found: list[Task]) -> None:
    places = [sort.key(getattr(task, sort.by), task.id) for task in found]

    assert len({*places}) == len(found)


@given(sorts, st.lists(tasks(), max_size=8, unique_by=lambda task: task.id))
def test_descending_is_ascending_backwards_but_for_open_tasks(
    sort: Sort, found: list[Task]
) -> None:
    if sort.by == "completed_at":
        found = [task for task in found if task.is_completed]

    backwards = ordered(replace(sort, descending=not sort.descending), found)

    assert ordered(sort, found) == backwards[::-1]


@given(st.lists(tasks(), max_size=8), st.booleans())
def test_by_completion_open_tasks_come_last_either_way(found: list[Task], descending: bool) -> None:
    listed = ordered(Sort("completed_at", descending), found)

    are_completed = [task.is_completed for task in listed]
    assert are_completed == sorted(are_completed, reverse=True)
    completed = [task.completed_at for task in listed if task.completed_at]
    assert completed == sorted(completed, reverse=descending)


@pytest.mark.parametrize("by", ["created_at", "updated_at"])
@given(found=st.lists(tasks(), max_size=8), descending=st.booleans())
def test_a_list_goes_by_time(found: list[Task], by: SortField, descending: bool) -> None:
    listed = [getattr(task, by) for task in ordered(Sort(by, descending), found)]

    assert listed == sorted(listed, reverse=descending)


def test_titles_go_without_regard_to_case_and_accents_come_behind() -> None:
    titles = ["apple", "Äpfel", "Apfel", "bee", "Zebra", "äpfel", "Bee", "zoo", "éclair", "eclair"]
    found = [
        Task.create(**{**ADAS, "id": UUID(int=number)}, title=title)
        for number, title in enumerate(titles)
    ]

    assert [task.title for task in ordered(Sort("title", descending=False), found)] == [
        *("Apfel", "apple", "Äpfel", "äpfel"),
        *("bee", "Bee", "eclair", "éclair"),
        *("Zebra", "zoo"),
    ]


# Pages

VERSION = Version(NOON, 7)


@given(sorts, st.lists(tasks(), max_size=5), st.integers(5, 1_000))
def test_a_page_that_holds_everything_found_is_the_last(
    sort: Sort, found: list[Task], limit: int
) -> None:
    assert Page.cut(found, Listing(sort=sort, limit=limit), VERSION) == Page(found, None, VERSION)


@given(sorts, st.lists(tasks(), min_size=2, max_size=6))
def test_one_task_more_than_fits_tells_that_there_is_a_next_page(
    sort: Sort, found: list[Task]
) -> None:
    limit = len(found) - 1
    page = Page.cut(found, Listing(sort=sort, limit=limit), VERSION)

    last = found[limit - 1]
    assert page.tasks == found[:limit]
    assert page.next == Cursor(sort, getattr(last, sort.by), last.id)
    assert page.version == VERSION
