"""In a host's own transaction, what is written takes effect with the host's work, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow, dict_row

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import HostTransaction
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.errors import RevisionMismatch, Unavailable
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskIdTaken, TaskNotFound
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids
from tests.support.rows import act_as, somebody_waits, stored_user
from tests.support.waiting import until

Host = AsyncConnection[TupleRow]


@pytest.fixture
async def host(url: str) -> AsyncIterator[Host]:
    """A host's connection, which commits when told to."""
    async with await AsyncConnection.connect(conninfo(url)) as host:
        yield host
        if not host.broken:
            await host.rollback()


def tasks_within(host: AsyncConnection[TupleRow]) -> Tasks:
    repository = PostgresTasks(HostTransaction(host).execute)
    return Tasks.over(repository, clock=HandClock(), new_task_id=counted_ids())


async def work(host: Host) -> None:
    """The host's own work, whose result its transaction sees."""
    await host.execute("CREATE TEMPORARY TABLE IF NOT EXISTS work (done int)")
    await host.execute("INSERT INTO work VALUES (1)")


async def work_done(host: Host) -> int:
    exists = await host.execute("SELECT to_regclass('pg_temp.work') IS NOT NULL")
    if await exists.fetchone() == (False,):
        return 0
    done = await host.execute("SELECT count(*) FROM work")
    [[count]] = await done.fetchall()
    assert isinstance(count, int)
    return count


async def test_what_the_host_commits_is_kept(host: Host, tasks: Tasks, ada: UserId) -> None:
    await work(host)
    task = await tasks_within(host).create(ada, title="Buy honey")

    with pytest.raises(TaskNotFound):
        await tasks.get(ada, task.id)
    await host.commit()

    assert await tasks.get(ada, task.id) == task
    assert await work_done(host) == 1


async def test_what_the_host_rolls_back_never_was(host: Host, tasks: Tasks, ada: UserId) -> None:
    hers = await tasks.create(ada, title="Buy honey", id=uuid4())
    await work(host)
    within = tasks_within(host)
    await within.create(ada, title="Buy wax", email="ada@example.org")
    await within.toggle(ada, hers.id)

    await host.rollback()

    assert list((await tasks.list(ada)).tasks) == [hers]
    assert await stored_user(host, ada) == (None, 1)
    assert await work_done(host) == 0


async def test_our_write_may_be_the_first_of_the_hosts_transaction(
    host: Host, tasks: Tasks, ada: UserId
) -> None:
    await tasks_within(host).create(ada, title="Buy honey")

    await host.rollback()

    assert list((await tasks.list(ada)).tasks) == []


async def test_a_host_may_say_where_its_transaction_begins_and_ends(
    connection: Host, tasks: Tasks, ada: UserId
) -> None:
    within = tasks_within(connection)

    async with connection.transaction(force_rollback=True):
        await within.create(ada, title="Undone")
    async with connection.transaction():
        kept = await within.create(ada, title="Kept")

    assert [task.title for task in (await tasks.list(ada)).tasks] == [kept.title]


async def test_without_a_transaction_each_write_takes_effect_at_once(
    connection: Host, tasks: Tasks, ada: UserId
) -> None:
    task = await tasks_within(connection).create(ada, title="Buy honey")

    assert await tasks.get(ada, task.id) == task


async def test_a_refusal_undoes_nothing_of_the_hosts_work(
    host: Host, tasks: Tasks, ada: UserId
) -> None:
    hers = await tasks.create(ada, title="Buy honey", id=uuid4())
    within = tasks_within(host)
    await work(host)
    wax = await within.create(ada, title="Buy wax")

    with pytest.raises(TaskIdTaken):
        await within.create(ada, title="Taken", id=hers.id, email="ada@example.org")
    with pytest.raises(TaskNotFound):
        await within.toggle(ada, UUID(int=404))
    assert await work_done(host) == 1
    await host.commit()

    assert {task.id for task in (await tasks.list(ada)).tasks} == {hers.id, wax.id}
    assert await stored_user(host, ada) == (None, 2)


async def test_who_waited_for_the_host_overwrites_nothing(
    host: Host, tasks: Tasks, ada: UserId
) -> None:
    task = await tasks.create(ada, title="Buy honey")
    edited = await tasks_within(host).edit(ada, task.id, title="Buy wax")

    waiting = asyncio.create_task(
        tasks.edit(ada, task.id, title="Buy bread", if_match=[task.revision])
    )
    await until(lambda: somebody_waits(host))
    await host.commit()

    with pytest.raises(RevisionMismatch):
        await waiting
    assert await tasks.get(ada, task.id) == edited


async def test_the_user_is_forgotten_with_the_transaction(host: Host, ada: UserId) -> None:
    await tasks_within(host).create(ada, title="Buy honey")
    await host.commit()

    setting = await host.execute("SELECT current_setting('honeydo.user_id', true)")
    count = await host.execute("SELECT count(*) FROM tasks")

    assert await setting.fetchone() in [("",), (None,)]
    assert await count.fetchone() == (0,)


async def test_what_the_host_does_next_is_not_done_for_the_user(
    host: Host, ada: UserId, bob: UserId
) -> None:
    within = tasks_within(host)
    await within.create(ada, title="Buy honey")
    await act_as(host, bob)

    await within.list(ada)
    with pytest.raises(TaskNotFound):
        await within.get(ada, uuid4())

    setting = await host.execute("SELECT current_setting('honeydo.user_id')")
    assert await setting.fetchone() == (bob,)


async def test_users_take_turns_in_one_transaction(host: Host, ada: UserId, bob: UserId) -> None:
    within = tasks_within(host)
    hers = await within.create(ada, title="Buy honey", id=UUID(int=42))
    his = await within.create(bob, title="Sell honey", id=UUID(int=42))

    assert await within.get(ada, UUID(int=42)) == hers
    assert await within.get(bob, UUID(int=42)) == his


async def test_the_host_may_have_its_own_ways_with_rows_and_times(url: str, ada: UserId) -> None:
    async with await AsyncConnection.connect(
        conninfo(url), row_factory=dict_row, options="-c timezone=Asia/Tokyo", prepare_threshold=0
    ) as host:
        within = tasks_within(host)  # type: ignore[arg-type]
        task = await within.create(ada, title="Buy honey", is_completed=True)

        assert await within.get(ada, task.id) == task
        now = await (await host.execute("SELECT now() AS now")).fetchone()
        assert now
        assert str(now["now"].tzinfo) == "Asia/Tokyo"
        await host.rollback()


async def test_a_host_whose_connection_ended_is_told_so(
    host: Host, connection: Host, ada: UserId
) -> None:
    within = tasks_within(host)
    await within.create(ada, title="Buy honey")
    await connection.execute("SELECT pg_terminate_backend(%s, 5000)", [host.info.backend_pid])

    for _ in range(2):
        with pytest.raises(Unavailable):
            await within.list(ada)


async def test_calls_at_once_take_turns(host: Host, ada: UserId) -> None:
    within = tasks_within(host)

    created = await asyncio.gather(*(within.create(ada, title=f"{n}") for n in range(8)))

    assert sorted(task.revision for task in created) == list(range(1, 9))
    assert await stored_user(host, ada) == (None, 8)


async def test_calls_at_once_take_turns_whichever_value_they_are_made_on(
    host: Host, ada: UserId, bob: UserId
) -> None:
    hers = [tasks_within(host).create(ada, title=f"{n}", id=uuid4()) for n in range(4)]
    his = [tasks_within(host).create(bob, title=f"{n}", id=uuid4()) for n in range(4)]

    created = await asyncio.gather(*hers, *his)

    assert sorted(task.revision for task in created) == [1, 1, 2, 2, 3, 3, 4, 4]
