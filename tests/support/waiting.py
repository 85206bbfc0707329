import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[object]], timeout: float = 30) -> None:
    """Wait for what nobody tells us of. Raises `TimeoutError`."""
    async with asyncio.timeout(timeout):
        while not await holds():  # noqa: ASYNC110 - another process knows
            await asyncio.sleep(0.01)
