"""Forgets by itself what has been deleted for long, as long as the server runs."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Final

from honeydo.application.errors import Unavailable
from honeydo.application.upkeep import Purge

logger: Final = logging.getLogger(__name__)

_chance: Final = SystemRandom()

_FIRST_WITHIN: Final = 10.0
_EVERY: Final = 3_600.0


@asynccontextmanager
async def purging(
    purge: Purge, *, first_within: float = _FIRST_WITHIN, every: float = _EVERY
) -> AsyncIterator[None]:
    """Purges within so many seconds, then about every so many: workers that start together soon
    do it at different times. An outage puts it off until the next time."""
    regular = asyncio.create_task(_regularly(purge, first_within, every))
    try:
        yield
    finally:
        while not regular.done():
            # Before Python 3.12, what it waits for may swallow that.
            regular.cancel()
            await asyncio.wait([regular], timeout=1)


async def _regularly(purge: Purge, first_within: float, every: float) -> None:
    await asyncio.sleep(_chance.uniform(0, first_within))
    while True:
        await _once(purge)
        await asyncio.sleep(_chance.uniform(0.5, 1.5) * every)


async def _once(purge: Purge) -> None:
    try:
        if purged := await purge():
            logger.info("Purged tasks that were deleted long ago: %d", purged)
    except Unavailable as outage:
        logger.warning("Purging is put off: %s", outage)
    except Exception:
        # A defect here must not keep the server from serving, nor from trying again.
        logger.exception("Purging failed")
