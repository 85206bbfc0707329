"""Changes as they happen: Server-Sent Events (the HTML standard, section 9.2)."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from time import time
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp, Receive, Scope, Send
from msgspec.json import Encoder

from honeydo.application.errors import InvalidToken, Unavailable
from honeydo.application.syncing import FollowChanges
from honeydo.domain.changes import Changes
from honeydo.domain.errors import CursorExpired
from honeydo.domain.user import UserId

from .feed import cursor_from, cursor_text, entry
from .problems import RequestRefused, described
from .requests import Caller, parameter, until_gone
from .routing import Authenticate, handlers

_encode: Final = Encoder().encode

_HEADERS: Final = (
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # or nginx would collect events before it passes them on
)
_RETRY: Final = b"retry: 1000\n\n"
_HEARTBEAT: Final = b":\n\n"


@dataclass(frozen=True, slots=True)
class StreamController:
    """A client hears something every `heartbeat` seconds, so that neither it nor a proxy takes the
    stream for dead; a user has `streams_per_user` at once in this process."""

    follow: FollowChanges
    heartbeat: float
    streams_per_user: int
    _open: Counter[UserId] = field(default_factory=Counter)

    def routes(self, authenticate: Authenticate) -> Iterator[HTTPRouteHandler]:
        path = "/api/{user_id:str}/changes/stream"
        yield from handlers(path, authenticate, GET=partial(self.stream, authenticate))

    async def stream(self, authenticate: Authenticate, request: Caller) -> ASGIApp:
        # Who reconnects by itself keeps its address, and with it a cursor from long ago.
        since = cursor_from(request.headers.get("last-event-id") or parameter(request, "since"))
        user = request.user.user

        async def answer(_: Scope, receive: Receive, send: Send) -> None:
            with self._place_for(user):
                async with aclosing(self.follow(user, since=since)) as pages:
                    # Until it has begun, what is refused is an ordinary problem.
                    first = await anext(pages, None)
                    if first is None:
                        raise Unavailable  # we are about to stop
                    await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
                    if request.method != "HEAD":
                        await _send_some(_RETRY + _events(first), send)
                        # Thousands may wait from here on: it need not wait with them.
                        del first
                        beating = self._beat(authenticate, request, send)
                        await _stream(pages, beating, request, receive, send)
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

        return answer

    @contextmanager
    def _place_for(self, user: UserId) -> Iterator[None]:
        if self._open[user] >= self.streams_per_user:
            raise RequestRefused(
                429,
                "too_many_streams",
                f"You have {self.streams_per_user} streams open already: close one.",
                {"Retry-After": "10"},
            )
        self._open[user] += 1
        try:
            yield
        finally:
            self._open[user] -= 1
            # Or everybody who ever came would be remembered.
            if not self._open[user]:
                del self._open[user]

    async def _beat(self, authenticate: Authenticate, request: Caller, send: Send) -> None:
        """For as long as the token is believed: its key may be withdrawn."""
        with suppress(InvalidToken):
            while True:
                await asyncio.sleep(self.heartbeat)
                await _send_some(_HEARTBEAT, send)
                await authenticate(request.scope)


async def _stream(
    pages: AsyncIterator[Changes],
    beats: Coroutine[Any, Any, None],
    request: Caller,
    receive: Receive,
    send: Send,
) -> None:
    """Until there is no more to come, the client is gone, or its token is good no longer."""
    sending = asyncio.create_task(_send_all(pages, request, send))
    beating = asyncio.create_task(beats)
    leaving = asyncio.create_task(until_gone(receive))
    try:
        await asyncio.wait(
            (sending, beating, leaving),
            timeout=request.user.expires_at - time(),
            return_when=asyncio.FIRST_COMPLETED,
        )
    finally:
        await _stop(sending, beating, leaving)
    if not sending.cancelled():
        sending.result()


async def _send_all(pages: AsyncIterator[Changes], request: Caller, send: Send) -> None:
    try:
        # A page is made into bytes at once, lest it be kept while the next one is waited for.
        async for events in (_events(page) async for page in pages):
            await _send_some(events, send)
    except CursorExpired as expired:
        problem = _encode(described(expired, request.state.request_id))
        # Without an id, who reconnects by itself starts over, as it has to.
        await _send_some(b"event: expired\nid\ndata: %s\n\n" % problem, send)
    except Unavailable:
        pass  # whoever reconnects is told so, or goes on as if nothing had been


async def _send_some(body: bytes, send: Send) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _stop(*tasks: asyncio.Task[None]) -> None:
    # Before Python 3.12, a task may miss it that something it waits for is cancelled, if just that
    # comes; a stream would then go on for as long as nothing changes.
    while running := [task for task in tasks if not task.done()]:
        for task in running:
            task.cancel()
        await asyncio.wait(running, timeout=1)


def _events(changes: Changes) -> bytes:
    return b"".join(
        b"event: change\nid: %s\ndata: %s\n\n"
        % (cursor_text(changes.behind(change)).encode(), _encode(entry(change)))
        for change in changes.changes
    )
