"""What happens, on standard output: JSON lines for programs, short ones for a person's terminal."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from time import localtime, strftime
from typing import Any, Final, TypeAlias

import msgspec

from .settings import Settings

Write: TypeAlias = Callable[[bytes], object]

_STDOUT: Final = 1


def logging_config(settings: Settings) -> dict[str, Any]:
    """For `logging.config.dictConfig`. Libraries speak up from warnings on, unless debugged."""
    level = settings.log_level.upper()
    others = "WARNING" if level == "INFO" else level
    formatter = JsonFormatter if _is_json(settings) else TextFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
            }
        },
        "root": {"handlers": ["stdout"], "level": others},
        # psycopg chooses a level by itself.
        "loggers": {"honeydo": {"level": level}, "psycopg": {"level": others}},
    }


def access_log(settings: Settings) -> Write | None:
    """Where the line of each request goes; None if the log level leaves them out."""
    if settings.log_level in ("warning", "error"):
        return None
    return _write if _is_json(settings) else lambda line: _write(readable(line))


def readable(line: bytes) -> bytes:
    """An access line for people: time, method, route, status, duration, request id."""
    said = msgspec.json.decode(line)
    return (
        f"{_time_of_day(said['time'])} {said['method']} {said['route'] or '(no route)'}"
        f" {said['status']} {said['duration_ms']:.1f} ms {said['request_id']}\n"
    ).encode()


class JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": round(record.created, 3),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            "logger": record.name,
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return msgspec.json.encode(line).decode()


class TextFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s", "%H:%M:%S")


def _is_json(settings: Settings) -> bool:
    return settings.log_format == "json" or (
        settings.log_format == "auto" and not sys.stdout.isatty()
    )


def _write(line: bytes) -> None:
    # One system call, so that lines of several workers do not mix. A full disk or a reader that
    # went away must not fail the request.
    with suppress(OSError):
        os.write(_STDOUT, line)


def _time_of_day(seconds: float) -> str:
    return strftime("%H:%M:%S", localtime(seconds))
