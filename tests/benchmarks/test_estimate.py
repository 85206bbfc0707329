"""The arithmetic of the paper estimate, on numbers that can be followed by hand."""

from benchmarks.estimate import Assumptions, estimate

GIVEN = Assumptions(
    users=86_400, active=0.5, asked=100, peak=2, tasks=10, busy=0.5, node_cores=4, shard_cores=16
)


def test_the_peak_is_what_must_be_served() -> None:
    assert GIVEN.per_second == 100


def test_machines_are_counted_by_their_busy_cores_with_a_node_to_spare() -> None:
    found = estimate(GIVEN, server_ms=40, postgres_ms=80, bytes_a_task=1)

    assert (found.server_cores, found.nodes) == (8, 3)
    assert (found.postgres_cores, found.shards) == (16, 1)


def test_shards_are_as_many_as_the_stored_bytes_need() -> None:
    found = estimate(GIVEN, server_ms=1, postgres_ms=1, bytes_a_task=2.5e12 / 864_000)

    assert found.shards == 3
