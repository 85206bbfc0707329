"""Hundreds of callers share a few connections, and each gets their own answer, whatever happens to
the others."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from random import Random
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.statements import Statement
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.errors import Unavailable
from honeydo.application.ports import Write
from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.listing import Listing
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.databases import connected, until_pipelined
from tests.support.gateway import gateway
from tests.support.rows import act_as
from tests.support.values import NOON
from tests.support.waiting import until

NEIGHBOURS = 300
CROWD = 1_200
WHO = b"SELECT current_setting('honeydo.user_id')"


def reading(sql: bytes) -> Statement:
    return Statement(b"test_" + uuid4().hex.encode(), sql, (), is_read=True)


def writing(sql: bytes) -> Statement:
    return replace(reading(sql), is_read=False)


def new_task(owner: UserId) -> Task:
    return Task.create(id=uuid4(), owner=owner, title=f"Task of {owner}", now=NOON)


@pytest.fixture
def pipeline() -> bool:
    return True


@pytest.fixture
def neighbours() -> list[UserId]:
    return [UserId(f"{number}-{uuid4().hex}") for number in range(NEIGHBOURS)]


@pytest.fixture
def crowd() -> list[UserId]:
    """More than are on their way at once."""
    return [UserId(f"{number}-{uuid4().hex}") for number in range(CROWD)]


@pytest.fixture
async def theirs(repository: PostgresTasks, neighbours: Sequence[UserId]) -> list[Task]:
    """A task of each neighbour."""
    return list(await asyncio.gather(*(repository.add(new_task(one)) for one in neighbours)))


async def test_many_callers_share_few_connections(
    database: Database, neighbours: Sequence[UserId]
) -> None:
    for_reads = await backends(database, reading, neighbours)
    for_writes = await backends(database, writing, neighbours)

    assert (len(for_reads), len(for_writes)) == (1, 1)
    assert not for_reads & for_writes


@pytest.mark.parametrize(
    "settings", [{"pipeline": False}, {"prepared_statements": False}, {"pool_size": 3}], ids=repr
)
def test_it_is_off_where_it_is_not_wanted_or_cannot_be(url: str, settings: dict[str, Any]) -> None:
    assert Database.at(url).pipeline
    assert not Database.at(url, **settings).pipeline


async def backends(
    database: Database, kind: Callable[[bytes], Statement], users: Sequence[UserId]
) -> set[int]:
    """The server's processes that such statements run in."""
    asked = kind(b"SELECT pg_backend_pid()"), ()
    pids = await asyncio.gather(*(database.execute(user, asked) for user in users[:40]))
    return {pid for [[pid]] in pids}


async def test_what_is_known_to_be_slow_has_a_connection_to_itself(
    database: Database, neighbours: Sequence[UserId]
) -> None:
    shared = await backends(database, reading, neighbours)

    slow = await backends(database, lambda sql: replace(reading(sql), is_slow=True), neighbours)

    assert not slow & shared


async def test_each_acts_for_themself_alone(
    database: Database, neighbours: Sequence[UserId]
) -> None:
    who = b"SELECT current_setting('honeydo.user_id')"
    for statement in (reading(who), writing(who)):
        told = await asyncio.gather(*(database.execute(one, (statement, ())) for one in neighbours))
        assert [name for [[name]] in told] == neighbours


async def test_everybody_gets_their_own_answers(
    repository: PostgresTasks, theirs: Sequence[Task]
) -> None:
    async def visit(task: Task) -> None:
        assert await repository.get(task.owner, task.id) == task
        saved = await repository.save(task.complete(NOON))
        assert saved == replace(task.complete(NOON), revision=2)
        added = await repository.add(new_task(task.owner))
        assert added.revision == 3
        page = await repository.page(task.owner, Listing())
        assert {one.id: one for one in page.tasks} == {task.id: saved, added.id: added}

    await asyncio.gather(*map(visit, theirs))


async def test_what_is_larger_than_any_buffer_arrives(database: Database, ada: UserId) -> None:
    length = reading(b"SELECT length($1::text)")

    assert await database.execute(ada, (length, ["x" * 10_000_000])) == [(10_000_000,)]


async def test_several_steps_are_one_transaction(
    database: Database, repository: PostgresTasks, ada: UserId
) -> None:
    await repository.add(new_task(ada))
    rename = writing(b"UPDATE tasks SET title = $1::text RETURNING title")
    fail = writing(b"SELECT 1 / ($1::text)::int")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await database.execute(ada, (rename, ["Half-done"]), (fail, ["0"]))
    rows = await database.execute(ada, (rename, ["First"]), (rename, ["Second"]))

    assert rows == [("Second",)]
    [task] = (await repository.page(ada, Listing())).tasks
    assert (task.title, task.revision) == ("Second", 1)


@pytest.mark.parametrize("fails", [reading, writing])
@pytest.mark.parametrize(
    ("sql", "value", "error"),
    [
        (b"SELECT 1 / ($1::text)::int", "0", psycopg.errors.DivisionByZero),
        (b"SELEC $1::text", "0", psycopg.errors.SyntaxError),
        (b"SELECT $1::text", "\0", psycopg.DataError),
        (b"SELECT 'infinity'::timestamptz, $1::text", "", psycopg.DataError),
    ],
    ids=["carried out", "prepared", "sent", "read"],
)
async def test_what_cannot_be_fails_its_own_caller_alone(
    database: Database,
    repository: PostgresTasks,
    theirs: Sequence[Task],
    ada: UserId,
    fails: Callable[[bytes], Statement],
    sql: bytes,
    value: str,
    error: type[Exception],
) -> None:
    bad = fails(sql)

    async def visit(task: Task) -> tuple[Task | None, Task]:
        found = repository.get(task.owner, task.id)
        added = repository.add(new_task(task.owner))
        return await asyncio.gather(found, added)

    async def defect() -> None:
        for _ in range(2):
            with pytest.raises(error):
                await database.execute(ada, (bad, [value]))

    half = NEIGHBOURS // 2
    visits = [asyncio.create_task(visit(task)) for task in theirs[:half]]
    defects = asyncio.create_task(defect())
    visits += [asyncio.create_task(visit(task)) for task in theirs[half:]]

    answers = await asyncio.gather(*visits)
    await defects
    assert [found for found, _ in answers] == theirs
    assert all(added.revision == 2 for _, added in answers)


async def test_a_taken_id_is_refused_among_many_that_are_not(
    repository: PostgresTasks, theirs: Sequence[Task], ada: UserId
) -> None:
    hers = await repository.add(new_task(ada))

    *added, refused = await asyncio.gather(
        *(repository.add(new_task(task.owner)) for task in theirs),
        repository.add(hers),
        return_exceptions=True,
    )

    assert isinstance(refused, TaskIdTaken)
    assert all(isinstance(task, Task) and task.revision == 2 for task in added)


@pytest.fixture
async def remembering(database_url: str) -> str:
    """A database that remembers whose writes each transaction has made, in their order."""
    await administrate(
        database_url,
        b"CREATE TABLE memory (place bigserial, transaction xid8, owner text);"
        + at_every_write(
            b"INSERT INTO memory (transaction, owner) VALUES (pg_current_xact_id(), NEW.owner_id);"
        ),
    )
    return database_url


async def test_writes_of_many_are_committed_together_in_one_order_of_owners(
    remembering: str, neighbours: Sequence[UserId]
) -> None:
    async with connected(remembering) as database:
        repository = PostgresTasks(database.execute)
        random = Random(42)  # noqa: S311 - any order
        for _ in range(3):
            random.shuffle(owners := [*neighbours])
            await asyncio.gather(*(repository.add(new_task(owner)) for owner in owners))

        together = b"SELECT array_agg(owner ORDER BY place) FROM memory GROUP BY transaction"
        transactions = [owners for [owners] in await recorded(remembering, together)]

    assert sorted(owner for owners in transactions for owner in owners) == sorted([*neighbours] * 3)
    assert len(transactions) < NEIGHBOURS * 3 / 10
    assert max(map(len, transactions)) <= 32
    assert all(owners == sorted(owners) for owners in transactions)


async def test_writes_that_come_while_others_are_committed_are_committed_together(
    remembering: str, neighbours: Sequence[UserId], ada: UserId
) -> None:
    async with connected(remembering) as database:
        repository = PostgresTasks(database.execute)
        resting = writing(b"SELECT pg_sleep(0.09)::text")
        rest = asyncio.create_task(database.execute(ada, (resting, ())))
        adding = []
        for owner in neighbours[:20]:
            await asyncio.sleep(0)
            adding.append(asyncio.create_task(repository.add(new_task(owner))))
        await asyncio.gather(rest, *adding)

        assert await recorded(remembering, b"SELECT count(DISTINCT transaction) FROM memory") == [
            (1,)
        ]


async def test_who_is_refused_again_and_again_has_their_neighbours_write_twice_but_once(
    remembering: str, neighbours: Sequence[UserId], ada: UserId
) -> None:
    async with connected(remembering) as database:
        repository = PostgresTasks(database.execute)
        hers = await repository.add(new_task(ada))

        async def written_for_nothing() -> int:
            """How often a row was written in a transaction that was undone."""
            before = await written()
            adding = [repository.add(new_task(owner)) for owner in neighbours[:20]]
            *_, refused = await asyncio.gather(
                *adding, repository.add(hers), return_exceptions=True
            )
            assert isinstance(refused, TaskIdTaken)
            return await written() - before - len(adding)

        async def written() -> int:
            # A sequence counts on, whatever is undone.
            last = b"SELECT last_value FROM memory_place_seq"
            [[count]] = await recorded(remembering, last)
            return int(count)

        assert await written_for_nothing() > 2
        assert [await written_for_nothing() for _ in range(3)] == [1, 1, 1]


async def test_what_is_done_in_several_steps_is_committed_by_itself(
    remembering: str, neighbours: Sequence[UserId]
) -> None:
    async with connected(remembering) as database:
        repository = PostgresTasks(database.execute)

        async def write(owner: UserId) -> None:
            await repository.write(owner, [Write(new_task(owner), is_new=True)], NOON)

        await asyncio.gather(*map(write, neighbours))

        assert await recorded(remembering, b"SELECT count(DISTINCT transaction) FROM memory") == [
            (NEIGHBOURS,)
        ]


@pytest.fixture
async def failing_commits(database_url: str) -> str:
    """A database in which tasks called Late are refused as late as PostgreSQL can."""
    await administrate(
        database_url,
        b"CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql"
        b" AS $$ BEGIN RAISE check_violation; END $$;"
        b"CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON tasks DEFERRABLE INITIALLY DEFERRED"
        b" FOR EACH ROW WHEN (NEW.title = 'Late') EXECUTE FUNCTION refuse()",
    )
    return database_url


@pytest.mark.parametrize("is_pipelined", [True, False])
async def test_what_is_not_committed_is_not_acknowledged(
    failing_commits: str, is_pipelined: bool, ada: UserId, bob: UserId
) -> None:
    async with connected(failing_commits, pipeline=is_pipelined) as database:
        repository = PostgresTasks(database.execute)
        late = replace(new_task(ada), title="Late")

        refused, stored = await asyncio.gather(
            repository.add(late), repository.add(new_task(bob)), return_exceptions=True
        )

        assert isinstance(refused, psycopg.errors.CheckViolation)
        assert isinstance(stored, Task)
        assert await repository.get(ada, late.id) is None
        assert await repository.get(bob, stored.id) == stored
        assert (await repository.add(new_task(ada))).revision == 1


@pytest.mark.parametrize("kind", [reading, writing])
async def test_nothing_holds_up_others_for_long(
    database: Database, ada: UserId, kind: Callable[[bytes], Statement]
) -> None:
    limits = kind(b"SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")

    assert await database.execute(ada, (limits, ())) == [("100ms", "10ms")]


async def test_a_locked_row_among_hundreds_holds_up_its_owner_alone(
    database: Database,
    repository: PostgresTasks,
    connection: AsyncConnection,
    theirs: Sequence[Task],
    ada: UserId,
) -> None:
    hers = await repository.add(new_task(ada))

    async def visit(task: Task) -> Task | None:
        assert await repository.get(task.owner, task.id) == task
        return await repository.save(task.complete(NOON))

    async with connection.transaction():
        await act_as(connection, ada)
        await connection.execute("SELECT FROM users FOR UPDATE")
        visits = [asyncio.create_task(visit(task)) for task in theirs[:100]]
        waiting = [asyncio.create_task(repository.add(new_task(ada))) for _ in range(20)]
        visits += [asyncio.create_task(visit(task)) for task in theirs[100:]]

        saved = await asyncio.gather(*visits)
        assert all(task and task.revision == 2 for task in saved)
        assert await repository.get(ada, hers.id) == hers
        assert not any(write.done() and not write.exception() for write in waiting)
        assert not takes(database, ada)

    outcomes = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {Task, Unavailable}
    added = [outcome for outcome in outcomes if isinstance(outcome, Task)]
    next_revision = 2 + len(added)
    assert sorted(task.revision for task in added) == list(range(2, next_revision))
    assert takes(database, ada)
    assert (await repository.add(new_task(ada))).revision == next_revision


async def test_whose_row_is_locked_stays_apart_when_one_of_their_calls_gives_up(
    database: Database, repository: PostgresTasks, connection: AsyncConnection, ada: UserId
) -> None:
    await repository.add(new_task(ada))

    async def is_apart() -> bool:
        return not takes(database, ada)

    async with connection.transaction():
        await act_as(connection, ada)
        await connection.execute("SELECT FROM users FOR UPDATE")
        waiting = [asyncio.create_task(repository.add(new_task(ada))) for _ in range(2)]
        await until(is_apart)
        waiting[1].cancel()
        await asyncio.wait(waiting[1:])

        assert not takes(database, ada)

    assert await waiting[0]
    assert takes(database, ada)


def takes(database: Database, user: UserId) -> bool:
    """Whether the shared connection for writes is open to the user."""
    assert database.pipeline
    lane = database.pipeline._lanes.get(False)
    return lane is not None and lane.takes(user)


@pytest.mark.parametrize("slow", [reading, writing])
async def test_a_slow_statement_among_hundreds_holds_up_its_caller_alone(
    database: Database,
    repository: PostgresTasks,
    theirs: Sequence[Task],
    ada: UserId,
    slow: Callable[[bytes], Statement],
) -> None:
    statement = slow(b"SELECT current_setting('honeydo.user_id'), pg_sleep(2)::text")

    before = [asyncio.create_task(repository.get(task.owner, task.id)) for task in theirs]
    sleeping = asyncio.create_task(database.execute(ada, (statement, ())))
    after = [asyncio.create_task(repository.add(new_task(task.owner))) for task in theirs]

    assert await asyncio.gather(*before) == theirs
    assert all(task.revision == 2 for task in await asyncio.gather(*after))
    assert not sleeping.done()
    assert await sleeping == [(ada, "")]


async def test_who_hangs_up_before_it_is_sent_has_written_nothing(
    repository: PostgresTasks, ada: UserId
) -> None:
    hers = await repository.add(new_task(ada))
    edits = [asyncio.create_task(repository.save(hers.complete(NOON))) for _ in range(50)]
    await asyncio.sleep(0)
    for edit in edits:
        edit.cancel()
    await asyncio.wait(edits)

    assert await repository.get(ada, hers.id) == hers


async def test_whoever_hangs_up_on_a_write_the_others_have_theirs(
    repository: PostgresTasks, theirs: Sequence[Task]
) -> None:
    random = Random(42)  # noqa: S311 - to hang up at different moments
    saves = [asyncio.create_task(repository.save(task.complete(NOON))) for task in theirs]
    for save in saves:
        if random.random() < 0.3:
            asyncio.get_running_loop().call_later(random.uniform(0, 0.05), save.cancel)
    await asyncio.wait(saves)

    hung_up = [save.cancelled() for save in saves]
    assert True in hung_up
    for task, save in zip(theirs, saves, strict=True):
        found = await repository.get(task.owner, task.id)
        done = replace(task.complete(NOON), revision=2)
        assert found in [task, done] if save.cancelled() else found == await save == done


@pytest.fixture
async def leisurely(database_url: str) -> str:
    """A database that takes its time for every write, so that hundreds are on their way."""
    await administrate(database_url, at_every_write(b"PERFORM pg_sleep(0.01);"))
    return database_url


async def test_of_hundreds_on_a_connection_that_ends_nobody_is_told_a_lie(
    leisurely: str, neighbours: Sequence[UserId]
) -> None:
    async with (
        connected(leisurely) as database,
        await AsyncConnection.connect(conninfo(leisurely), autocommit=True) as operator,
    ):
        repository = PostgresTasks(database.execute)
        shared = [
            pid for kind in (reading, writing) for pid in await backends(database, kind, neighbours)
        ]
        theirs = [new_task(owner) for owner in neighbours]
        adding = [asyncio.create_task(repository.add(task)) for task in theirs]
        await asyncio.wait(adding, return_when=asyncio.FIRST_COMPLETED)
        lists = [asyncio.create_task(repository.page(one, Listing())) for one in neighbours]
        await asyncio.sleep(0)
        await operator.execute("SELECT pg_terminate_backend(unnest(%s), 5000)", [shared])

        outcomes = await asyncio.gather(*adding, return_exceptions=True)
        await asyncio.gather(*lists)

        assert {type(outcome) for outcome in outcomes} == {Task, Unavailable}
        # Not only what was being carried out, but what was on its way behind it, too.
        assert sum(isinstance(outcome, Unavailable) for outcome in outcomes) > 2 * len(shared)
        for task, outcome in zip(theirs, outcomes, strict=True):
            found = await repository.get(task.owner, task.id)
            stored = replace(task, revision=1)
            assert found in [stored, None] if isinstance(outcome, Unavailable) else found == outcome

        await until_pipelined(database)
        again = [new_task(task.owner) for task in theirs[:40]]
        assert all(await asyncio.gather(*map(repository.add, again)))


async def test_of_hundreds_on_a_connection_that_falls_silent_none_waits_for_good(
    url: str, neighbours: Sequence[UserId]
) -> None:
    async with gateway(url) as way, connected(way.url, timeout=0.5) as database:
        repository = PostgresTasks(database.execute)
        theirs = await asyncio.gather(*(repository.add(new_task(one)) for one in neighbours))

        way.open.clear()
        outcomes = await asyncio.gather(
            *(repository.get(task.owner, task.id) for task in theirs),
            *(repository.save(task.complete(NOON)) for task in theirs),
            return_exceptions=True,
        )
        assert {type(outcome) for outcome in outcomes} == {Unavailable}

        way.open.set()
        await until_pipelined(database)
        found = await asyncio.gather(*(repository.get(task.owner, task.id) for task in theirs))
        for task, now in zip(theirs, found, strict=True):
            assert now in [task, replace(task.complete(NOON), revision=2)]


async def test_reads_on_a_connection_that_ends_are_answered_by_another(
    database: Database,
    repository: PostgresTasks,
    connection: AsyncConnection,
    theirs: Sequence[Task],
    ada: UserId,
) -> None:
    shared = await backends(database, reading, [task.owner for task in theirs])
    resting = reading(b"SELECT pg_sleep(0.09)::text")

    rest = asyncio.create_task(database.execute(ada, (resting, ())))
    reads = [asyncio.create_task(repository.get(task.owner, task.id)) for task in theirs]
    await asyncio.sleep(0)
    await connection.execute("SELECT pg_terminate_backend(unnest(%s), 5000)", [[*shared]])

    assert await rest == [("",)]
    assert await asyncio.gather(*reads) == theirs


async def test_reads_on_a_connection_that_is_cut_are_answered_by_another(
    url: str, neighbours: Sequence[UserId]
) -> None:
    async with gateway(url) as way, connected(way.url) as database:
        repository = PostgresTasks(database.execute)
        theirs = [await repository.add(new_task(one)) for one in neighbours[:40]]

        way.open.clear()
        reads = [asyncio.create_task(repository.get(task.owner, task.id)) for task in theirs]
        writes = [asyncio.create_task(repository.save(task.complete(NOON))) for task in theirs]
        await asyncio.sleep(0.05)
        way.cut()
        way.open.set()

        assert await asyncio.gather(*reads) == theirs
        outcomes = await asyncio.gather(*writes, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {Unavailable}


# What PgBouncer says when it has lost the server that it passed a transaction on to.
SERVER_LOST = b"SFATAL\0VFATAL\0C08P01\0Mserver conn crashed?\0\0"


async def test_what_a_pooler_says_of_a_server_that_it_lost_does_not_tell_what_was_committed(
    url: str, repository: PostgresTasks, ada: UserId, bob: UserId
) -> None:
    theirs = [await repository.add(new_task(owner)) for owner in (ada, bob)]

    async def are_saved() -> bool:
        found = [await repository.get(task.owner, task.id) for task in theirs]
        return all(task and task.is_completed for task in found)

    async with gateway(url) as way, connected(way.url) as database:
        behind_it = PostgresTasks(database.execute)
        way.answering.clear()
        saving = [asyncio.create_task(behind_it.save(task.complete(NOON))) for task in theirs]
        await until(are_saved)
        way.cut(b"E" + (len(SERVER_LOST) + 4).to_bytes(4, "big") + SERVER_LOST)
        way.answering.set()

        outcomes = await asyncio.gather(*saving, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} == {Unavailable}


async def test_of_hundreds_that_are_half_sent_when_the_connection_is_cut_none_waits_for_good(
    url: str, neighbours: Sequence[UserId]
) -> None:
    async with gateway(url) as way, connected(way.url) as database:
        assert database.pipeline
        lane = database.pipeline._lanes[False]
        repository = PostgresTasks(database.execute)
        way.open.clear()
        long = [replace(new_task(one), description="\N{HONEY POT}" * 10_000) for one in neighbours]
        adding = [asyncio.create_task(repository.add(task)) for task in long]
        await asyncio.sleep(0.1)
        assert lane._pgconn.flush() == 1
        way.cut()
        way.open.set()

        async with asyncio.timeout(10):
            outcomes = await asyncio.gather(*adding, return_exceptions=True)

    assert {type(outcome) for outcome in outcomes} <= {Task, Unavailable}
    assert Unavailable in {type(outcome) for outcome in outcomes}


async def test_who_still_waits_when_the_database_is_closed_is_told(url: str, ada: UserId) -> None:
    async with connected(url) as database:
        waiting = [
            asyncio.create_task(database.execute(ada, (kind(b"SELECT pg_sleep(0.09)::text"), ())))
            for kind in (writing, reading)
        ]
        await asyncio.sleep(0.02)

    async with asyncio.timeout(2):
        written, read = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(written, Unavailable)
    # Another connection may still have answered.
    assert isinstance(read, Unavailable) or read == [("",)]


async def test_a_database_that_is_closed_leaves_nothing_in_the_event_loop(url: str) -> None:
    async with connected(url) as database:
        assert database.pipeline
        sockets = [lane._socket for lane in database.pipeline._lanes.values()]

    assert not any(map(asyncio.get_running_loop().remove_reader, sockets))


async def test_a_server_that_comes_up_later_is_found(url: str, ada: UserId) -> None:
    async with gateway(url) as way:
        pass
    async with Database.at(way.url) as database:
        with pytest.raises(Unavailable):
            await PostgresTasks(database.execute).add(new_task(ada))

        async with gateway(url, way.port):
            await until_pipelined(database)
            assert await PostgresTasks(database.execute).add(new_task(ada))


@asynccontextmanager
async def nothing_elsewhere(database: Database) -> AsyncIterator[None]:
    """The pool has no connection to give."""
    async with AsyncExitStack() as taken:
        for _ in range(database.pool.max_size):
            await taken.enter_async_context(database.pool.connection())
        yield


async def ask(database: Database, users: Sequence[UserId], statement: Statement) -> None:
    """As each user at once; whoever is turned away fails the test."""
    told = await asyncio.gather(*(database.execute(user, (statement, ())) for user in users))
    assert [name for [[name]] in told] == users


@pytest.mark.parametrize("kind", [reading, writing])
async def test_a_crowd_is_answered_without_any_other_connection(
    database: Database, crowd: Sequence[UserId], kind: Callable[[bytes], Statement]
) -> None:
    async with nothing_elsewhere(database):
        await ask(database, crowd, kind(WHO))


async def test_a_crowd_does_not_mind_that_another_one_failed(
    database: Database, crowd: Sequence[UserId], ada: UserId
) -> None:
    failing, who = reading(b"SELECT 1 / 0"), reading(WHO)
    await ask(database, crowd[:1], who)

    async with nothing_elsewhere(database):
        bad = asyncio.create_task(database.execute(ada, (failing, ())))
        await ask(database, crowd, who)
        with pytest.raises(psycopg.errors.DivisionByZero):
            await bad


async def test_a_crowd_that_is_late_waits_where_it_is(
    database: Database, crowd: Sequence[UserId], connection: AsyncConnection
) -> None:
    locking = replace(reading(b"SELECT pg_advisory_xact_lock(42)::text"), is_slow=True)
    pausing, quick = writing(b"SELECT pg_sleep(0.05)::text"), writing(WHO)
    statements = [locking] * database.pool.max_size + [pausing] * 10 + [quick] * 200

    async with connection.transaction():
        await connection.execute("SELECT pg_advisory_xact_lock(42)")
        others = [
            asyncio.create_task(database.execute(user, (statement, ())))
            for user, statement in zip(crowd, statements, strict=False)
        ]
        await asyncio.sleep(0.04)
        await ask(database, crowd[-200:], quick)
    await asyncio.gather(*others)


async def test_who_cannot_even_be_sent_for_a_second_is_turned_away(
    database: Database, crowd: Sequence[UserId]
) -> None:
    pausing = reading(b"SELECT pg_sleep(0.05)::text")
    asked = [asyncio.create_task(database.execute(user, (pausing, ()))) for user in crowd]

    with pytest.raises(Unavailable):
        await asked[-1]

    for each in asked:
        each.cancel()
    await asyncio.wait(asked)


async def test_more_than_fit_are_answered_or_turned_away(
    repository: PostgresTasks, theirs: Sequence[Task]
) -> None:
    outcomes = await asyncio.gather(
        *(repository.get(task.owner, task.id) for _ in range(20) for task in theirs),
        return_exceptions=True,
    )

    answered = 0
    for task, outcome in zip([*theirs] * 20, outcomes, strict=True):
        if not isinstance(outcome, Unavailable):
            answered += 1
            assert outcome == task
    assert answered > NEIGHBOURS


async def test_what_could_not_be_prepared_behind_an_error_is_prepared_later(
    database: Database, neighbours: Sequence[UserId], ada: UserId
) -> None:
    failing = reading(b"SELECT pg_sleep(0.05)::text, 1 / 0")
    who = reading(b"SELECT current_setting('honeydo.user_id')")

    failed = asyncio.create_task(database.execute(ada, (failing, ())))
    asked = []
    for _ in range(3):
        asked += [asyncio.create_task(database.execute(one, (who, ()))) for one in neighbours]
        await asyncio.sleep(0.01)

    assert [name for [[name]] in await asyncio.gather(*asked)] == [*neighbours] * 3
    with pytest.raises(psycopg.errors.DivisionByZero):
        await failed
    assert await database.execute(ada, (who, ())) == [(ada,)]


async def test_what_is_prepared_again_while_its_absence_is_still_told_is_of_no_harm(
    url: str, neighbours: Sequence[UserId], ada: UserId
) -> None:
    failing = reading(b"SELECT 1 / length(pg_sleep(0.05)::text)")
    pausing, who = reading(b"SELECT pg_sleep(0.05)::text"), reading(WHO)

    async with connected(url) as database:
        failed = asyncio.create_task(database.execute(ada, (failing, ())))
        asked = [asyncio.create_task(database.execute(neighbours[0], (who, ())))]
        await asyncio.sleep(0.01)
        asked += [asyncio.create_task(database.execute(neighbours[1], (who, ())))]
        await asyncio.sleep(0.01)
        pause = asyncio.create_task(database.execute(neighbours[2], (pausing, ())))
        asked += [asyncio.create_task(database.execute(neighbours[3], (who, ())))]
        for one in neighbours[4:104]:
            await asyncio.sleep(0.001)
            asked += [asyncio.create_task(database.execute(one, (who, ())))]

        told = [name for [[name]] in await asyncio.gather(*asked)]
        assert told == [*neighbours[:2], *neighbours[3:104]]
        await pause
        with pytest.raises(psycopg.errors.DivisionByZero):
            await failed


def at_every_write(statements: bytes) -> bytes:
    """SQL that has them executed before a task is written."""
    return (
        b"CREATE FUNCTION at_every_write() RETURNS trigger LANGUAGE plpgsql"
        b" AS $$ BEGIN %b RETURN NEW; END $$;"
        b"CREATE TRIGGER at_every_write BEFORE INSERT OR UPDATE ON tasks"
        b" FOR EACH ROW EXECUTE FUNCTION at_every_write()" % statements
    )


async def administrate(url: str, sql: bytes) -> None:
    async with await AsyncConnection[TupleRow].connect(conninfo(url), autocommit=True) as owner:
        await owner.execute(sql)


async def recorded(url: str, sql: bytes) -> list[TupleRow]:
    async with await AsyncConnection[TupleRow].connect(conninfo(url)) as connection:
        cursor = await connection.execute(sql)
        return await cursor.fetchall()
