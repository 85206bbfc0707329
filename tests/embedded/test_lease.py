"""The lease as its holder's program sees it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from honeydo.adapters.embedded import TEST_SETTINGS, Lease, acquire


@pytest.fixture
def lease() -> Iterator[Lease]:
    # Not pytest's tmp_path: as root, the server's own account could not reach it.
    with (
        tempfile.TemporaryDirectory(prefix="hd-") as state,
        acquire(Path(state), TEST_SETTINGS) as lease,
    ):
        yield lease
        lease.close(wait=30)


def test_its_urls_reach_every_role_and_database(lease: Lease) -> None:
    user, database = "o'Hara, @home", 'a/b?c#d "50%" ünï'
    with psycopg.connect(lease.url("postgres", "postgres"), autocommit=True) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(user)))
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(database)))

    with psycopg.connect(lease.url(user, database)) as connection:
        assert (connection.info.user, connection.info.dbname) == (user, database)


def test_it_may_be_closed_again(lease: Lease) -> None:
    lease.close(wait=30)
    lease.close(wait=30)

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(lease.url())
