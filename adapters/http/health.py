"""For load balancers and orchestrators; no token."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

from honeydo.application.errors import Unavailable

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

    async def ready(self) -> Response[Health]:
        """Whether requests can be served: the database answers and its schema is this version's."""
        try:
            status = "ok" if await self.is_ready() else "not_migrated"
        except Unavailable:
            status = "unavailable"
        return Response(
            Health(status), status_code=200 if status == "ok" else 503, headers=_CACHING
        )

    async def live(self) -> Response[Health]:
        """Whether this process answers at all."""
        return Response(Health("ok"), headers=_CACHING)
