import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from honeydo.adapters.embedded import TEST_SETTINGS, acquire
from honeydo.adapters.memory import MemoryTasks
from honeydo.adapters.postgres.migrations import migrate
from tests.support.cluster import Cluster
from tests.support.databases import new_database
from tests.support.determined import HandClock

# How long an example takes says more about the machine than about us.
settings.register_profile("honeydo", deadline=None)
settings.load_profile("honeydo")


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def memory() -> MemoryTasks:
    return MemoryTasks()


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server of TEST_DATABASE_URL, else an embedded one that lives as long as the tests."""
    if url := os.environ.get("TEST_DATABASE_URL"):
        yield Cluster(url, superuser=None)
        return
    # Not pytest's tmp_path: as root, the server's own account could not reach it.
    with (
        tempfile.TemporaryDirectory(prefix="honeydo-tests-") as state,
        acquire(Path(state), TEST_SETTINGS) as lease,
    ):
        yield Cluster(lease.url(), superuser=lease.url("postgres"))
        lease.close(wait=30)


@pytest.fixture(scope="session")
def template(cluster: Cluster) -> Iterator[str]:
    """The name of a migrated database that nobody connects to, so that it can be copied."""
    with new_database(cluster) as name:
        migrate(cluster.url(name))
        yield name


@pytest.fixture(scope="session")
def shared_database_url(cluster: Cluster, template: str) -> Iterator[str]:
    """A migrated database for the tests whose users, of random names, keep them apart."""
    with new_database(cluster, template) as name:
        yield cluster.url(name)


@pytest.fixture
def database_url(cluster: Cluster, template: str) -> Iterator[str]:
    """A migrated database of the test's own."""
    with new_database(cluster, template) as name:
        yield cluster.url(name)
