from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import psycopg

from honeydo.adapters.postgres.connection import conninfo
from tests.support.cluster import Cluster


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
