import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.embedded import Home, User, ordinary_user, ourselves

# PostgreSQL treats root in its own way, so root tests both kinds of account.
_USERS = ["ourselves", "ordinary"] if os.geteuid() == 0 else ["ourselves"]


def _public_folder() -> Path:
    """Not pytest's tmp_path, which lets no other account through."""
    folder = Path(tempfile.mkdtemp(prefix="hd-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture(scope="session", params=_USERS)
def user(request: pytest.FixtureRequest) -> Iterator[User]:
    if request.param == "ourselves":
        yield ourselves()
        return
    folder = _public_folder()
    yield ordinary_user(folder)
    shutil.rmtree(folder)


@pytest.fixture
def home(user: User) -> Iterator[Home]:
    """A folder in which each test must leave no process and no temporary file."""
    home = Home(user, _public_folder())
    home.temporary.mkdir()
    for folder in (home.path, home.temporary):
        os.chown(folder, user.uid, user.gid)
    yield home
    left = [process.cmdline() for process in home.processes()], list(home.temporary.iterdir())
    for holder in home.holders:
        holder.kill()
    home.kill("")
    shutil.rmtree(home.path)
    assert left == ([], [])
