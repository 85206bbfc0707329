"""Whatever is killed with -9, no acknowledged write is lost and nobody has to clean up."""

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import psycopg

from tests.support.embedded import Home, answers, eventually, one_account


def test_no_acknowledged_write_is_lost_when_the_server_is_killed(home: Home) -> None:
    holder = home.hold(settings={})
    url = holder.url()
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE written (number int)")
    acknowledged: list[int] = []

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            while True:
                connection.execute("INSERT INTO written VALUES (%s)", [len(acknowledged)])
                acknowledged.append(len(acknowledged))

    with ThreadPoolExecutor() as pool:
        writing = pool.submit(write)
        eventually(lambda: len(acknowledged) > 100)
        home.postmaster().kill()
        assert isinstance(writing.exception(), psycopg.OperationalError)

    eventually(lambda: answers(url))
    with psycopg.connect(url) as connection:
        written = [number for (number,) in connection.execute("SELECT number FROM written")]
    # The one under way when the server died may be there or not.
    assert written in (acknowledged, [*acknowledged, len(acknowledged)])
    holder.leave(wait=30)


def test_the_server_comes_back_for_its_holder_when_one_of_its_processes_is_stuck(
    home: Home,
) -> None:
    holder = home.hold()
    url = holder.url()
    with psycopg.connect(url) as connection:
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        home.postmaster().kill()

        eventually(lambda: answers(url))
        connection.close()
    holder.leave(wait=30)


def test_the_server_stops_when_its_only_holder_is_killed(home: Home) -> None:
    holder = home.hold()
    holder.url()

    holder.kill()

    eventually(lambda: home.processes() == [])


@one_account
def test_a_killed_holder_leaves_the_server_to_the_others(home: Home) -> None:
    killed, other = home.hold(), home.hold()
    killed.url()
    with psycopg.connect(other.url()) as connection:
        killed.kill()

        assert connection.execute("SELECT 1").fetchone() == (1,)
    other.leave(wait=30)


def test_a_holder_keeps_its_server_when_the_supervisor_is_killed(home: Home) -> None:
    holder = home.hold()
    url = holder.url()

    home.kill("supervisor")
    assert answers(url)

    newcomer = home.hold()
    assert newcomer.url() == url
    assert answers(url)
    holder.leave()
    newcomer.leave(wait=30)


def test_a_newcomer_gets_a_working_server_after_everything_was_killed(home: Home) -> None:
    holder = home.hold(settings={})
    with psycopg.connect(holder.url()) as connection:
        connection.execute("CREATE TABLE survivors AS SELECT 42 AS answer")

    home.kill_everything()

    newcomer = home.hold()
    with psycopg.connect(newcomer.url()) as connection:
        assert connection.execute("SELECT answer FROM survivors").fetchone() == (42,)
    newcomer.leave(wait=30)


@one_account
def test_the_last_one_out_stops_the_server_even_if_its_supervisor_was_killed(home: Home) -> None:
    holder = home.hold()
    holder.url()
    home.kill("supervisor")

    holder.leave(wait=30)

    assert home.processes() == []


@one_account
def test_a_process_that_got_the_number_of_a_killed_server_is_no_obstacle(home: Home) -> None:
    home.hold().url()
    account = home.postmaster().uids().real
    pid_file = home.state / "data" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    home.kill_everything()

    with subprocess.Popen(["/bin/sleep", "600"], user=account) as other:
        try:
            pid_file.write_text("\n".join([str(other.pid), *stale[1:]]))
            newcomer = home.hold()
            assert answers(newcomer.url())
            newcomer.leave(wait=30)
            assert other.poll() is None
        finally:
            other.kill()


@one_account
def test_a_supervisor_outlives_the_signals_that_end_a_whole_service(home: Home) -> None:
    holder = home.hold()
    url = holder.url()
    [supervisor] = home.processes("supervisor")

    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        supervisor.send_signal(number)

    home.postmaster().kill()
    eventually(lambda: answers(url))
    holder.leave(wait=30)
    assert home.processes() == []


def test_data_that_was_half_made_is_made_anew(home: Home) -> None:
    state = home.path / "half-made"
    home.hold(state)
    eventually(lambda: home.processes("initdb"))
    home.kill_everything()
    [unfinished] = state.glob("honeydo-data-*")

    newcomer = home.hold(state)

    assert answers(newcomer.url())
    newcomer.leave(wait=30)
    assert not unfinished.exists()
