from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from uuid import uuid4

import psycopg

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.pipeline import LANES
from tests.support.cluster import Cluster
from tests.support.waiting import until


@contextmanager
def new_database(cluster: Cluster, template: str = "template0") -> Iterator[str]:
    """The name of a database that lasts as long as the context, a copy of the template."""
    name = f"honeydo_test_{uuid4().hex}"
    with psycopg.connect(conninfo(cluster.application), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        try:
            yield name
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def connected(
    url: str, *, pipeline: bool = True, timeout: float = 5
) -> AsyncIterator[Database]:
    """The database by its pool alone, or by a pipeline that is ready for whatever comes."""
    async with Database.at(url, timeout=timeout, pipeline=pipeline) as database:
        await until_pipelined(database)
        yield database


async def until_pipelined(database: Database) -> None:
    """Wait until every lane is connected: before, calls go to the pool."""

    async def is_connected() -> bool:
        pipeline = database.pipeline
        return not pipeline or len(pipeline._lanes) == LANES

    await until(is_connected)
