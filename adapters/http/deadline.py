"""Timers that are set again and again, and seldom run out."""

import asyncio
from collections.abc import Callable


class Deadline:
    """Whatever it was set for last is called when its time has come.

    Unlike one of the event loop's timers it costs next to nothing to set and to unset: it leaves
    the timer that it has, and looks when that fires whether it is time.
    """

    __slots__ = ("_at", "_loop", "_overdue", "_timer")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._at = 0.0
        self._overdue: Callable[[], object] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        return self._overdue is not None

    def set(self, seconds: float, overdue: Callable[[], object]) -> None:
        self._at, self._overdue = self._loop.time() + seconds, overdue
        if self._timer is None or self._timer.when() > self._at:
            self._wait_until(self._at)

    def unset(self) -> None:
        self._overdue = None

    def close(self) -> None:
        self.unset()
        if self._timer:
            self._timer.cancel()

    def _wait_until(self, at: float) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._overdue is None:
            return
        if self._loop.time() < self._at:
            self._wait_until(self._at)
            return
        overdue = self._overdue
        self.unset()
        overdue()
