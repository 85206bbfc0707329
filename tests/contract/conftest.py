"""Every test of this folder holds for every implementation of the ports."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from honeydo.application.tasks import Tasks
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids
from tests.support.stores import STORES, Store


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    async with STORES[request.param](request) as store:
        yield store


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def tasks(store: Store, clock: HandClock) -> Tasks:
    return Tasks.over(store.tasks, clock=clock, new_task_id=counted_ids())


@pytest.fixture
def ada() -> UserId:
    return UserId(f"ada-{uuid4().hex}")


@pytest.fixture
def bob() -> UserId:
    return UserId(f"bob-{uuid4().hex}")
