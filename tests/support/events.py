"""Server-Sent Events as a browser reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

_PATIENCE = 30  # seconds


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    data: Any
    id: str | None

    @property
    def title(self) -> str | None:
        """The task's title; None if it is gone."""
        return None if self.data["deleted"] else self.data["task"]["title"]


@dataclass(slots=True)
class Stream:
    """What comes of a stream: events, and how often it has been heard to live."""

    response: httpx.Response
    heartbeats: int = 0
    retry: int | None = None
    _lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def next(self) -> Event | None:
        """The next event; None at the end, which is a clean one. Raises `TimeoutError`."""
        async with asyncio.timeout(_PATIENCE):
            return await self._next()

    async def _next(self) -> Event | None:
        fields: dict[str, str] = {}
        async for line in self._lines:
            name, _, value = line.partition(":")
            if not line and "data" in fields:
                return Event(fields["event"], json.loads(fields["data"]), fields.get("id"))
            if line == ":":
                self.heartbeats += 1
            elif name == "retry":
                self.retry = int(value)
            elif line:
                assert name in ("event", "id", "data")
                assert name not in fields
                fields[name] = value.removeprefix(" ")
        return None

    async def titles(self, number: int) -> list[str | None]:
        """Of the next events."""
        events = [await self.next() for _ in range(number)]
        assert None not in events, "the stream has ended"
        return [event.title for event in events if event]

    async def until_alive(self) -> None:
        """Until it has been heard once more."""
        before = self.heartbeats
        async with asyncio.timeout(_PATIENCE):
            async for line in self._lines:
                self.heartbeats += line == ":"
                if self.heartbeats > before:
                    return
        raise AssertionError("the stream has ended")


@asynccontextmanager
async def streamed(
    client: httpx.AsyncClient, since: str | None = None, **headers: str
) -> AsyncIterator[Stream]:
    """The changes of the client's user, which must begin to come."""
    query = {} if since is None else {"since": since}
    path = "/api/me/changes/stream"
    async with client.stream("GET", path, params=query, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        yield Stream(response)
