"""What cannot work is refused in one line that says what to change."""

import json
import socket

import pytest

from tests.e2e.server import SECRET, Home, serving

DOWN = "postgresql://ada:xyzzy@127.0.0.1:1/honeydo"


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DATABASE_URL", "sqlite:///tasks.db"),
        ("BETTER_AUTH_SECRET", "short"),
        ("FRONTEND_URL", "*"),
        ("HONEYDO_PORT", "http"),
        ("HONEYDO_WORKERS", "0"),
        ("HONEYDO_PROT", "8000"),
    ],
)
def test_a_bad_value_is_one_line_and_exit_code_2(home: Home, variable: str, value: str) -> None:
    refusal = Home(home.path, {variable: value}).run("serve")
    assert refusal.returncode == 2
    assert refusal.stderr.startswith(f"honeydo: {variable} ")
    assert refusal.stderr.count("\n") == 1
    assert refusal.stdout == ""


@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["token", "ada"], ["doctor"]])
def test_every_command_refuses_bad_values(home: Home, command: list[str]) -> None:
    (home.path / ".env").write_text("HONEYDO_PORT=many\n")
    refusal = home.run(*command)
    assert refusal.returncode == 2
    assert refusal.stderr.startswith("honeydo: HONEYDO_PORT must be a whole number")
    assert refusal.stdout == ""


def test_a_bad_flag_is_refused_by_its_variables_name(home: Home) -> None:
    refusal = home.run("serve", "--port", "http")
    assert refusal.returncode == 2
    assert refusal.stderr.startswith("honeydo: HONEYDO_PORT ")


def test_a_flag_stands_in_for_a_bad_value_in_every_process(
    home: Home, shared_database_url: str
) -> None:
    variables = {
        "DATABASE_URL": shared_database_url,
        "BETTER_AUTH_SECRET": SECRET,
        "HONEYDO_PORT": "http",
        "HONEYDO_WORKERS": "many",
    }
    with serving(Home(home.path, variables), "--workers", "2") as server:
        assert server.stop() == 0


def test_a_busy_port_is_one_line(home: Home) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        refusal = home.run("serve", "--port", port)
    assert refusal.returncode == 1
    assert refusal.stderr == (
        f"honeydo: cannot listen on 127.0.0.1:{port} (HONEYDO_HOST, HONEYDO_PORT): "
        "Address already in use\n"
    )


@pytest.mark.parametrize("command", [["migrate"], ["serve", "--port", "0", "--migrate"]])
def test_a_database_that_is_down_cannot_be_migrated(home: Home, command: list[str]) -> None:
    configured = Home(home.path, {"DATABASE_URL": DOWN, "BETTER_AUTH_SECRET": SECRET})
    failure = configured.run(*command)
    assert failure.returncode == 1
    assert failure.stderr.startswith("honeydo: the database failed: ")
    assert "Connection refused" in failure.stderr
    assert failure.stderr.count("\n") == 1


def test_a_user_that_cannot_be_is_given_no_token(home: Home) -> None:
    refusal = home.run("token", "")
    assert refusal.returncode == 2
    assert "must not be empty" in refusal.stderr
    assert refusal.stdout == ""


def test_the_document_alone_is_printed(home: Home) -> None:
    printed = home.run("openapi")
    assert printed.returncode == 0
    assert printed.stderr == ""
    assert json.loads(printed.stdout)["openapi"].startswith("3.1")
