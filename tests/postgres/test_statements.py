"""What a connection keeps between two runs."""

from collections.abc import AsyncIterator

import pytest

from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskIdTaken
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids

PREPARED = "SELECT count(*) FROM pg_prepared_statements"


@pytest.fixture
async def database(url: str, prepared_statements: bool) -> AsyncIterator[Database]:
    database = Database.at(url, pool_size=1, prepared_statements=prepared_statements)
    async with database:
        yield database


async def kept(database: Database) -> int:
    async with database.pool.connection() as connection:
        [(count,)] = await (await connection.execute(PREPARED)).fetchall()
    return int(count)


# What says who acts, and the four statements of the test.
@pytest.mark.parametrize(("prepared_statements", "statements"), [(True, 5), (False, 0)])
async def test_statements_are_kept_unless_they_must_not_be(
    database: Database, ada: UserId, statements: int
) -> None:
    tasks = Tasks.over(
        PostgresTasks(database.execute), clock=HandClock(), new_task_id=counted_ids()
    )

    honey = await tasks.create(ada, title="Buy honey")
    for _ in range(3):
        honey = await tasks.toggle(ada, honey.id)
    with pytest.raises(TaskIdTaken):
        await tasks.create(ada, title="Again", id=honey.id)

    assert (await tasks.list(ada)).tasks == [honey]
    assert await kept(database) == statements
