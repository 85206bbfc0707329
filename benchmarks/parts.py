"""The parts by themselves, in this process: microseconds of processor time an operation."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from itertools import count, cycle
from statistics import median
from typing import Any, Final, TypeAlias
from uuid import UUID

import psutil

import honeydo
from honeydo.adapters.http.app import create_app
from honeydo.adapters.http.metrics import Metrics
from honeydo.adapters.http.observation import observed
from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.jwt.issuer import Issuer as TrustedIssuer
from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier

from .data import Data, task_id, user_id
from .measure import cpu_seconds
from .plan import Plan
from .postgres import Postgres, postgres
from .scenarios import PAGE
from .tokens import AUDIENCE, ISSUER, Issuer

Operation: TypeAlias = Callable[[], Awaitable[object]]

_REPEATS: Final = 5
_AT_ONCE: Final = 64
_NOWHERE: Final = os.open(os.devnull, os.O_WRONLY)
_PATH: Final = f"/api/{user_id(0)}/tasks"


def measured(plan: Plan, say: Callable[[str], None]) -> list[dict[str, Any]]:
    return asyncio.run(_Parts(plan.seconds, plan.data, say).all())


class _Parts:
    def __init__(self, seconds: float, data: Data, say: Callable[[str], None]) -> None:
        self._seconds, self._data, self._say = seconds, data, say
        self._issuer = Issuer()
        self._found: list[dict[str, Any]] = []

    async def all(self) -> list[dict[str, Any]]:
        with self._issuer.published() as jwks_url:
            await self._tokens(jwks_url)
        await self._observation()
        await self._http()
        with postgres() as server, server.database("parts") as database:
            server.fill(database, self._data, is_peer=False)
            await self._database(server, database)
        return self._found

    async def _tokens(self, jwks_url: str) -> None:
        """Each token is new to its verifier, but for those that it remembers."""
        keys = KeySet(ISSUER, jwks_url)
        issuers = {ISSUER: TrustedIssuer(keys, (AUDIENCE,))}
        shared = SharedSecret(self._issuer.secret.encode(), ISSUER, AUDIENCE)
        async with keys.opened():
            for algorithm in ("HS256", "EdDSA"):
                tokens = [self._issuer.token(user_id(user), algorithm) for user in range(200)]
                new = (TokenVerifier(shared, issuers)(token) for token in cycle(tokens))
                await self._run("token", f"{algorithm}, seen first", new.__next__)
            remembering = TokenVerifier(shared, issuers)
            await self._run("token", "remembered", lambda: remembering(tokens[0]))

    async def _observation(self) -> None:
        async def plain(_: Any, __: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        silent = observed(plain, Metrics(), None)
        logged = observed(plain, Metrics(), _discard)
        bare = await self._run("observation", "nothing", lambda: _call(plain, "GET", _PATH))
        without = await self._run(
            "observation", "id, headers, metrics", lambda: _call(silent, "GET", _PATH), bare
        )
        await self._run(
            "observation", "log line", lambda: _call(logged, "GET", _PATH), bare + without
        )

    async def _http(self) -> None:
        """All that is above the repository, which is the one in memory; no socket."""
        tasks, name = honeydo.in_memory(), user_id(0)
        for number in range(PAGE):
            task = await tasks.create(name, title=f"Task {number}")
        verify = TokenVerifier(SharedSecret(self._issuer.secret.encode()))

        async def is_ready() -> bool:
            return True

        options = HttpOptions(access_log=_discard)
        app = create_app(tasks, verify=verify, is_ready=is_ready, options=options)
        token = self._issuer.token_of(0, "HS256")

        def call(method: str, path: str, body: bytes = b"") -> Operation:
            return lambda: _call(app, method, path, token, body)

        await self._run("HTTP", "get", call("GET", f"{_PATH}/{task.id}"))
        await self._run("HTTP", f"list of {PAGE}", call("GET", f"{_PATH}?limit={PAGE}"))
        await self._run("HTTP", "toggle", call("PATCH", f"{_PATH}/{task.id}/complete"))
        await self._run("HTTP", "create", call("POST", _PATH, b'{"title": "Buy honey"}'))

    async def _database(self, server: Postgres, database: str) -> None:
        """Use cases over the repository in PostgreSQL, from many coroutines at once."""
        turns, users = count(), self._data.busy_users
        postmaster = server.postmaster()
        async with honeydo.open(server.url_of(database)) as tasks:

            def own() -> tuple[str, UUID]:
                """Another user each time, and of theirs another task, so that none waits."""
                turn = next(turns)
                user, number = turn % users, turn // users % self._data.tasks
                return user_id(user), task_id(user, number)

            operations: dict[str, Operation] = {
                "get": lambda: tasks.get(*own()),
                f"list of {PAGE}": lambda: tasks.list(own()[0], limit=PAGE),
                "create": lambda: tasks.create(own()[0], title="Buy honey"),
                "toggle": lambda: tasks.toggle(*own()),
            }
            for name, operation in operations.items():
                await self._run("database", name, operation, at_once=_AT_ONCE, beside=postmaster)

    async def _run(
        self,
        side: str,
        part: str,
        operation: Operation,
        less: float = 0,
        *,
        at_once: int = 1,
        beside: psutil.Process | None = None,
    ) -> float:
        """Microseconds of this process for one operation, `less` what is measured with it."""
        own, others = [], []
        for _ in range(_REPEATS):
            before, before_beside = time.process_time(), cpu_seconds(beside) if beside else 0
            done = await _repeated(operation, self._seconds / _REPEATS, at_once)
            own.append((time.process_time() - before) / done * 1e6 - less)
            if beside:
                others.append((cpu_seconds(beside) - before_beside) / done * 1e6)
        found = {"side": side, "part": part, "cpu_us": median(own)}
        if others:
            found["postgres_us"] = median(others)
        self._found.append(found)
        self._say(f"  {side:12} {part:22} {median(own):8.1f} µs")
        return median(own)


async def _repeated(operation: Operation, seconds: float, at_once: int) -> int:
    """How often it was done in that time."""
    done, end = 0, time.perf_counter() + seconds

    async def repeat() -> None:
        nonlocal done
        while time.perf_counter() < end:
            for _ in range(10):
                await operation()
            done += 10

    await asyncio.gather(*(repeat() for _ in range(at_once)))
    return done


async def _call(app: Any, method: str, address: str, token: str = "", body: bytes = b"") -> None:
    """A request as an ASGI server passes it on. Raises `AssertionError` if it is refused."""
    path, _, query = address.partition("?")
    headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    if body:
        headers.append((b"content-type", b"application/json"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message.get("status", 200) >= 400:
            raise AssertionError(f"{method} {path} is answered with {message['status']}")

    await app(scope, receive, send)


def _discard(line: bytes) -> None:
    os.write(_NOWHERE, line)
