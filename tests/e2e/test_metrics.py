"""What Prometheus reads of a server of several workers."""

import re

from tests.e2e.server import Server


def lists_answered(server: Server) -> float:
    with server.client() as client:
        metrics = client.get("/metrics").text
    line = r'^honeydo_http_requests_total\{.*route="/api/{user_id}/tasks",status="200"\} (\S+)$'
    return sum(float(count) for count in re.findall(line, metrics, flags=re.MULTILINE))


def test_any_worker_tells_the_counts_of_all(configured_server: Server) -> None:
    before = lists_answered(configured_server)

    for _ in range(20):
        # A connection each, so that both workers get some.
        with configured_server.client("ada") as client:
            client.get("/api/me/tasks")

    assert lists_answered(configured_server) == before + 20
