"""What an earlier version has stored is as good as new once the schema is this version's."""

from typing import Any
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import Engine, event

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.migrations import configuration, head, migrate
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.listing import Sort
from tests.support.determined import HandClock, counted_ids

TITLES = ["Émile", "emil", "Emile", "Buy honey"]


def store_in_the_first_schema(url: str) -> None:
    command.upgrade(configuration(url), "0001")
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute("SELECT set_config('honeydo.user_id', 'ada', true)")
        connection.execute("INSERT INTO users VALUES ('ada', NULL, 4, now(), now())")
        for revision, title in enumerate(TITLES, start=1):
            connection.execute(
                "INSERT INTO tasks (owner_id, id, title, created_at, updated_at, revision)"
                " VALUES ('ada', %s, %s, now(), now(), %s)",
                [uuid4(), title, revision],
            )


async def titles_by_page(tasks: Tasks) -> list[str]:
    found, after = [], None
    for _ in TITLES:
        page = await tasks.list("ada", sort=Sort("title", descending=False), limit=1, after=after)
        found += [task.title for task in page.tasks]
        after = page.next
    assert after is None
    return found


async def test_what_was_there_is_found_and_in_order(empty_database_url: str) -> None:
    store_in_the_first_schema(empty_database_url)
    migrate(empty_database_url)

    async with Database.at(empty_database_url) as database:
        tasks = Tasks.over(
            PostgresTasks(database.execute), clock=HandClock(), new_task_id=counted_ids()
        )
        assert await titles_by_page(tasks) == ["Buy honey", "emil", "Emile", "Émile"]
        assert [task.title for task in (await tasks.list("ada", q="ÉMI")).tasks] == ["Émile"]


@pytest.mark.parametrize(
    "interrupted",
    [
        "VALIDATE CONSTRAINT tasks_removed",
        "CREATE UNIQUE INDEX",
        "UPDATE tasks",
        "VALIDATE CONSTRAINT users_limits",
        "DROP CONSTRAINT IF EXISTS tasks_title",
    ],
)
def test_a_migration_that_was_interrupted_goes_on(
    empty_database_url: str, interrupted: str
) -> None:
    def interrupt(_: Any, __: Any, statement: str, *___: Any) -> None:
        if interrupted in statement:
            raise ConnectionError

    store_in_the_first_schema(empty_database_url)
    event.listen(Engine, "before_cursor_execute", interrupt)
    try:
        with pytest.raises(ConnectionError):
            migrate(empty_database_url)
    finally:
        event.remove(Engine, "before_cursor_execute", interrupt)

    migrate(empty_database_url)

    with psycopg.connect(conninfo(empty_database_url)) as connection:
        revisions = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    assert revisions == [(head(),)]
