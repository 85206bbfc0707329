"""Whoever follows the change feed ends with exactly what the server has: random writers, readers
that stop and go on anywhere, deletes, restores, purges, erasure, all at once."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import cast

import pytest
from psycopg import AsyncConnection

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep, MemoryVersions, StoredUser
from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import HostTransaction
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresUpkeep, PostgresVersions
from honeydo.application.live import Live
from honeydo.application.ports import TaskRepository
from honeydo.domain.changes import Change, History
from honeydo.domain.user import UserId
from tests.support.databases import connected
from tests.support.feed import World, prove

_SOON = 0.01


@asynccontextmanager
async def in_memory(_: pytest.FixtureRequest) -> AsyncIterator[World]:
    users: dict[UserId, StoredUser] = {}
    tasks = MemoryTasks(users)

    @asynccontextmanager
    async def at_once(_commits: bool) -> AsyncIterator[TaskRepository]:
        yield tasks

    # Nobody announces anything: each reader is as in another process.
    yield World(tasks, MemoryUpkeep(users), at_once, Live(MemoryVersions(users), _SOON))


@asynccontextmanager
async def in_postgres(request: pytest.FixtureRequest, *, pipeline: bool) -> AsyncIterator[World]:
    url = request.getfixturevalue("database_url")

    @asynccontextmanager
    async def within(commits: bool) -> AsyncIterator[TaskRepository]:
        async with await AsyncConnection.connect(conninfo(url)) as connection:
            yield PostgresTasks(HostTransaction(connection).execute)
            if not commits:
                await connection.rollback()

    async with connected(url, pipeline=pipeline, timeout=30) as database:
        live = Live(PostgresVersions(database), _SOON)
        yield World(PostgresTasks(database.execute), PostgresUpkeep(database), within, live)


@pytest.fixture(params=["memory", "pool", "pipeline"])
async def world(request: pytest.FixtureRequest) -> AsyncIterator[World]:
    made = (
        in_memory(request)
        if request.param == "memory"
        else in_postgres(request, pipeline=request.param == "pipeline")
    )
    async with made as world:
        yield world


@pytest.mark.parametrize("seed", ["honey", "wax", "pollen"])
async def test_every_copy_ends_as_what_is_stored(world: World, seed: str) -> None:
    seen = await prove(world, seed)

    writes = {"create", "edit", "toggle", "delete", "restore", "remove", "batch", "slow", "erase"}
    reads = {"followed", "told of a task", "told of a deletion", "started over"}
    assert {what for what, times in seen.items() if times} == writes | reads | {"purged"}


@dataclass(frozen=True, slots=True)
class Flawed:
    """Makes one mistake about what has changed."""

    tasks: TaskRepository

    def __getattr__(self, name: str) -> object:
        return getattr(self.tasks, name)


class WithoutTombstones(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after, limit)
        return history, [change for change in found if change.task]


class ByTheClock(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after, 10_000)
        never = datetime(1, 1, 1, tzinfo=UTC)

        def updated_at(change: Change) -> datetime:
            return change.task.updated_at if change.task else never

        return history, sorted(found, key=updated_at)[:limit]


class OneTooFar(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after, limit)
        return replace(history, revision=history.revision + 1), found


class OneTooFarInside(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after + (after > 0), limit)
        return history, found


class ForgettingThatItForgot(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after, limit)
        return replace(history, purged=0), found


class NotNoticingErasure(Flawed):
    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        history, found = await self.tasks.changes(owner, after, limit)
        return replace(history, began_at=datetime(2026, 1, 1, tzinfo=UTC)), found


@pytest.mark.parametrize(
    "flawed",
    [
        WithoutTombstones,
        ByTheClock,
        OneTooFar,
        OneTooFarInside,
        ForgettingThatItForgot,
        NotNoticingErasure,
    ],
)
async def test_a_mistake_would_be_seen(world: World, flawed: type[Flawed]) -> None:
    mistaken = replace(world, tasks=cast("TaskRepository", flawed(world.tasks)))

    with pytest.raises(AssertionError, match=r"another|order|twice"):
        await proven(mistaken, times=10)


async def proven(world: World, times: int) -> None:
    for number in range(times):
        await prove(world, f"attempt {number}")
