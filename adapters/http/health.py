"""For load balancers and orchestrators; no token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec.json import encode

from honeydo.application.errors import Unavailable

from .answers import Answer
from .routing import handlers
from .schemas import Health

_CACHING: Final = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class HealthController:
    is_ready: Callable[[], Awaitable[bool]]

    def routes(self) -> list[HTTPRouteHandler]:
        return [
            *handlers("/health", GET=self.ready),
            *handlers("/health/live", GET=self.live),
        ]

    async def ready(self, _: object) -> Answer:
        """Whether requests can be served: the database answers and its schema is this version's."""
        try:
            status = "ok" if await self.is_ready() else "not_migrated"
        except Unavailable:
            status = "unavailable"
        return _answer(status, 200 if status == "ok" else 503)

    async def live(self, _: object) -> Answer:
        """Whether this process answers at all."""
        return _answer("ok", 200)


def _answer(status: str, code: int) -> Answer:
    return Answer(encode(Health(status)), status=code, headers=_CACHING)
