import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from honeydo.adapters.postgres.connection import conninfo
from tests.support.cluster import Cluster
from tests.support.databases import new_database


@contextmanager
def superusers_database(cluster: Cluster, template: str) -> Iterator[str]:
    """The superuser's URL of a migrated database of the test's own."""
    with new_database(cluster, template) as name:
        url = cluster.superuser_url(name)
        if url is None:
            pytest.skip("the role of TEST_DATABASE_URL is no superuser's")
        yield url
        # The role that drops the database may not end a superuser's connections.
        with psycopg.connect(conninfo(cluster.application), autocommit=True) as connection:
            while connection.execute(
                "SELECT 1 FROM pg_stat_activity WHERE datname = %s", [name]
            ).fetchone():
                time.sleep(0.05)
