"""How cost grows: curves over tasks of a user, users, connections, depth, history and streams."""

import socket
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import psycopg

from honeydo.adapters.postgres.migrations import migrate

from . import scenarios
from .data import Data, bulk, load_tasks, load_users, remove_created
from .load import LoadError
from .measure import counted, memory_bytes
from .plan import Plan
from .plans import explained
from .postgres import Postgres, postgres
from .scenarios import PAGE, Draw, Write
from .servers import HONEYDO, Server, serving
from .tokens import Issuer

CURVES: Final = ("tasks", "users", "clients")
TASKS: Final = (10, 100, 1_000, 10_000, 100_000, 1_000_000)
USERS: Final = (1_000, 10_000, 100_000, 1_000_000)
EACH: Final = 10
"""Tasks of each user on the curve over users."""
CONNECTIONS: Final = (1, 4, 16, 64, 256, 1_000)
STREAMS: Final = (1, 10, 100, 1_000)
_BYSTANDERS: Final = Data(users=1_000, tasks=100)
_CREATES: Final = 500
_DEPTHS: Final = (0, 1, 10, 100)  # thousands of tasks in front, and the last of all
_CYCLE: Final = 2_000  # requests
_BULK: Final = 500_000  # tasks from which on it pays


@dataclass(slots=True)
class Growth:
    """Honeydo, one worker, asked by one client at a time unless a curve says otherwise: what is
    measured is the work, not the waiting for each other."""

    plan: Plan
    postgres: Postgres
    issuer: Issuer
    jwks_url: str
    folder: Path
    say: Callable[[str], None]
    points: list[dict[str, Any]] = field(default_factory=list)
    plans: dict[str, str] = field(default_factory=dict)
    bytes_a_task: float | None = None
    """On disk, with its part of the indexes, where there are most users."""
    left_out: list[str] = field(default_factory=list)
    _round: int = 0

    def run(self) -> None:
        curves = {
            "tasks": self.over_tasks_of_a_user,
            "users": self.over_users,
            "clients": self.over_clients,
        }
        for name in self.plan.curves:
            curves[name]()

    def over_tasks_of_a_user(self) -> None:
        """User 0 has more and more tasks, among others who have a hundred each."""
        with self._database("tasks") as (database, connection), self._server(database) as server:
            others = range(1, _BYSTANDERS.users)
            load_users(connection, [0], 2 * TASKS[-1])
            load_users(connection, others, _BYSTANDERS.tasks)
            load_tasks(connection, ((u, k) for u, k in _BYSTANDERS.each() if u in others))
            loaded = 0
            for tasks in self._points(TASKS):
                self._load(connection, [(0, number) for number in range(loaded, tasks)])
                loaded = tasks
                self.postgres.tidy(database)
                # One busy user; nobody asks the three witnesses.
                self._measure_kinds("tasks of a user", tasks, server, Data(users=4, tasks=tasks))
                remove_created(connection)
                self._measure_feed(tasks, server)
            self._measure_depth(server)
            self._explain(f"one user has {loaded:,} tasks", database)

    def over_users(self) -> None:
        with self._database("users") as (database, connection), self._server(database) as server:
            loaded = 0
            for users in self._points(USERS):
                new = range(loaded, users)
                load_users(connection, new, EACH)
                self._load(connection, [(u, k) for k in range(EACH) for u in new])
                loaded = users
                self.postgres.tidy(database)
                self._measure_kinds("users", users, server, Data(users, EACH))
            [(size,)] = connection.execute("SELECT pg_total_relation_size('tasks')")
            self.bytes_a_task = size / (loaded * EACH)
            self._explain(f"{loaded:,} users have {loaded * EACH:,} tasks", database)

    def over_clients(self) -> None:
        with self._database("clients") as (database, connection):
            load_users(connection, range(self.plan.data.users), self.plan.data.tasks)
            load_tasks(connection, self.plan.data.each())
            self.postgres.tidy(database)
            for measure in (self._measure_connections, self._measure_streams):
                # A new one: what many clients have left in memory would hide what streams take.
                with self._server(database) as server:
                    measure(server)

    def _measure_connections(self, server: Server) -> None:
        for connections in self._points(CONNECTIONS):
            draw = self._draw(self.plan.data)
            cycle = [scenarios.page(draw) for _ in range(_CYCLE)]
            self._measure("connections", connections, "list", server, cycle, connections)

    def _measure_streams(self, server: Server) -> None:
        path = "/api/me/changes/stream"
        with self._client(server) as client, client.stream("GET", path) as answer:
            if answer.status_code != 200:
                self.left_out.append(f"streams: GET {path} answers {answer.status_code}")
                return
        draw = self._draw(self.plan.data)
        cycle = [scenarios.get(draw) for _ in range(_CYCLE)]
        self.plan.send(server.url, cycle, seconds=self.plan.seconds, connections=1)
        before = memory_bytes(server.process)
        with ExitStack() as stack:
            opened = 0
            for streams in self._points(STREAMS):
                for user in range(opened, streams):
                    stack.enter_context(self._stream(server, path, user))
                opened = streams
                self._measure("streams", streams, "get", server, cycle)
                self.points[-1]["memory_bytes"] = memory_bytes(server.process) - before

    @contextmanager
    def _stream(self, server: Server, path: str, user: int) -> Iterator[None]:
        """A client that listens, and is told nothing for now."""
        address = urlsplit(server.url)
        token = self.issuer.token_of(user % self.plan.data.users, "HS256")
        request = f"GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
        with socket.create_connection((address.hostname, address.port), 30) as listener:
            listener.sendall(request.encode())
            if not listener.recv(4_096).startswith(b"HTTP/1.1 200"):
                raise LoadError("a stream was refused")
            yield

    def _measure_kinds(self, curve: str, x: int, server: Server, data: Data) -> None:
        kinds: tuple[tuple[str, Write], ...] = (("get", scenarios.get), ("list", scenarios.page))
        for name, write in kinds:
            draw = self._draw(data)
            self._measure(curve, x, name, server, [write(draw) for _ in range(_CYCLE)])
        draw = self._draw(data)
        # Few, or the user would have many more tasks than the point is about.
        creates = [scenarios.create(draw) for _ in range(_CREATES)]
        self._measure(curve, x, "create", server, creates, is_repeatable=False)

    def _explain(self, title: str, database: str) -> None:
        self.plans[title] = explained(self.postgres.url_of(database), 0)

    def _measure_feed(self, tasks: int, server: Server) -> None:
        """A client that knows all asks for news; a new one asks for the first page."""
        with self._client(server) as client:
            answer = client.get("/api/me/changes", params={"limit": 1_000})
            if answer.status_code != 200:
                self.left_out.append(f"the feed: it answers {answer.status_code}")
                return
            while (feed := answer.json())["has_more"]:
                params = {"limit": 1_000, "since": feed["cursor"]}
                answer = client.get("/api/me/changes", params=params)
        draw = self._draw(Data(users=4, tasks=tasks))
        for name, since in (("no news", f"&since={feed['cursor']}"), ("first page", "")):
            request = draw.request_to("GET", 0, f"/changes?limit={PAGE}{since}")
            self._measure("history", tasks, name, server, [request])

    def _measure_depth(self, server: Server) -> None:
        """Pages of user 0's list, ever deeper."""
        draw = self._draw(Data(users=4))
        with self._client(server) as client:
            path, depth = "/api/me/tasks?limit=1000", 0
            while path:
                following = client.get(path).links.get("next", {}).get("url", "")
                if depth in _DEPTHS or not following:
                    query = urlsplit(path).query.replace("limit=1000", f"limit={PAGE}")
                    request = draw.request("GET", 0, f"?{query}")
                    self._measure("depth", depth * 1_000, "list", server, [request])
                path, depth = following, depth + 1

    def _measure(
        self,
        curve: str,
        x: int,
        operation: str,
        server: Server,
        requests: Sequence[bytes],
        connections: int = 1,
        *,
        is_repeatable: bool = True,
    ) -> None:
        seconds = self.plan.seconds
        if is_repeatable and self.plan.warm_up:
            warm_up = self.plan.warm_up
            self.plan.send(server.url, requests, seconds=warm_up, connections=connections)
            time.sleep(self.plan.settling)
        with counted(server.process, self.postgres.postmaster()) as cpu:
            load = self.plan.send(
                server.url,
                requests,
                seconds=seconds,
                connections=connections,
                is_repeatable=is_repeatable,
            )
        time.sleep(self.plan.settling)
        answered = max(1, load.requests)
        postgres_ms = None if cpu.postgres is None else cpu.postgres / answered * 1_000
        self.points.append(
            {
                "curve": curve,
                "x": x,
                "operation": operation,
                "p50_ms": load.p50,
                "p99_ms": load.p99,
                "per_second": load.requests / load.seconds,
                "server_cpu_ms": cpu.server / answered * 1_000,
                "postgres_cpu_ms": postgres_ms,
                "refused": load.refused,
                "failed": load.failed,
            }
        )
        self.say(f"  {curve:16} {x:9,} {operation:10} p50 {load.p50:7.2f} ms")

    def _draw(self, data: Data) -> Draw:
        self._round += 1
        return Draw(data, self.issuer, self._round)

    @contextmanager
    def _database(self, name: str) -> Iterator[tuple[str, psycopg.Connection]]:
        with self.postgres.database(name) as database:
            migrate(self.postgres.url_of(database))
            with self.postgres.connect(database) as connection:
                yield database, connection

    @contextmanager
    def _server(self, database: str) -> Iterator[Server]:
        where = (self.postgres, database, self.issuer, self.jwks_url)
        with serving(HONEYDO, *where, folder=self.folder) as server:
            yield server

    def _client(self, server: Server) -> httpx.Client:
        """User 0's."""
        authorization = f"Bearer {self.issuer.token_of(0, 'HS256')}"
        return httpx.Client(
            base_url=server.url, headers={"Authorization": authorization}, timeout=30
        )

    def _points(self, points: Sequence[int]) -> Sequence[int]:
        """The first one, and those that are not too large for the scale."""
        return [x for x in points if x == points[0] or x <= points[-1] * self.plan.scale]

    def _load(self, connection: psycopg.Connection, tasks: Sequence[tuple[int, int]]) -> None:
        if len(tasks) < _BULK:
            load_tasks(connection, tasks)
        else:
            with bulk(connection):
                load_tasks(connection, tasks)


@contextmanager
def prepared(plan: Plan, say: Callable[[str], None]) -> Iterator[Growth]:
    issuer = Issuer()
    with (
        postgres() as server,
        issuer.published() as jwks_url,
        TemporaryDirectory(prefix="honeydo-bench-logs-") as folder,
    ):
        yield Growth(plan, server, issuer, jwks_url, Path(folder), say)
