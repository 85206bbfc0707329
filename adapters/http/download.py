"""An answer that is sent while it is made."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

from litestar.types import ASGIApp, Receive, Scope, Send

from honeydo.application.errors import Unavailable

from .requests import Caller, until_gone

logger: Final = logging.getLogger(__name__)


def download(
    request: Caller, pieces: AsyncGenerator[bytes, None], headers: Mapping[str, str]
) -> ASGIApp:
    """A piece is made when the client has taken those before, and none once it has gone away.

    What fails before the first one is an ordinary problem. After an outage later on, the answer
    breaks off without its end, so that no client takes it for the whole.
    """
    lines = [(name.lower().encode(), value.encode()) for name, value in headers.items()]

    async def answer(_: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(pieces):
            piece = None if request.method == "HEAD" else await anext(pieces, None)
            await send({"type": "http.response.start", "status": 200, "headers": lines})
            gone = asyncio.create_task(until_gone(receive))
            try:
                while piece is not None and not gone.done():
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    piece = await anext(pieces, None)
            except Unavailable as outage:
                logger.warning(
                    "The answer to request %s breaks off: %s", request.state.request_id, outage
                )
                return
            finally:
                gone.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return answer
