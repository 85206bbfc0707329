"""What operators do with the data of users: `honeydo export`, `erase` and `purge`, and what a
server purges by itself."""

import json
import os
import pty
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar

from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import CursorExpired
from tests.e2e.server import HONEYDO, SECRET, Home, eventually, serving
from tests.support.cluster import Cluster
from tests.support.databases import new_database
from tests.support.determined import HandClock, counted_ids

COMMANDS = [["export", "ada"], ["erase", "ada", "--yes"], ["purge"]]


@pytest.fixture
def configured(home: Home, database_url: str) -> Home:
    return Home(home.path, {"DATABASE_URL": database_url, "BETTER_AUTH_SECRET": SECRET})


@pytest.fixture
def clock() -> HandClock:
    return HandClock(datetime.now(UTC))


@pytest.fixture
async def tasks(database_url: str, clock: HandClock) -> AsyncIterator[Tasks]:
    """On the database of the commands, but with a clock of the test's own."""
    database = Database.at(database_url, pool_size=1)
    async with database:
        repository = PostgresTasks(database.execute)
        yield Tasks.over(repository, clock=clock, new_task_id=counted_ids())


async def deleted_days_ago(days: int, tasks: Tasks, clock: HandClock) -> None:
    clock.now = datetime.now(UTC) - timedelta(days=days)
    task = await tasks.create("ada", title=f"{days} days ago")
    await tasks.delete("ada", task.id)


async def trash(tasks: Tasks) -> set[str]:
    return {task.title for task in (await tasks.list("ada", is_deleted=True)).tasks}


async def test_the_export_is_what_the_api_hands_out(configured: Home, tasks: Tasks) -> None:
    honey = await tasks.create("ada", title="Buy \N{HONEYBEE}", email="ada@example.com")
    await tasks.create("bob", title="Sell honey")
    await tasks.delete("ada", (await tasks.create("ada", title="Buy wax")).id)

    exported = configured.run("export", "ada")

    assert (exported.returncode, exported.stderr) == (0, "")
    user, *lines = [json.loads(line) for line in exported.stdout.splitlines()]
    assert (user["type"], user["id"], user["email"]) == ("user", "ada", "ada@example.com")
    assert [line["title"] for line in lines] == [honey.title, "Buy wax"]
    with serving(configured) as server, server.client("ada") as ada:
        assert ada.get("/api/me/export").text == exported.stdout
        assert server.stop() == 0


async def test_a_calendar_is_printed_on_request(configured: Home, tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy \N{HONEYBEE} honey; wax, too")

    exported = configured.run("export", "ada", "--format", "calendar")

    [todo] = Calendar.from_ical(exported.stdout).walk("VTODO")
    assert (exported.returncode, todo["summary"]) == (0, "Buy \N{HONEYBEE} honey; wax, too")


async def test_an_unknown_user_cannot_be_exported(configured: Home) -> None:
    exported = configured.run("export", "nobody")

    assert (exported.returncode, exported.stdout) == (1, "")
    assert exported.stderr == "honeydo: nothing is kept of 'nobody'\n"


async def test_an_erased_user_is_gone_for_the_server_too(configured: Home, tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")
    cursor = (await tasks.changes("ada")).cursor
    wax = await tasks.create("bob", title="Buy wax")

    erased = configured.run("erase", "ada", "--yes")

    assert (erased.returncode, erased.stdout) == (0, "")
    assert erased.stderr == "Erased all that was kept of 'ada'.\n"
    assert await tasks.user("ada") is None
    assert (await tasks.list("bob")).tasks == [wax]
    with pytest.raises(CursorExpired):
        await tasks.changes("ada", since=cursor)


async def test_a_user_who_never_was_is_erased_already(configured: Home) -> None:
    erased = configured.run("erase", "nobody", "--yes")

    assert (erased.returncode, erased.stderr) == (0, "Nothing was kept of 'nobody'.\n")


async def test_nobody_is_erased_unasked(configured: Home, tasks: Tasks) -> None:
    await tasks.create("ada", title="Buy honey")

    refused = configured.run("erase", "ada")

    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    assert await tasks.user("ada") is not None


@pytest.mark.parametrize(("said", "exit_code"), [("y", 0), ("n", 1), ("", 1)])
async def test_at_a_terminal_one_is_asked(
    configured: Home, tasks: Tasks, said: str, exit_code: int
) -> None:
    await tasks.create("ada", title="Buy honey")

    terminal, keyboard = pty.openpty()
    os.write(terminal, f"{said}\n".encode())
    asked = subprocess.run(  # noqa: ASYNC221, S603
        [HONEYDO, "erase", "ada"],
        cwd=configured.path,
        env=configured.environment,
        stdin=keyboard,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(keyboard)
    os.close(terminal)

    assert asked.stdout == ""
    assert "Erase all that is kept of 'ada', for good? [y/N]" in asked.stderr
    assert asked.returncode == exit_code
    assert (await tasks.user("ada") is None) == (said == "y")


@pytest.mark.parametrize("command", [["export", ""], ["erase", "\n", "--yes"]])
async def test_a_name_that_nobody_can_have_is_refused(configured: Home, command: list[str]) -> None:
    refused = configured.run(*command)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert "The user id" in refused.stderr


async def test_what_was_deleted_long_ago_is_purged(
    configured: Home, tasks: Tasks, clock: HandClock
) -> None:
    await tasks.create("ada", title="alive")
    unaware = (await tasks.changes("ada")).cursor
    await deleted_days_ago(31, tasks, clock)
    aware = (await tasks.changes("ada")).cursor
    await deleted_days_ago(29, tasks, clock)

    purged = configured.run("purge")

    assert (purged.returncode, purged.stdout) == (0, "")
    assert purged.stderr == "Purged tasks that were deleted more than 30 days ago: 1\n"
    assert await trash(tasks) == {"29 days ago"}
    assert [each.task for each in (await tasks.changes("ada", since=aware)).changes] == [None]
    with pytest.raises(CursorExpired):
        await tasks.changes("ada", since=unaware)


async def test_how_long_they_are_kept_is_a_setting(
    configured: Home, tasks: Tasks, clock: HandClock
) -> None:
    await deleted_days_ago(3, tasks, clock)
    await deleted_days_ago(1, tasks, clock)
    hasty = Home(configured.path, {**configured.variables, "HONEYDO_KEEP_DELETED_DAYS": "2"})

    assert hasty.run("purge").returncode == 0
    assert await trash(tasks) == {"1 days ago"}


async def test_a_server_purges_by_itself(configured: Home, tasks: Tasks, clock: HandClock) -> None:
    await deleted_days_ago(31, tasks, clock)
    await deleted_days_ago(29, tasks, clock)

    with serving(configured, "--workers", "2") as server:
        eventually(lambda: any("Purged" in line["event"] for line in server.log))
        assert server.stop() == 0

    assert await trash(tasks) == {"29 days ago"}
    assert [line for line in server.log if line["level"] in ("warning", "error")] == []


@pytest.mark.parametrize("command", COMMANDS)
def test_without_settings_they_work_on_the_embedded_database(
    home: Home, command: list[str]
) -> None:
    with serving(home) as server, server.client("ada") as ada:
        assert ada.post("/api/me/tasks", json={"title": "Buy honey"}).status_code == 201

        done = home.run(*command)

        assert done.returncode == 0, done.stderr
        expected = {"export": "Buy honey", "erase": "", "purge": ""}[command[0]]
        assert expected in done.stdout
        kept = [] if command[0] == "erase" else ["Buy honey"]
        assert [task["title"] for task in ada.get("/api/me/tasks").json()] == kept
        assert server.stop() == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_that_is_down_is_one_line(home: Home, command: list[str]) -> None:
    url = "postgresql://ada:xyzzy@127.0.0.1:1/honeydo"

    failed = Home(home.path, {"DATABASE_URL": url}).run(*command)

    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr.startswith("honeydo: the database failed: ")
    assert failed.stderr.count("\n") == 1
    assert "xyzzy" not in failed.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_a_database_without_our_tables_is_one_line(
    home: Home, cluster: Cluster, command: list[str]
) -> None:
    with new_database(cluster) as name:
        failed = Home(home.path, {"DATABASE_URL": cluster.url(name)}).run(*command)

    assert (failed.returncode, failed.stdout) == (1, "")
    assert failed.stderr == "honeydo: the database is not up to date: run `honeydo migrate`\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_a_bad_setting_is_one_line(home: Home, command: list[str]) -> None:
    refused = Home(home.path, {"HONEYDO_KEEP_DELETED_DAYS": "-1"}).run(*command)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("honeydo: HONEYDO_KEEP_DELETED_DAYS must be a whole number")
