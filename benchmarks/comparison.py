"""All servers side by side: each round asks every one of them the same, in another order."""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
import psutil

from honeydo.adapters.postgres.statements import Step

from . import limits
from .check import Check, WrongAnswer, check_requests
from .data import load_peer_tasks, load_tasks, remove_spares
from .load import Load
from .measure import Cpu, counted, memory_bytes
from .plan import Plan
from .postgres import Postgres, postgres
from .prepared import recorded
from .scenarios import Draw, Scenario
from .servers import HONEYDO, Kind, Server, ServerError, serving
from .tokens import Algorithm, Issuer

_CHECKED: Final = 25
# What bounds each side has no tasks that change.
_BARE: Final = ("get", "list")


@dataclass(slots=True)
class Comparison:
    """The servers' databases, and what has been found so far."""

    plan: Plan
    postgres: Postgres
    postmaster: psutil.Process | None
    issuer: Issuer
    jwks_url: str
    folder: Path
    say: Callable[[str], None]
    databases: dict[str, str] = field(default_factory=dict)
    statements: Mapping[str, Sequence[Step]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    memory: dict[str, int] = field(default_factory=dict)
    startup: dict[str, list[float]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    _round: int = 0

    def run(self) -> None:
        """Raises `WrongAnswer`, `ServerError`, `LoadError`."""
        for _ in range(1, self.plan.rounds):
            with ExitStack() as stack:
                self._start(stack, 1, "HS256")
        for workers, algorithm in dict.fromkeys(map(_phase, self.plan.scenarios)):
            with ExitStack() as stack:
                servers = self._start(stack, workers, algorithm)
                self._check(servers, algorithm)
                for scenario in self.plan.scenarios:
                    if _phase(scenario) == (workers, algorithm):
                        self._run_scenario(scenario, servers)
                if (workers, algorithm) == (1, "HS256"):
                    self.memory = {each.kind.name: memory_bytes(each.process) for each in servers}

    def _start(self, stack: ExitStack, workers: int, algorithm: Algorithm) -> list[Server]:
        """Those that can verify such tokens; what does not start is left out, but for Honeydo."""
        servers = []
        for kind in self.plan.kinds:
            if algorithm not in kind.algorithms:
                continue
            try:
                server = stack.enter_context(self._serving(kind, workers, algorithm))
            except ServerError as failure:
                if kind is HONEYDO:
                    raise
                self.left_out.append(str(failure))
                self.say(f"  left out: {failure}")
            else:
                servers.append(server)
                if (workers, algorithm) == (1, "HS256"):
                    self.startup.setdefault(kind.name, []).append(server.startup_seconds)
        return servers

    @contextmanager
    def _serving(
        self, kind: Kind, workers: int = 1, algorithm: Algorithm = "HS256"
    ) -> Iterator[Server]:
        with serving(
            kind,
            self.postgres,
            self.databases[kind.name],
            self.issuer,
            self.jwks_url,
            folder=self.folder,
            workers=workers,
            algorithm=algorithm,
        ) as server:
            yield server

    def _check(self, servers: list[Server], algorithm: Algorithm) -> None:
        for server in servers:
            if server.kind.is_checked:
                self.say(f"  checking the answers of {server.kind.name}")
                asyncio.run(self._ask_everything(server, algorithm))

    async def _ask_everything(self, server: Server, algorithm: Algorithm) -> None:
        async with httpx.AsyncClient(base_url=server.url, timeout=30) as client:
            try:
                await Check(client, self.plan.data, self.issuer, algorithm).everything()
            except WrongAnswer as answer:
                raise WrongAnswer(f"{server.kind.name}: {answer}") from None

    def _run_scenario(self, scenario: Scenario, servers: list[Server]) -> None:
        asked = [each for each in servers if each.kind.is_checked or scenario.name in _BARE]
        for database in {*self.databases.values()}:
            self.postgres.tidy(database)
        for server in asked:
            if server.kind.is_checked:
                first = self._draw(scenario)
                few = [scenario.write(first) for _ in range(_CHECKED)]
                self._load_spares(first, [server])
                asyncio.run(check_requests(server.url, scenario, few))
        if self.plan.warm_up:
            self._run_round(scenario, asked, self.plan.warm_up)
        for number in range(self.plan.rounds):
            for run in self._run_round(scenario, asked, self.plan.seconds):
                self.runs.append({**run, "round": number})
        self._remove_spares()

    def _run_round(
        self, scenario: Scenario, servers: list[Server], seconds: float
    ) -> list[dict[str, Any]]:
        draw = self._draw(scenario)
        requests = scenario.requests(draw, seconds)
        self._load_spares(draw, servers)
        order: list[Server | None] = [*servers]
        if "limits" in self.databases and scenario.name in limits.SCENARIOS:
            order.append(None)
        Random(self._round).shuffle(order)  # noqa: S311
        runs = []
        for server in order:
            if server is None:
                limit = limits.run(
                    scenario.name,
                    self.statements[scenario.name],
                    self.plan.data,
                    self.postgres,
                    self.databases["limits"],
                    self.postmaster,
                    seconds,
                )
                runs.append(self._found("pgbench", scenario, *limit))
                continue
            with counted(server.process, self.postmaster) as cpu:
                load = self.plan.send(
                    server.url,
                    requests,
                    seconds=seconds,
                    connections=scenario.connections,
                    think=scenario.think,
                    is_repeatable=scenario.is_repeatable,
                )
            time.sleep(self.plan.settling)
            runs.append(self._found(server.kind.name, scenario, load, cpu))
        return runs

    def _found(self, name: str, scenario: Scenario, load: Load, cpu: Cpu) -> dict[str, Any]:
        answered = max(1, load.requests)
        rate = load.requests / load.seconds
        server_ms = cpu.server / answered * 1_000
        postgres_ms = None if cpu.postgres is None else cpu.postgres / answered * 1_000
        beside = f" + {postgres_ms:.3f} ms of PostgreSQL" if postgres_ms is not None else ""
        self.say(
            f"  {scenario.title:28} {name:10} {rate:8.0f}/s  {server_ms:.3f}{beside}"
            f"  p99 {load.p99:.1f} ms"
        )
        return {
            "scenario": scenario.name,
            "server": name,
            "requests": load.requests,
            "per_second": rate,
            "p50_ms": load.p50,
            "p99_ms": load.p99,
            "p999_ms": load.p999,
            "server_cpu_ms": server_ms,
            "postgres_cpu_ms": postgres_ms,
            "bytes": load.bytes / answered,
            "refused": load.refused,
            "failed": load.failed,
        }

    def _draw(self, scenario: Scenario) -> Draw:
        self._round += 1
        return Draw(self.plan.data, self.issuer, self._round, scenario.algorithm)

    def _load_spares(self, draw: Draw, servers: list[Server]) -> None:
        for kind in (server.kind for server in servers if draw.spares and server.kind.is_checked):
            with self.postgres.connect(self.databases[kind.name]) as connection:
                (load_peer_tasks if kind.is_peer else load_tasks)(connection, draw.spares)

    def _remove_spares(self) -> None:
        for kind in (kind for kind in self.plan.kinds if kind.is_checked):
            with self.postgres.connect(self.databases[kind.name]) as connection:
                remove_spares(connection, is_peer=kind.is_peer)


def _phase(scenario: Scenario) -> tuple[int, Algorithm]:
    """What the servers are started for; scenarios that have it in common share them."""
    return scenario.workers, scenario.algorithm


@contextmanager
def prepared(plan: Plan, say: Callable[[str], None]) -> Iterator[Comparison]:
    """A comparison with a database for each server, all with the same data."""
    issuer = Issuer()
    with ExitStack() as stack:
        say("Starting PostgreSQL and loading the data")
        server = stack.enter_context(postgres())
        jwks_url = stack.enter_context(issuer.published())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="honeydo-bench-logs-")))
        comparison = Comparison(plan, server, server.postmaster(), issuer, jwks_url, folder, say)
        ours = stack.enter_context(server.database("honeydo"))
        server.fill(ours, plan.data, is_peer=False)
        if limits.program():
            copy = stack.enter_context(server.database("limits", template=ours))
            comparison.databases["limits"] = copy
            recording = recorded(server.url_of(copy), plan.data.witnesses[0])
            comparison.statements = asyncio.run(recording)
        template = None
        for kind in plan.kinds:
            if not kind.is_peer:
                comparison.databases[kind.name] = ours
            elif template is None:
                template = stack.enter_context(server.database(kind.name))
                server.fill(template, plan.data, is_peer=True)
                comparison.databases[kind.name] = template
            else:
                copy = stack.enter_context(server.database(kind.name, template=template))
                comparison.databases[kind.name] = copy
        yield comparison
