"""What the report says of the numbers."""

from pathlib import Path
from typing import Any

from benchmarks import report

SIZE = {"made_on": {"date": "2026-01-01"}, "run": {"seconds": 1.0, "rounds": 3, "scale": 1.0}}


def run(server: str, **changed: object) -> dict[str, Any]:
    return {
        "scenario": "get",
        "server": server,
        "requests": 1_000,
        "per_second": 500.0,
        "p50_ms": 1.0,
        "p99_ms": 2.0,
        "p999_ms": 3.0,
        "server_cpu_ms": 0.2,
        "postgres_cpu_ms": 0.1,
        "bytes": 300.0,
        "refused": 0,
        "failed": 0,
    } | changed


def written(results: Path, *runs: dict[str, Any]) -> list[str]:
    found = {"runs": runs, "left_out": [], "memory": {}, "startup": {}, **SIZE}
    report.keep(results, "servers", found)
    report.write(results)
    return (results / "README.md").read_text().splitlines()


def test_the_middle_round_counts(tmp_path: Path) -> None:
    rounds = [run("honeydo", server_cpu_ms=cost) for cost in (0.9, 0.1, 0.2)]

    assert "| get a task | 0.200 + 0.100 |" in written(tmp_path, *rounds)


def test_a_peer_is_shown_as_a_ratio_of_all_that_it_costs(tmp_path: Path) -> None:
    peer = run("classic", server_cpu_ms=2.0, postgres_cpu_ms=1.0)

    lines = written(tmp_path, run("honeydo"), peer)

    assert "| get a task | 0.200 + 0.100 | 2.000 + 1.000 (10.0 times) |" in lines


def test_server_and_postgres_are_compared_apart(tmp_path: Path) -> None:
    peer = run("fastify", server_cpu_ms=0.16, postgres_cpu_ms=0.2, per_second=400.0)

    lines = written(tmp_path, run("honeydo"), peer)

    assert "| get a task | 1.2 + 0.5, 1.25 times |" in lines


def test_a_server_that_refuses_work_is_marked(tmp_path: Path) -> None:
    lines = written(tmp_path, run("honeydo", refused=30, failed=20))

    assert "| get a task | 0.200 + 0.100 **(5.0% lost)** |" in lines
    assert "| get a task | 500 **(5.0% lost)** |" in lines
    assert "| get a task | 1.0 / 2.0 / 3 **(5.0% lost)** |" in lines
