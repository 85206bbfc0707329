"""A request and its answer, on their way."""

from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, RequestResponseCycle

from .answers import WITHOUT_BODY


class Exchange(RequestResponseCycle):
    """uvicorn's, but for how an answer is sent: head and body leave in one write, since every
    system call counts, and the head is searched once, not line by line, for what must not be there.
    """

    _unsent = b""

    async def send(self, message: Any) -> None:
        if self.flow.write_paused and not self.disconnected:
            await self.flow.drain()
        if self.disconnected:
            return
        if message["type"] == "http.response.start":
            self._begin(message["status"], message.get("headers", ()))
        else:
            self._go_on(message.get("body", b""), is_last=not message.get("more_body", False))

    def _begin(self, status: int, headers: Iterable[tuple[bytes, bytes]]) -> None:
        lines = [STATUS_LINE[status]]
        has_body = status not in WITHOUT_BODY and self.scope["method"] != "HEAD"
        # HTTP/1.0 knows no chunks: there, the end of the connection is that of the answer.
        is_chunked = has_body and self.scope["http_version"] != "1.0"
        for name, value in (*self.default_headers, *headers):
            lines.append(b"%b: %b\r\n" % (name, value))
            if name == b"content-length":
                is_chunked = False
        if is_chunked:
            lines.append(b"transfer-encoding: chunked\r\n")
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(b"\r\n")
        head = b"".join(lines)
        # Or what a client has us repeat could begin another line, or another answer.
        if not head.count(b"\n") == head.count(b"\r") == len(lines):
            raise ValueError("a line break in a header")
        self.chunked_encoding = is_chunked
        self.response_started = True
        self.waiting_for_100_continue = False
        self._unsent = head

    def _go_on(self, body: bytes, *, is_last: bool) -> None:
        if self.scope["method"] == "HEAD":
            body = b""
        elif self.chunked_encoding:
            chunk = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = chunk + b"0\r\n\r\n" if is_last else chunk
        self.transport.write(self._unsent + body)
        self._unsent = b""
        if is_last:
            self.response_complete = True
            self.message_event.set()
            if not self.keep_alive:
                self.transport.close()
            self.on_response()
