"""Whoever sends the requests: wrk, or a slow one in Python where no time is taken."""

import asyncio
import itertools
import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import urlsplit

_SCRIPT: Final = Path(__file__).with_name("load.lua")


class LoadError(Exception):
    """The load could not be made; says why in one line."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests was like; the parts of latency are in milliseconds."""

    requests: int
    seconds: float
    bytes: int
    refused: int
    """Answers with a status of 400 or more."""
    failed: int
    """Requests without an answer."""
    p50: float
    p99: float
    p999: float


class SendLoad(Protocol):
    def __call__(
        self,
        url: str,
        requests: Sequence[bytes],
        *,
        seconds: float,
        connections: int,
        think: int = 0,
        is_repeatable: bool = True,
    ) -> Load:
        """Send the requests from so many connections at once, each waiting for its answer.

        `think` is the mean pause before each request, in milliseconds. Ends early when the requests
        do, unless they may be sent again. Raises `LoadError`.
        """


def require_wrk() -> None:
    if not shutil.which("wrk"):
        raise LoadError("wrk is missing: install it (apt install wrk, brew install wrk)")


def wrk(
    url: str,
    requests: Sequence[bytes],
    *,
    seconds: float,
    connections: int,
    think: int = 0,
    is_repeatable: bool = True,
) -> Load:
    with tempfile.NamedTemporaryFile(prefix="honeydo-bench-") as file:
        file.write(b"\0".join(requests))
        file.flush()
        variables = {
            "BENCH_REQUESTS": file.name,
            "BENCH_ONCE": str(int(not is_repeatable)),
            "BENCH_THINK": str(think),
        }
        duration = f"-d{max(1, round(seconds))}s"
        options = ("-t1", f"-c{connections}", duration, "--timeout", "30s", "-s", str(_SCRIPT))
        ended = subprocess.run(  # noqa: S603
            ["wrk", *options, url],  # noqa: S607
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=False,
        )
    found = [line for line in ended.stdout.splitlines() if line.startswith("RESULT ")]
    if ended.returncode or not found:
        raise LoadError(f"wrk failed: {' '.join((ended.stderr or ended.stdout).split())}")
    sent, microseconds, size, refused, failed, *parts = map(float, found[0].split()[1:])
    return Load(
        int(sent), microseconds / 1e6, int(size), int(refused), int(failed),
        *(part / 1_000 for part in parts),
    )  # fmt: skip


def trickle(
    url: str,
    requests: Sequence[bytes],
    *,
    seconds: float,
    connections: int,
    think: int = 0,
    is_repeatable: bool = True,
) -> Load:
    """For trying things out: itself, it costs more than any server."""
    return asyncio.run(_trickle(url, requests, seconds, connections, think, is_repeatable))


async def _trickle(
    url: str,
    requests: Sequence[bytes],
    seconds: float,
    connections: int,
    think: int,
    is_repeatable: bool,
) -> Load:
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    left = iter(itertools.cycle(requests) if is_repeatable else requests)
    began = time.perf_counter()

    async def client() -> None:
        async with Connection(url) as connection:
            for request in left:
                sent = time.perf_counter()
                status, _ = await connection.ask(request)
                statuses[status] += 1
                latencies.append((time.perf_counter() - sent) * 1_000)
                await asyncio.sleep(think / 1_000)
                if time.perf_counter() > began + seconds:
                    return

    await asyncio.gather(*(client() for _ in range(connections)))
    latencies.sort()
    return Load(
        requests=len(latencies),
        seconds=time.perf_counter() - began,
        bytes=0,
        refused=sum(count for status, count in statuses.items() if status >= 400),
        failed=0,
        p50=_percentile(latencies, 50),
        p99=_percentile(latencies, 99),
        p999=_percentile(latencies, 99.9),
    )


def _percentile(ordered: Sequence[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part / 100))] if ordered else 0.0


class Connection:
    """One connection that requests are written to as they are."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname, parts.port

    async def __aenter__(self) -> "Connection":
        self._reader, self._writer = await asyncio.open_connection(*self._address)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """The answer's status and body. Raises `LoadError` if there is none."""
        self._writer.write(request)
        try:
            head = await self._reader.readuntil(b"\r\n\r\n")
            status = int(head.split(b" ", 2)[1])
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            if status in (204, 304):
                length = 0
            return status, await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise LoadError(f"no answer: {error}") from error
