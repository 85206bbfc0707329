"""Batches and their keys, when others write at the same time."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from psycopg import AsyncConnection

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import HostTransaction
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.errors import IdempotencyKeyInUse
from honeydo.application.ports import IdempotencyKey, Write
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.rows import act_as, somebody_waits
from tests.support.values import NOON
from tests.support.waiting import until

KEY = IdempotencyKey("monday", b"request", expired_before=NOON)


def new_task(owner: UserId) -> Task:
    return Task.create(id=uuid4(), owner=owner, title="Buy honey", now=NOON)


@pytest.fixture
async def first(url: str) -> AsyncIterator[AsyncConnection]:
    """The connection of who had the key first."""
    async with await AsyncConnection.connect(conninfo(url), autocommit=True) as connection:
        yield connection


async def test_who_gets_a_key_too_late_overwrites_nothing(
    repository: PostgresTasks, connection: AsyncConnection, first: AsyncConnection, ada: UserId
) -> None:
    task = await repository.add(new_task(ada))
    write = Write(task.edit(description="From the market.", now=NOON))

    async with connection.transaction():
        host = PostgresTasks(HostTransaction(connection).execute)
        edited = await host.save(task.edit(title="Buy wax", now=NOON))
        async with connection.transaction(force_rollback=True):
            # Until this is undone, nobody gets beyond asking for the key.
            await connection.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
            async with first.transaction():
                await first.execute(
                    "SELECT pg_advisory_xact_lock(hashtextextended(%s || E'\\nmonday', 0))", [ada]
                )
                late = asyncio.create_task(repository.write(ada, [write], NOON, key=KEY))
                await until(lambda: somebody_waits(connection))
        # Now the key is free, and the edit is not committed yet.
        await asyncio.wait([late], timeout=0.2)

    with pytest.raises(IdempotencyKeyInUse):
        await late
    assert await repository.get(ada, task.id) == edited


async def test_a_write_that_waits_for_its_user_holds_no_expired_key_meanwhile(
    repository: PostgresTasks, connection: AsyncConnection, ada: UserId
) -> None:
    await repository.write(ada, [Write(new_task(ada), is_new=True)], NOON, key=KEY)
    later = NOON + timedelta(days=2)
    again = replace(KEY, expired_before=later)

    async with connection.transaction():
        await act_as(connection, ada)
        await connection.execute("SELECT FROM users FOR UPDATE")
        writing = asyncio.create_task(
            repository.write(ada, [Write(new_task(ada), is_new=True)], later, key=again)
        )
        await until(lambda: somebody_waits(connection))
        # Or it and an erasure, which goes on to the keys, would wait for each other.
        await connection.execute("SELECT FROM idempotency_keys FOR UPDATE NOWAIT")

    assert await writing
