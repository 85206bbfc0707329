"""Memory and PostgreSQL cannot be told apart: whatever several users do, and in whatever order, has
equal results and equal errors in both."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
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

from honeydo.adapters.memory import MemoryTasks, MemoryUpkeep
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.adapters.postgres.upkeep import PostgresUpkeep
from honeydo.application.errors import OperationRefused
from honeydo.application.operations import (
    Complete,
    Create,
    Delete,
    Edit,
    Operation,
    Reopen,
    Restore,
    Toggle,
)
from honeydo.application.ports import Upkeep
from honeydo.application.tasks import Tasks
from honeydo.domain.changes import BEGINNING, ChangeCursor, Changes
from honeydo.domain.errors import HoneydoError
from honeydo.domain.listing import NEWEST_FIRST, Cursor, Page, Sort
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.databases import connected
from tests.support.determined import HandClock, counted_ids
from tests.support.rows import stored_user
from tests.support.values import descriptions, titles

NAMES = ["ada", "bob", "eve"]

names = st.sampled_from([*NAMES, "\0"])
# Few, so that users bring ids that are taken, by themselves or others, or made by us later.
ids = st.integers(1, 8).map(lambda number: UUID(int=number))
any_titles = titles | st.sampled_from(
    [
        "",
        " ",
        "\0",
        "x" * 256,
        "Honey",
        "honey",
        "\u00e4pfel",
        "A\u0308pfel",
        "stra\u00dfe",
        "STRASSE",
    ]
)
any_descriptions = st.none() | descriptions | st.sampled_from(["", "\0", "x" * 10_001])
if_matches = st.none() | st.lists(st.integers(1, 5), max_size=2)
operations = st.one_of(
    st.builds(
        Create,
        title=any_titles,
        description=any_descriptions,
        is_completed=st.booleans(),
        id=st.none() | ids,
    ),
    st.builds(Edit, ids, if_matches, title=any_titles),
    *(st.builds(change, ids, if_matches) for change in (Complete, Reopen, Toggle, Delete, Restore)),
    st.builds(Delete, ids, if_matches, permanent=st.booleans()),
)
sorts = st.builds(
    Sort, st.sampled_from(["created_at", "updated_at", "title", "completed_at"]), st.booleans()
)
emails = st.none() | st.sampled_from(["", "ada@example.org", "office@example.org"])


class Twins(RuleBasedStateMachine):
    cursors: Bundle[Cursor] = Bundle("cursors")
    change_cursors: Bundle[ChangeCursor] = Bundle("change_cursors")

    def __init__(self, runner: asyncio.Runner, database: Database) -> None:
        super().__init__()
        self.runner = runner
        self.database = database
        self.clock = HandClock()
        self.memory = MemoryTasks()
        self.upkeeps: list[Upkeep] = [MemoryUpkeep(self.memory.users), PostgresUpkeep(database)]
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

    @rule(seconds=st.sampled_from([-5, 0.000_001, 1, 3_600, 13 * 3_600]))
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
        use_case=st.sampled_from(["get", "complete", "reopen", "toggle", "delete", "restore"]),
        name=names,
        id=ids,
    )
    def touch(self, use_case: str, name: str, id: UUID) -> None:
        self.both(use_case, name, id)

    @rule(name=names, id=ids, title=any_titles)
    def get_or_create(self, name: str, id: UUID, title: str) -> None:
        self.both("get_or_create", name, id, title=title)

    @rule(name=names, id=ids, if_match=if_matches)
    def end(self, name: str, id: UUID, if_match: Any) -> None:
        self.both("delete", name, id, if_match=if_match, permanent=True)

    @rule(
        name=names,
        operations=st.lists(operations, max_size=5),
        key=st.none() | st.sampled_from(["", "monday", "tuesday"]),
        email=emails,
    )
    def batch(
        self, name: str, operations: Sequence[Operation], key: str | None, email: str | None
    ) -> None:
        for _ in range(2):
            self.both("batch", name, operations, idempotency_key=key, email=email)

    @rule(
        target=cursors,
        name=names,
        asked=st.fixed_dictionaries(
            {
                "limit": st.sampled_from([0, 1, 2, 3, 1_000, 1_001]),
                "after": st.none() | cursors,
            },
            optional={
                "is_completed": st.none() | st.booleans(),
                "is_deleted": st.none() | st.booleans(),
                "q": st.sampled_from(["", "h", "HON", "ss", "\u00c4", "a", "\u00df"]),
                "sort": sorts,
            },
        ),
        since=st.fixed_dictionaries(
            {},
            optional={
                "created_since": st.sampled_from([-3_600, 0, 3_600]),
                "updated_since": st.sampled_from([-3_600, 0, 3_600]),
            },
        ),
    )
    def list(
        self, name: str, asked: dict[str, Any], since: dict[str, int]
    ) -> Cursor | MultipleResults[Cursor]:
        if asked["after"] and asked["limit"] < 3:
            asked["sort"] = asked["after"].sort
        asked |= {each: self.clock.now + timedelta(seconds=since[each]) for each in since}
        self.both("count", name, **asked)
        page = self.both("list", name, **asked)
        return page.next if isinstance(page, Page) and page.next else multiple()

    @rule(
        target=change_cursors,
        name=names,
        since=st.just(BEGINNING) | change_cursors,
        limit=st.sampled_from([0, 1, 2, 1_000]),
    )
    def changes(
        self, name: str, since: ChangeCursor, limit: int
    ) -> ChangeCursor | MultipleResults[ChangeCursor]:
        changes = self.both("changes", name, since=since, limit=limit)
        return changes.cursor if isinstance(changes, Changes) else multiple()

    @rule(name=names)
    def look_at_the_user(self, name: str) -> None:
        self.both("user", name)
        self.both("version", name)

    @rule(name=names)
    def export(self, name: str) -> None:
        in_memory, in_postgres = (
            self.runner.run(outcome(collected(twin.export(self.user(name))))) for twin in self.twins
        )
        assert in_memory == in_postgres

    @rule(name=names)
    def erase(self, name: str) -> None:
        self.both("erase", name)
        # Users who come back are told from who they were by when that was.
        self.clock.advance(0.000_001)

    @rule(name=st.sampled_from(NAMES), limit=st.integers(1, 3), age=st.sampled_from([0, 12, 48]))
    def purge(self, name: str, limit: int, age: int) -> None:
        before = self.clock.now - timedelta(hours=age)
        in_memory, in_postgres = (
            self.runner.run(upkeep.purge(UserId(self.user(name)), before, limit))
            for upkeep in self.upkeeps
        )
        assert in_memory == in_postgres

    @rule(target=cursors, id=ids, created_at=st.datetimes())
    def place(self, id: UUID, created_at: datetime) -> Cursor:
        return Cursor(NEWEST_FIRST, created_at.replace(tzinfo=self.clock.now.tzinfo), id)

    def teardown(self) -> None:
        for name in NAMES:
            self.both("list", name)
            self.runner.run(self.users_are_stored_alike(UserId(self.user(name))))

    async def users_are_stored_alike(self, user: UserId) -> None:
        in_memory = self.memory.users.get(user)
        async with self.database.pool.connection() as connection, connection.transaction():
            in_postgres = await stored_user(connection, user)
        assert in_postgres == (in_memory and (in_memory.email, in_memory.revision))


async def collected(tasks: AsyncIterator[Task]) -> list[Task]:
    return [task async for task in tasks]


async def outcome(use_case: Awaitable[object]) -> object:
    try:
        return await use_case
    except OperationRefused as refused:
        return refused.index, described(refused.reason)
    except HoneydoError as error:
        return described(error)


def described(error: HoneydoError) -> object:
    return type(error), str(error), vars(error)


@pytest.mark.parametrize("pipeline", [False, True], ids=["pool", "pipeline"])
def test_memory_and_postgresql_cannot_be_told_apart(
    shared_database_url: str, pipeline: bool
) -> None:
    with asyncio.Runner() as runner:
        opened = connected(shared_database_url, pipeline=pipeline)
        database = runner.run(opened.__aenter__())

        class TwinsOnThisServer(Twins):
            def __init__(self) -> None:
                super().__init__(runner, database)

        try:
            run_state_machine_as_test(
                TwinsOnThisServer, settings=settings(max_examples=150, stateful_step_count=40)
            )
        finally:
            runner.run(opened.__aexit__(None, None, None))
