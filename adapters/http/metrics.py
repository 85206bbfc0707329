"""What Prometheus reads at `/metrics`: how many requests, how fast, with what outcome."""

import os
from collections.abc import Iterator
from functools import cache
from typing import Final

from litestar.handlers import HTTPRouteHandler
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector

from .answers import Answer
from .routing import handlers

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class Metrics:
    """Counts of this process; of all workers where they share PROMETHEUS_MULTIPROC_DIR."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        requests = Counter(
            "honeydo_http_requests_total",
            "Requests that were answered; status 0: the client was gone.",
            ["method", "route", "status"],
            registry=self._registry,
        )
        seconds = Histogram(
            "honeydo_http_request_duration_seconds",
            "From a request's head to the end of its answer.",
            ["route"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        # To find a series takes longer than to count in it.
        self._requests_of, self._seconds_of = cache(requests.labels), cache(seconds.labels)
        self.streams = Gauge(
            "honeydo_streams",
            "Streams of changes that are open.",
            registry=self._registry,
            multiprocess_mode="livesum",
        )

    def count(self, method: str, route: str, status: int, seconds: float | None) -> None:
        # A client must not be able to make up new time series.
        known = method if method in _METHODS else "other"
        self._requests_of(known, route, status).inc()
        if seconds is not None:
            self._seconds_of(route).observe(seconds)

    def routes(self) -> Iterator[HTTPRouteHandler]:
        yield from handlers("/metrics", GET=self._exposition)

    async def _exposition(self, _: object) -> Answer:
        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        return Answer(
            generate_latest(registry),
            headers={"Cache-Control": "no-store"},
            media_type=CONTENT_TYPE_LATEST.encode(),
        )
