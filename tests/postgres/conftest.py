from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.user import UserId
from tests.support.cluster import Cluster
from tests.support.databases import connected, new_database
from tests.support.determined import HandClock, counted_ids


@pytest.fixture
def url(shared_database_url: str) -> str:
    """The test's database: the shared one, unless its module says otherwise."""
    return shared_database_url


@pytest.fixture
def empty_database_url(cluster: Cluster) -> Iterator[str]:
    """A database without a schema."""
    with new_database(cluster) as name:
        yield cluster.url(name)


@pytest.fixture(params=[False, True], ids=["pool", "pipeline"])
def pipeline(request: pytest.FixtureRequest) -> bool:
    """Whether the test's database is reached by a pipeline."""
    return bool(request.param)


@pytest.fixture
async def database(url: str, pipeline: bool) -> AsyncIterator[Database]:
    async with connected(url, pipeline=pipeline) as database:
        yield database


@pytest.fixture
def repository(database: Database) -> PostgresTasks:
    return PostgresTasks(database.execute)


@pytest.fixture
def tasks(repository: PostgresTasks) -> Tasks:
    return Tasks.over(repository, clock=HandClock(), new_task_id=counted_ids())


@pytest.fixture
async def connection(url: str) -> AsyncIterator[AsyncConnection[TupleRow]]:
    """Another connection to the test's database, by the same role, that commits each statement."""
    async with await AsyncConnection.connect(conninfo(url), autocommit=True) as connection:
        yield connection


@pytest.fixture
def ada() -> UserId:
    return UserId(f"ada-{uuid4().hex}")


@pytest.fixture
def bob() -> UserId:
    return UserId(f"bob-{uuid4().hex}")
