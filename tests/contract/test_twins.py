"""Memory and PostgreSQL cannot be told apart: whatever several users do, and in whatever order, has
equal results and equal errors in both."""

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    multiple,
    rule,
    run_state_machine_as_test,
)

from honeydo.adapters.memory import MemoryTasks
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import HoneydoError
from honeydo.domain.listing import Cursor, Page
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids
from tests.support.rows import stored_user
from tests.support.values import descriptions, titles

NAMES = ["ada", "bob", "eve"]

names = st.sampled_from([*NAMES, "\0"])
# Few, so that users bring ids that are taken, by themselves or others, or made by us later.
ids = st.integers(1, 8).map(lambda number: UUID(int=number))
any_titles = titles | st.sampled_from(["", " ", "\0", "x" * 256])
any_descriptions = st.none() | descriptions | st.sampled_from(["", "\0", "x" * 10_001])
emails = st.none() | st.sampled_from(["", "ada@example.org", "office@example.org"])


class Twins(RuleBasedStateMachine):
    cursors: Bundle[Cursor] = Bundle("cursors")

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner = runner
        self.database = database
        self.clock = HandClock()
        self.memory = MemoryTasks()
        self.twins = [
            Tasks.over(tasks, clock=self.clock, new_task_id=counted_ids())
            for tasks in (self.memory, PostgresTasks(database.execute))
        ]
        self.example = uuid4().hex

    def user(self, name: str) -> str:
        """The user of this name in this example: a fresh one."""
        return f"{name}-{self.example}"

    def both(self, use_case: str, name: str, *values: Any, **named: Any) -> object:
        """What both twins answer, or raise."""
        in_memory, in_postgres = (
            self.runner.run(outcome(getattr(twin, use_case)(self.user(name), *values, **named)))
            for twin in self.twins
        )
        assert in_memory == in_postgres
        return in_memory

    @rule(seconds=st.sampled_from([-5, 0.000_001, 1, 3_600]))
    def time_passes(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @rule(
        name=names,
        values=st.fixed_dictionaries(
            {"title": any_titles},
            optional={
                "description": any_descriptions,
                "is_completed": st.booleans(),
                "id": st.none() | ids,
                "email": emails,
            },
        ),
    )
    def create(self, name: str, values: dict[str, Any]) -> None:
        self.both("create", name, **values)

    @rule(
        name=names,
        id=ids,
        values=st.fixed_dictionaries(
            {},
            optional={
                "title": any_titles,
                "description": any_descriptions,
                "is_completed": st.booleans(),
            },
        ),
    )
    def edit(self, name: str, id: UUID, values: dict[str, Any]) -> None:
        self.both("edit", name, id, **values)

    @rule(
        use_case=st.sampled_from(["get", "complete", "reopen", "toggle", "delete"]),
        name=names,
        id=ids,
    )
    def touch(self, use_case: str, name: str, id: UUID) -> None:
        self.both(use_case, name, id)

    @rule(
        target=cursors,
        name=names,
        is_completed=st.none() | st.booleans(),
        limit=st.sampled_from([0, 1, 2, 3, 1_000, 1_001]),
        after=st.none() | cursors,
    )
    def list(
        self, name: str, is_completed: bool | None, limit: int, after: Cursor | None
    ) -> Cursor | MultipleResults[Cursor]:
        page = self.both("list", name, is_completed=is_completed, limit=limit, after=after)
        return page.next if isinstance(page, Page) and page.next else multiple()

    @rule(target=cursors, id=ids, created_at=st.datetimes())
    def place(self, id: UUID, created_at: datetime) -> Cursor:
        return Cursor(created_at.replace(tzinfo=self.clock.now.tzinfo), id)

    def teardown(self) -> None:
        for name in NAMES:
            self.both("list", name)
            self.runner.run(self.users_are_stored_alike(UserId(self.user(name))))

    async def users_are_stored_alike(self, user: UserId) -> None:
        in_memory = self.memory.users.get(user)
        async with self.database.pool.connection() as connection, connection.transaction():
            in_postgres = await stored_user(connection, user)
        assert in_postgres == (in_memory and (in_memory.email, in_memory.revision))


async def outcome(use_case: Awaitable[object]) -> object:
    try:
        return await use_case
    except HoneydoError as error:
        return type(error), str(error), vars(error)


def test_memory_and_postgresql_cannot_be_told_apart(shared_database_url: str) -> None:
    database = Database.at(shared_database_url)

    with asyncio.Runner() as runner:

        class TwinsOnThisServer(Twins):
            def __init__(self) -> None:
                super().__init__(runner, database)

        runner.run(database.pool.open())
        try:
            run_state_machine_as_test(
                TwinsOnThisServer, settings=settings(max_examples=150, stateful_step_count=40)
            )
        finally:
            runner.run(database.pool.close())
