"""On paper: what many users would need, from the costs that were measured.

requests a second  = users * active * asked / 86,400 * peak
cores of a server  = requests a second * CPU seconds of the mixed load / busy
nodes              = cores / cores of a node, rounded up, one more for a failure
stored bytes       = users * tasks * bytes a task
shards by owner    = the more of what cores and what bytes need, rounded up
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

DAY: Final = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumptions:
    users: int = 100_000_000
    active: float = 0.1
    """The part of the users that comes on a day."""
    asked: int = 100
    """Requests of each of them on that day."""
    peak: float = 4
    """The busiest minute, as times the day's mean."""
    tasks: int = 100
    """Of each user, all in all."""
    busy: float = 0.5
    """The part of its processor time that a machine is to be busy at the peak."""
    node_cores: int = 4
    shard_cores: int = 16
    shard_bytes: float = 1e12

    @property
    def per_second(self) -> float:
        return self.users * self.active * self.asked / DAY * self.peak


@dataclass(frozen=True, slots=True)
class Estimate:
    server_cores: float
    postgres_cores: float
    stored_bytes: float
    nodes: int
    shards: int


def estimate(
    given: Assumptions, *, server_ms: float, postgres_ms: float, bytes_a_task: float
) -> Estimate:
    """From the milliseconds of processor time that a request of the mixed load costs."""
    server = given.per_second * server_ms / 1_000 / given.busy
    postgres = given.per_second * postgres_ms / 1_000 / given.busy
    stored = given.users * given.tasks * bytes_a_task
    return Estimate(
        server,
        postgres,
        stored,
        nodes=math.ceil(server / given.node_cores) + 1,
        shards=max(math.ceil(postgres / given.shard_cores), math.ceil(stored / given.shard_bytes)),
    )


def written(server_ms: float, postgres_ms: float, bytes_a_task: float) -> Iterator[str]:
    given = Assumptions()
    found = estimate(given, server_ms=server_ms, postgres_ms=postgres_ms, bytes_a_task=bytes_a_task)
    yield (
        f"{given.users:,} users, of whom {given.active:.0%} come on a day and ask {given.asked}"
        f" times, at the peak {given.peak:.0f} times the mean: {given.per_second:,.0f} requests a"
        " second of the mixed load."
    )
    yield ""
    yield (
        f"- servers: x {server_ms:.3f} ms / {given.busy:.0%} busy = {found.server_cores:.0f} cores,"
        f" {found.nodes} nodes of {given.node_cores} with one to spare"
    )
    yield (
        f"- PostgreSQL: x {postgres_ms:.3f} ms / {given.busy:.0%} busy ="
        f" {found.postgres_cores:.0f} cores; {given.tasks} tasks of each user x"
        f" {bytes_a_task:.0f} bytes with their indexes = {found.stored_bytes / 1e12:.1f} TB"
    )
    yield (
        f"- shards by owner, of {given.shard_cores} cores and {given.shard_bytes / 1e12:.0f} TB:"
        f" {found.shards}, each with a standby"
    )
