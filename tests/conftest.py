import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from honeydo.adapters.embedded import TEST_SETTINGS, acquire
from tests.support.cluster import Cluster


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
