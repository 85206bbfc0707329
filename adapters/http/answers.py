"""An answer as it is sent: status, headers, the bytes of its body."""

from collections.abc import Mapping
from typing import Final

from litestar.types import Receive, Scope, Send

# RFC 9110, section 8.6: with these, a length would be that of another body.
WITHOUT_BODY: Final = (204, 304)

# A browser may keep an answer to itself, and asks again before it shows it; but not to the next
# user who signs in there, for whom the same address may be another task of the same revision.
CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


class Answer:
    """An ASGI application that answers one request. Litestar's own responses can do much more, at
    the price of all else that a request costs outside the database."""

    __slots__ = ("_body", "_headers", "_status")

    def __init__(
        self,
        body: bytes = b"",
        *,
        status: int = 200,
        headers: Mapping[str, str] = {},
        media_type: bytes = b"application/json",
    ) -> None:
        self._body = body
        self._status = status
        self._headers = [(name.lower().encode(), text.encode()) for name, text in headers.items()]
        if status not in WITHOUT_BODY:
            self._headers += [
                (b"content-type", media_type),
                (b"content-length", b"%d" % len(body)),
            ]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        await send(
            {"type": "http.response.start", "status": self._status, "headers": self._headers}
        )
        await send({"type": "http.response.body", "body": self._body, "more_body": False})
