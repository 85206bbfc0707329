import json
import logging
import logging.config
import sys
from collections.abc import Iterator

import pytest

from honeydo.entrypoints.logs import access_log, logging_config, readable
from honeydo.entrypoints.settings import Settings

ACCESS_LINE = (
    b'{"time":1764590400.5,"level":"info","event":"request","request_id":"r-1","method":"GET",'
    b'"route":"/api/{user_id}/tasks","status":200,"duration_ms":1.25}\n'
)


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    root, handlers = logging.getLogger(), [*logging.getLogger().handlers]
    levels = {name: logging.getLogger(name).level for name in ("root", "honeydo", "psycopg")}
    yield
    root.handlers = handlers
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


def configure(log_format: str, log_level: str = "info") -> None:
    logging.config.dictConfig(logging_config(Settings(log_format=log_format, log_level=log_level)))


def test_json_logs_are_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure("json")
    logging.getLogger("honeydo.somewhere").warning("The hive\nis %s", "full")
    [line] = capsys.readouterr().out.splitlines()
    record = json.loads(line)
    assert record.pop("time") > 1_700_000_000
    assert record == {
        "level": "warning",
        "event": "The hive\nis full",
        "logger": "honeydo.somewhere",
    }


def test_json_logs_keep_an_exceptions_traceback_in_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure("json")
    try:
        raise LookupError("no bees")
    except LookupError:
        logging.getLogger("uvicorn.error").exception("Failed")
    [line] = capsys.readouterr().out.splitlines()
    assert "LookupError: no bees" in json.loads(line)["exception"]


def test_text_logs_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text")
    logging.getLogger("honeydo").info("Listening")
    assert capsys.readouterr().out.endswith(" INFO Listening\n")


def test_auto_is_json_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    configure("auto")
    logging.getLogger("honeydo").info("Listening")
    assert json.loads(capsys.readouterr().out)["event"] == "Listening"


def test_auto_is_text_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    configure("auto")
    logging.getLogger("honeydo").info("Listening")
    assert capsys.readouterr().out.endswith(" INFO Listening\n")


def test_libraries_speak_up_from_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text")
    for name in ("psycopg.pool", "uvicorn.error", "alembic"):
        logging.getLogger(name).info("chatter")
        logging.getLogger(name).warning("trouble")
    out = capsys.readouterr().out
    assert (out.count("chatter"), out.count("trouble")) == (0, 3)


def test_debugging_shows_them_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    configure("text", "debug")
    logging.getLogger("psycopg.pool").debug("chatter")
    assert "chatter" in capsys.readouterr().out


def test_the_access_line_goes_out_as_it_came(capfd: pytest.CaptureFixture[str]) -> None:
    write = access_log(Settings(log_format="json"))
    assert write
    write(ACCESS_LINE)
    assert capfd.readouterr().out.encode() == ACCESS_LINE


def test_on_a_terminal_the_access_line_is_short(capfd: pytest.CaptureFixture[str]) -> None:
    write = access_log(Settings(log_format="text"))
    assert write
    write(ACCESS_LINE)
    line = capfd.readouterr().out
    assert line.endswith(" GET /api/{user_id}/tasks 200 1.2 ms r-1\n")


def test_a_request_without_a_route_is_readable_too() -> None:
    line = ACCESS_LINE.replace(b"/api/{user_id}/tasks", b"")
    assert b" GET (no route) 200 " in readable(line)


@pytest.mark.parametrize("log_level", ["warning", "error"])
def test_above_info_there_is_no_line_for_each_request(log_level: str) -> None:
    assert access_log(Settings(log_level=log_level)) is None
