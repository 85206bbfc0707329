"""The example client: two devices of one user, offline and online, end with the same."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.e2e.server import SECRET, Home, Server, serving

CLIENT: Final = Path(__file__).parents[2] / "examples" / "sync_client.py"
NOWHERE: Final = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Device:
    copy: Path
    token: str

    def environment(self, url: str) -> dict[str, str]:
        return {"HONEYDO_URL": url, "HONEYDO_TOKEN": self.token, "HONEYDO_COPY": str(self.copy)}

    def run(self, *arguments: str, url: str = NOWHERE) -> list[str]:
        """The tasks that it shows."""
        ran = subprocess.run(  # noqa: S603
            [sys.executable, "-W", "error", CLIENT, *arguments],
            env=self.environment(url),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert ran.returncode == 0, ran.stderr
        assert ("Offline" in ran.stderr) == (url == NOWHERE and arguments[0] != "list")
        return ran.stdout.splitlines()

    def id(self, title: str) -> str:
        [found] = [line[4:40] for line in self.run("list") if line.endswith(title)]
        return found

    def titles(self) -> list[str]:
        """With their boxes."""
        return sorted(f"{line[:3]} {line[41:]}" for line in self.run("list"))

    @contextmanager
    def watching(self, url: str) -> Iterator[Callable[[], dict[str, Any]]]:
        """The next change that it tells of."""
        with subprocess.Popen(  # noqa: S603
            [sys.executable, CLIENT, "watch"],
            env=self.environment(url),
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            out = process.stdout
            assert out
            yield lambda: dict(json.loads(out.readline()))
            process.kill()


@pytest.fixture
def configured(home: Home, shared_database_url: str) -> Home:
    variables = {"DATABASE_URL": shared_database_url, "BETTER_AUTH_SECRET": SECRET}
    return Home(home.path, variables)


@pytest.fixture
def phone(configured: Home, user: str, tmp_path: Path) -> Device:
    return Device(tmp_path / "phone.json", configured.token(user))


@pytest.fixture
def laptop(configured: Home, user: str, tmp_path: Path) -> Device:
    return Device(tmp_path / "laptop.json", configured.token(user))


@pytest.fixture
def user() -> str:
    return f"ada-{uuid4()}"


def on_server(server: Server, user: str) -> list[str]:
    with server.client(user) as client:
        tasks = client.get("/api/me/tasks").json()
    return sorted(f"[{'x' if task['is_completed'] else ' '}] {task['title']}" for task in tasks)


def test_two_devices_end_with_the_same(
    configured: Home, user: str, phone: Device, laptop: Device
) -> None:
    phone.run("add", "Buy honey")
    phone.run("add", "Feed the bees")
    with serving(configured) as server:
        phone.run("sync", url=server.url)
        laptop.run("sync", url=server.url)
        honey = laptop.id("Buy honey")

    # Both are offline. One of the laptop's changes is to what the phone changes first.
    phone.run("done", honey)
    phone.run("add", "Paint the hive")
    laptop.run("add", "Sell honey")
    laptop.run("rename", honey, "Buy jam")
    laptop.run("done", laptop.id("Feed the bees"))

    with serving(configured) as server:
        for device in (phone, laptop, phone):
            device.run("sync", url=server.url)
        shown = on_server(server, user)

    assert shown == ["[ ] Paint the hive", "[ ] Sell honey", "[x] Buy honey", "[x] Feed the bees"]
    assert phone.titles() == laptop.titles() == shown


def test_a_batch_whose_answer_was_lost_is_done_once(
    configured: Home, user: str, phone: Device
) -> None:
    phone.run("add", "Buy honey")
    with serving(configured) as server:
        before = phone.copy.read_text()
        phone.run("sync", url=server.url)
        operations = json.loads(before)["sending"]["operations"]
        key = json.loads(before)["sending"]["key"]
        assert operations
        assert key
        # As if the power had failed between the request and its answer.
        phone.copy.write_text(before)
        phone.run("sync", url=server.url)

        assert on_server(server, user) == ["[ ] Buy honey"]
    assert phone.titles() == ["[ ] Buy honey"]


def test_a_copy_from_before_an_erasure_starts_over(
    configured: Home, user: str, phone: Device
) -> None:
    with serving(configured) as server:
        phone.run("add", "Buy honey", url=server.url)
        with server.client(user) as client:
            assert client.delete("/api/me").status_code == 204
            client.post("/api/me/tasks", json={"title": "Begin anew"})
        phone.run("sync", url=server.url)

    assert phone.titles() == ["[ ] Begin anew"]


def test_looking_at_the_copy_leaves_it_to_who_writes_it(phone: Device) -> None:
    phone.run("add", "Buy honey")
    written = phone.copy.stat()

    assert phone.run("list") == []

    looked_at = phone.copy.stat()
    assert (looked_at.st_ino, looked_at.st_mtime_ns) == (written.st_ino, written.st_mtime_ns)


def test_a_device_that_watches_is_told_at_once(
    configured: Home, phone: Device, laptop: Device
) -> None:
    with serving(configured) as server:
        phone.run("add", "Buy honey", url=server.url)
        with laptop.watching(server.url) as next_change:
            # Until it has caught up and listens, this may come to it in either way.
            while "Buy honey" not in "".join(laptop.run("list")):
                pass
            phone.run("add", "Feed the bees", url=server.url)
            assert next_change()["task"]["title"] == "Feed the bees"
            phone.run("done", phone.id("Buy honey"), url=server.url)
            assert next_change()["task"]["is_completed"]

    assert laptop.titles() == phone.titles() == ["[ ] Feed the bees", "[x] Buy honey"]


def test_what_ends_a_line_elsewhere_may_stand_in_a_title(
    configured: Home, user: str, laptop: Device
) -> None:
    with (
        serving(configured) as server,
        server.client(user) as client,
        laptop.watching(server.url) as next_change,
    ):
        client.post("/api/me/tasks", json={"title": "Buy honey"})
        while "Buy honey" not in "".join(laptop.run("list")):
            pass
        client.post("/api/me/tasks", json={"title": "Feed\u2028the bees"})
        while (title := next_change()["task"]["title"]) == "Buy honey":
            pass

    assert title == "Feed\u2028the bees"
