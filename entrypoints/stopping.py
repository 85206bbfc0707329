"""A server that is told to stop does not wait for streams, which end by themselves in hours."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from honeydo.application.live import Live


@contextmanager
def ending_with_the_server(live: Live) -> Iterator[None]:
    """Within, SIGTERM and SIGINT end all streams, and then do what the server wants of them. ASGI
    itself tells an application of the end only behind the last answer."""
    loop = asyncio.get_running_loop()
    servers: dict[int, Callable[[int, FrameType | None], object]] = {}

    def end(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(live.close)
        servers[number](number, frame)

    if threading.current_thread() is threading.main_thread():
        for number in map(int, (signal.SIGTERM, signal.SIGINT)):
            handler = signal.getsignal(number)
            # Where there is none, the process is to end at once, as it would without us.
            if callable(handler):
                servers[number] = handler
                signal.signal(number, end)
    try:
        yield
    finally:
        for number, server in servers.items():
            signal.signal(number, server)
        live.close()
