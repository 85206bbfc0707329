import pytest
from hypothesis import given
from hypothesis import strategies as st

from honeydo.domain.errors import InvalidField, InvalidValues
from honeydo.domain.listing import Cursor, Listing, Page
from honeydo.domain.task import Task
from tests.support.values import tasks


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


def test_unless_told_otherwise_a_list_has_all_tasks_from_the_newest_on() -> None:
    assert Listing() == Listing(is_completed=None, limit=1_000, after=None)


@given(st.lists(tasks(), max_size=5), st.integers(5, 1_000))
def test_a_page_that_holds_everything_found_is_the_last(found: list[Task], limit: int) -> None:
    assert Page.cut(found, limit, 7) == Page(found, None, 7)


@given(st.lists(tasks(), min_size=2, max_size=6))
def test_one_task_more_than_fits_tells_that_there_is_a_next_page(found: list[Task]) -> None:
    limit = len(found) - 1
    page = Page.cut(found, limit, 7)

    assert page.tasks == found[:limit]
    assert page.next == Cursor(found[limit - 1].created_at, found[limit - 1].id)
