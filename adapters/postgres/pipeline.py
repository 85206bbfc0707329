"""Auto-pipelining: what is asked in one turn of the event loop leaves together, and many callers
share a connection without waiting for each other's round trips.

PostgreSQL answers a connection in the order of the questions, so that what is slow there holds up
whatever comes behind it. Hence these rules:

- Reads and writes have a connection ("lane") each: no read waits for a lock or a commit.
- In a lane, a statement has but a moment. What takes longer, or finds a row locked, is cancelled
  and undone by the server, and runs again elsewhere with all the time that it may have. Until it
  has, its owner's calls do not come into the lane.
- What takes several statements runs elsewhere at once.
- A lane that is stuck or not connected takes no calls, and none takes what is known to be slow.
- Those who come in crowds are answered later, not turned away: what a lane cannot send at once
  waits there, a second at most.
- Writes that leave together are committed together. If one of them fails, all are undone, and run
  again each by itself.
- Elsewhere, the wait for a connection is bounded, and nobody has more than two at once unless the
  server may be down: else one locked row could take all of them. With one, whoever waits for it
  could not be told that their idempotency key is in use.
- When a connection is lost, nobody knows which of its writes took effect: they fail, and are not
  repeated. Reads, and what has not been sent yet, run elsewhere.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, TypeAlias
from weakref import WeakValueDictionary

import psycopg
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from honeydo.application.errors import Unavailable
from honeydo.domain.user import UserId

from .calls import NotRun, TooSlow
from .lane import Lane
from .outages import OUTAGES, unavailable
from .statements import Step

Connect: TypeAlias = Callable[[], Awaitable[AsyncConnection[Any]]]
Elsewhere: TypeAlias = Callable[..., Awaitable[list[TupleRow]]]

LANES: Final = 2
_MOST_ELSEWHERE: Final = 2
# Seconds.
_RECONNECT: Final = 1.0


class Pipeline:
    """Executes on two lanes what they are for, the rest `elsewhere`; `timeout` (seconds) bounds
    the wait for an answer."""

    def __init__(self, connect: Connect, elsewhere: Elsewhere, *, timeout: float) -> None:
        self._connect = connect
        self._elsewhere = elsewhere
        self._timeout = timeout
        # Those that are connected, by whether they are for reading.
        self._lanes: dict[bool, Lane] = {}
        # Each lasts for as long as somebody holds it or waits for it.
        self._turns: WeakValueDictionary[UserId, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Connects in the background, and again whenever a connection is lost."""
        keepers = [
            asyncio.create_task(self._keep_open(is_for_reading=is_for_reading))
            for is_for_reading in (True, False)
        ]
        try:
            yield
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.wait(keepers)

    async def execute(self, owner: UserId, *steps: Step) -> list[TupleRow]:
        """As `Execute` says."""
        [step, *others] = steps
        statement, _ = step
        lane = self._lanes.get(statement.is_read)
        if lane is None:
            # The server may be down: to wait one after the other to find out would take long.
            return await self._elsewhere(owner, *steps)
        if others or statement.is_slow or not lane.takes(owner):
            return await self._by_turns(owner, *steps)
        # Many may be undone with what fails, too many for elsewhere: they are asked here once more.
        for alone in (False, True):
            try:
                return await lane.ask(owner, step, alone=alone)
            except OUTAGES as outage:
                raise unavailable(outage) from outage
            except TooSlow:
                with lane.avoided_by(owner):
                    return await self._by_turns(owner, *steps)
            except NotRun:
                if not lane.takes(owner):
                    break
        return await self._by_turns(owner, *steps)

    async def _by_turns(self, owner: UserId, *steps: Step) -> list[TupleRow]:
        turn = self._turns.setdefault(owner, asyncio.Semaphore(_MOST_ELSEWHERE))
        try:
            async with asyncio.timeout(self._timeout):
                await turn.acquire()
        except TimeoutError:
            raise Unavailable from None
        try:
            return await self._elsewhere(owner, *steps)
        finally:
            turn.release()

    async def _keep_open(self, *, is_for_reading: bool) -> None:
        while True:
            try:
                connection = await self._connect()
            except psycopg.Error:
                await asyncio.sleep(_RECONNECT)
                continue
            lane = Lane(connection, is_for_reading=is_for_reading, timeout=self._timeout)
            self._lanes[is_for_reading] = lane
            try:
                # Not for itself: who is cancelled cancels what they wait for.
                await asyncio.wait([lane.lost])
            finally:
                del self._lanes[is_for_reading]
                lane.close()
                await connection.close()
