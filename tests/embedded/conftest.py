import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.embedded import Home, User, ordinary_user, ourselves

# PostgreSQL treats root in its own way, so root tests both kinds of account.
_USERS = ["ourselves", "ordinary"] if os.geteuid() == 0 else ["ourselves"]


@pytest.fixture(scope="session", params=_USERS)
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    if request.param == "ourselves":
        yield ourselves()
        return
    with _public_folder() as folder:
        yield ordinary_user(folder)


@pytest.fixture(scope="session")
def lasting_home(user: User) -> Iterator[Home]:
    with _public_folder() as folder:
        home = Home(user, folder)
        home.temporary.mkdir()
        for path in (home.path, home.temporary):
            os.chown(path, user.uid, user.gid)
        yield home


@pytest.fixture
def home(lasting_home: Home) -> Iterator[Home]:
    """A folder in which each test must leave no process and no temporary file.

    The server's data lasts from test to test: it takes longest to make.
    """
    try:
        yield lasting_home
        assert lasting_home.processes() == []
        assert list(lasting_home.temporary.iterdir()) == []
    finally:
        lasting_home.kill_everything()


@contextmanager
def _public_folder() -> Iterator[Path]:
    """Not pytest's tmp_path, which lets no other account through."""
    with tempfile.TemporaryDirectory(prefix="hd-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)
