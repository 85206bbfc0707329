"""Requests written by hand, to the application behind a real socket."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar.types import ASGIApp
from uvicorn import Config, Server

from honeydo.adapters.http.protocol import BoundedProtocol


@asynccontextmanager
async def listening(
    app: ASGIApp, protocol: type[BoundedProtocol], *, keep_alive: float = 5
) -> AsyncIterator[int]:
    """The port where the application is served; `keep_alive` (seconds) is how long a connection
    may wait for its next request."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = Config(app, http=protocol, ws="none", lifespan="off", log_config=None)
    config.timeout_keep_alive = keep_alive  # type: ignore[assignment]  # whole seconds, it says
    server = Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    yield listener.getsockname()[1]
    server.should_exit = True
    await serving


async def sent(port: int, *parts: bytes, pause: float = 0) -> bytes:
    """All that comes back for what is sent, until the server closes the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = asyncio.create_task(reader.read())
    for part in parts:
        if not answer.done():
            writer.write(part)
            await asyncio.sleep(pause)
    try:
        return await answer
    finally:
        writer.close()


def refused(answer: bytes, status: int, code: str) -> None:
    """Holds an answer, and that it is the only one, against the problem that it must be."""
    head, _, body = answer.partition(b"\r\n\r\n")
    problem = json.loads(body)
    assert head.startswith(b"HTTP/1.1 %d " % status)
    assert b"content-type: application/problem+json" in head.lower()
    assert problem["status"] == status
    assert problem["code"] == code
    assert f"x-request-id: {problem['request_id']}".encode() in head.lower()
