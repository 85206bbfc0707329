"""Whether memory stays flat under a long load."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from .data import load_tasks, remove_spares
from .measure import memory_bytes
from .plan import Plan
from .postgres import postgres
from .scenarios import Draw, Scenario
from .servers import HONEYDO, serving
from .tokens import Issuer

_SLICE: Final = 10.0  # seconds


def measured(plan: Plan, say: Callable[[str], None]) -> list[dict[str, Any]]:
    """Memory of Honeydo, one worker, as time goes on under the mixed load."""
    scenario, issuer, found = (
        Scenario("mixed", "mixed", Draw.mixed, None, is_repeatable=False),
        Issuer(),
        [],
    )
    with ExitStack() as stack:
        server = stack.enter_context(postgres())
        jwks_url = stack.enter_context(issuer.published())
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="honeydo-bench-logs-")))
        database = stack.enter_context(server.database("soak"))
        server.fill(database, plan.data, is_peer=False)
        where = (server, database, issuer, jwks_url)
        running = stack.enter_context(serving(HONEYDO, *where, folder=folder))
        connection = stack.enter_context(server.connect(database))
        seconds = min(_SLICE, plan.minutes * 60)
        began, number = time.monotonic(), 0
        while time.monotonic() < began + plan.minutes * 60:
            number += 1
            draw = Draw(plan.data, issuer, number)
            requests = scenario.requests(draw, seconds)
            load_tasks(connection, draw.spares)
            load = plan.send(
                running.url, requests, seconds=seconds, connections=64, is_repeatable=False
            )
            remove_spares(connection, is_peer=False)
            server.tidy(database)
            found.append(
                {
                    "seconds": time.monotonic() - began,
                    "memory_bytes": memory_bytes(running.process),
                    "requests": load.requests,
                    "p99_ms": load.p99,
                    "refused": load.refused,
                    "failed": load.failed,
                }
            )
            megabytes = found[-1]["memory_bytes"] / 1e6
            say(f"  {found[-1]['seconds']:6.0f} s  {megabytes:6.1f} MB  {load.requests} requests")
    return found
