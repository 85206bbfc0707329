import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.server import SECRET, Home, Server, eventually, serving
from tests.support.cluster import Cluster
from tests.support.databases import new_database


@pytest.fixture
def home() -> Iterator[Home]:
    """An empty folder; nothing that was started in it outlives the test."""
    yield from _home({})


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[Server]:
    """A server as on a fresh machine: nothing is configured."""
    for home in _home({}):
        with serving(home) as server:
            yield server
            assert server.stop() == 0


def _home(variables: dict[str, str]) -> Iterator[Home]:
    # Not pytest's tmp_path: as root, the embedded server's own account could not reach it.
    with tempfile.TemporaryDirectory(prefix="honeydo-e2e-") as folder:
        Path(folder).chmod(0o711)
        home = Home(Path(folder), variables)
        yield home
        eventually(lambda: not home.processes())


@pytest.fixture(scope="session")
def configured_server(cluster: Cluster, template: str) -> Iterator[Server]:
    """A server as in production: a database and a secret of somebody else's, two workers."""
    with new_database(cluster, template) as database:
        variables = {
            "DATABASE_URL": cluster.url(database),
            "BETTER_AUTH_SECRET": SECRET,
            "FRONTEND_URL": "https://app.example.com",
        }
        for home in _home(variables):
            with serving(home, "--workers", "2") as server:
                yield server
                assert server.stop() == 0


@pytest.fixture(params=["embedded_server", "configured_server"])
def server(request: pytest.FixtureRequest) -> Server:
    found: Server = request.getfixturevalue(request.param)
    return found
