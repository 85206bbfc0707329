"""The servers that are compared: how each is started, as its users do."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

from .data import user_id
from .measure import tree
from .postgres import Postgres
from .tokens import AUDIENCE, ISSUER, Algorithm, Issuer

_PEERS: Final = Path(__file__).with_name("peers")
_BUILD: Final = Path(__file__).parents[1] / "build"
PEER_PYTHON: Final = _BUILD / "bench-venv" / "bin" / "python"
_PATIENCE: Final = 60  # seconds to start or to stop


class ServerError(Exception):
    """A server does not start, or has ended; says so in one line."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A server program: what it is made of, and how it is started."""

    name: str
    title: str
    command: Callable[[int, int], list[str]]
    """By port and number of workers."""
    missing: Callable[[], str | None]
    """What it lacks on this machine, if anything."""
    algorithms: frozenset[Algorithm] = frozenset({"HS256", "EdDSA"})
    is_peer: bool = True
    is_checked: bool = True

    def environment(
        self, postgres: Postgres, database: str, issuer: Issuer, jwks_url: str, algorithm: Algorithm
    ) -> dict[str, str]:
        if self.is_peer:
            return {
                **postgres.variables(database),
                "JWT_ALGORITHM": algorithm,
                "JWT_KEY": issuer.verification_key(algorithm),
                "JWT_ISSUER": ISSUER,
                "JWT_AUDIENCE": AUDIENCE,
            }
        trusted = f'[{{"issuer": "{ISSUER}", "audience": "{AUDIENCE}", "jwks_url": "{jwks_url}"}}]'
        return {
            "DATABASE_URL": postgres.url_of(database),
            "BETTER_AUTH_SECRET": issuer.secret,
            "HONEYDO_ISSUERS": trusted,
            "HONEYDO_JWT_ISSUER": ISSUER,
            "HONEYDO_JWT_AUDIENCE": AUDIENCE,
        }


def _nothing() -> None:
    return None


def _no_venv() -> str | None:
    return None if PEER_PYTHON.exists() else "its environment is not set up (make bench does it)"


def _no_node() -> str | None:
    if not shutil.which("node"):
        return "node is missing"
    if not (_PEERS / "fastify" / "node_modules").is_dir():
        return "its packages are not installed (make bench does it)"
    return None


def _uvicorn(module: str) -> Callable[[int, int], list[str]]:
    def command(port: int, workers: int) -> list[str]:
        options = ("--port", str(port), "--workers", str(workers), "--no-access-log")
        where = ("--app-dir", str(_PEERS), "--log-level", "warning")
        return [str(PEER_PYTHON), "-m", "uvicorn", *where, *options, f"{module}:app"]

    return command


def _honeydo(port: int, workers: int) -> list[str]:
    command = str(Path(sys.executable).with_name("honeydo"))
    return [command, "serve", "--port", str(port), "--workers", str(workers)]


def _fastify(port: int, workers: int) -> list[str]:
    variables = (f"PORT={port}", f"WORKERS={workers}", "NODE_ENV=production")
    return ["/usr/bin/env", *variables, "node", str(_PEERS / "fastify" / "server.mjs")]


HONEYDO: Final = Kind("honeydo", "Honeydo", _honeydo, _nothing, is_peer=False)
KINDS: Final = (
    HONEYDO,
    Kind(
        "classic",
        "FastAPI + SQLModel + psycopg2 + python-jose",
        _uvicorn("classic"),
        _no_venv,
        algorithms=frozenset({"HS256"}),  # python-jose knows no EdDSA
    ),
    Kind(
        "async-orm",
        "FastAPI + SQLAlchemy async ORM + asyncpg",
        _uvicorn("async_orm"),
        _no_venv,
    ),
    Kind("fastify", "Fastify + pg + fast-jwt", _fastify, _no_node),
    Kind("bare", "bare ASGI on uvicorn", _uvicorn("bare"), _no_venv, is_checked=False),
)


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs, and answers."""

    kind: Kind
    url: str
    process: psutil.Process
    startup_seconds: float
    """From its process to its first answer about a user's tasks."""


@contextmanager
def serving(
    kind: Kind,
    postgres: Postgres,
    database: str,
    issuer: Issuer,
    jwks_url: str,
    *,
    folder: Path,
    workers: int = 1,
    algorithm: Algorithm = "HS256",
    variables: Mapping[str, str] | None = None,
) -> Iterator[Server]:
    """The server once it answers; its output is in `folder`. Raises `ServerError`."""
    port = _free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        **kind.environment(postgres, database, issuer, jwks_url, algorithm),
        **(variables or {}),
    }
    log = folder / f"{kind.name}.log"
    began = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            kind.command(port, workers),
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _await_answer(kind, process, url, issuer.token(user_id(0), algorithm), log)
        took = time.perf_counter() - began
        yield Server(kind, url, psutil.Process(process.pid), took)
        if process.poll() is not None:
            raise ServerError(f"{kind.name} has ended: {_last_line(log)}")
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    started = tree(psutil.Process(process.pid)) if process.poll() is None else []
    process.terminate()
    psutil.wait_procs(started, _PATIENCE)
    for left in started:
        with suppress(psutil.NoSuchProcess):
            left.kill()
    process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def _await_answer(
    kind: Kind, process: subprocess.Popen[bytes], url: str, token: str, log: Path
) -> None:
    newest = f"/api/{user_id(0)}/tasks?limit=1"
    end = time.monotonic() + _PATIENCE
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client:
        while process.poll() is None and time.monotonic() < end:
            try:
                if client.get(newest).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            time.sleep(0.005)
    raise ServerError(f"{kind.name} does not start: {_last_line(log)}")


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "it says nothing")
