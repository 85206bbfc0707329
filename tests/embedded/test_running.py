"""What a holder gets, who shares it, and how long it lasts."""

import contextlib
import os
import signal

import psutil
import psycopg

from tests.support.embedded import Home, answers, eventually, one_account


def test_the_application_owns_a_database_and_has_no_power_over_others(home: Home) -> None:
    holder = home.hold()

    with psycopg.connect(holder.url()) as connection:
        role = connection.execute(
            "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication"
            " FROM pg_roles WHERE rolname = current_user"
        ).fetchone()
        database = connection.execute(
            "SELECT datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding)"
            " FROM pg_database WHERE datname = current_database()"
        ).fetchone()

    assert role == ("honeydo", False, False, False, True, False)
    assert database == ("honeydo", "honeydo", "UTF8")
    holder.leave(wait=30)


def test_nobody_else_can_read_the_data_or_reach_the_server(home: Home) -> None:
    holder = home.hold()
    url = holder.url()

    account = home.postmaster().uids().real
    assert account == home.user.uid or home.user.uid == 0 != account
    for folder in ("data", "run"):
        status = (home.state / folder).stat()
        assert (status.st_uid, status.st_mode & 0o077) == (account, 0)
    for file in ("lease", "supervision", "log"):
        status = (home.state / file).stat()
        assert (status.st_uid, status.st_mode & 0o077) == (home.user.uid, 0)
    with psycopg.connect(url) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    holder.leave(wait=30)


@one_account
def test_the_log_tells_nothing_of_the_data(home: Home) -> None:
    holder = home.hold()

    with psycopg.connect(holder.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE words (word text PRIMARY KEY)")
        for _ in range(2):
            with contextlib.suppress(psycopg.errors.UniqueViolation):
                connection.execute("INSERT INTO words VALUES ('secret')")

    holder.leave(wait=30)
    log = (home.state / "log").read_text()
    assert "duplicate key" in log
    assert "secret" not in log


def test_holders_share_one_server_and_the_last_one_out_stops_it(home: Home) -> None:
    holders = [home.hold() for _ in range(4)]

    [url] = {holder.url() for holder in holders}
    for holder in holders[1:]:
        holder.leave()
    psycopg.connect(url).close()
    assert len(home.processes("supervisor")) == 1
    assert len(home.processes("bin/postgres")) == 1

    holders[0].leave(wait=30)
    assert home.processes() == []
    assert not (home.state / "run").exists()


@one_account
def test_the_data_is_there_again_the_next_time(home: Home) -> None:
    first = home.hold()
    with psycopg.connect(first.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    first.leave(wait=30)

    second = home.hold()
    with psycopg.connect(second.url()) as connection:
        assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
    second.leave(wait=30)


def test_a_newcomer_waits_for_the_end_of_a_stopping_server(home: Home) -> None:
    first = home.hold()
    url = first.url()
    stopping = home.postmaster()
    with psycopg.connect(url) as connection:
        busy = connection.info.backend_pid
        os.kill(busy, signal.SIGSTOP)
        first.leave()
        eventually(lambda: not answers(url))

        newcomer = home.hold()
        lease = str(home.state / "lease")
        process = psutil.Process(newcomer.process.pid)
        eventually(lambda: lease in [file.path for file in process.open_files()])
        os.kill(busy, signal.SIGCONT)

        assert answers(newcomer.url())
        assert home.postmaster() != stopping
        connection.close()
    newcomer.leave(wait=30)


@one_account
def test_holders_may_come_and_go_at_any_moment(home: Home) -> None:
    for _ in range(4):
        holders = [home.hold(), home.hold()]
        for holder in holders:
            assert answers(holder.url())
            holder.leave()
    eventually(lambda: home.processes() == [])
