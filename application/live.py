"""Who waits for whose changes, and how they learn of them."""

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from honeydo.domain.changes import Version
from honeydo.domain.user import UserId

from .errors import Unavailable
from .ports import TaskRepository, Versions


@dataclass(slots=True, eq=False)
class Watcher:
    """One who follows an owner's changes."""

    is_open: bool = True
    _version: Version | None = None
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self) -> None:
        """Before looking: what changes from now on must not be missed."""
        self._changed.clear()

    async def wait_beyond(self, version: Version) -> None:
        """Until the owner's version is another than this, or the watch is over."""
        self._version = version
        if self.is_open:
            await self._changed.wait()

    def wake(self) -> None:
        self._changed.set()

    def wake_unless(self, version: Version) -> None:
        if version != self._version:
            self.wake()

    def close(self) -> None:
        self.is_open = False
        self.wake()


@dataclass(frozen=True, slots=True)
class OneByOne:
    """The versions of owners from any repository, which shows them one at a time."""

    tasks: TaskRepository

    async def __call__(self, owners: Collection[UserId]) -> Mapping[UserId, Version]:
        return {owner: await self.tasks.version(owner) for owner in owners}


@dataclass(slots=True)
class Live:
    """Wakes those who follow changes: at once for writes of this process, of which it is told by
    `announce`, and within `interval` seconds for those of others, by one look for all."""

    versions: Versions
    interval: float = 1
    _watchers: dict[UserId, set[Watcher]] = field(default_factory=dict)
    _looking: asyncio.Task[None] | None = None
    _is_open: bool = True

    def announce(self, owner: UserId) -> None:
        for watcher in self._watchers.get(owner, ()):
            watcher.wake()

    @contextmanager
    def watching(self, owner: UserId) -> Iterator[Watcher]:
        watcher = Watcher(is_open=self._is_open)
        self._watchers.setdefault(owner, set()).add(watcher)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())
        try:
            yield watcher
        finally:
            self._watchers[owner].discard(watcher)
            if not self._watchers[owner]:
                del self._watchers[owner]
            if not self._watchers:
                self._stop_looking()

    def close(self) -> None:
        """Let everybody go, for good."""
        self._is_open = False
        for watchers in self._watchers.values():
            for watcher in watchers:
                watcher.close()
        self._stop_looking()

    def _stop_looking(self) -> None:
        # It ends later; whoever comes before that must not take it for one that goes on.
        if self._looking:
            self._looking.cancel()
        self._looking = None

    async def _look(self) -> None:
        while asyncio.current_task() is self._looking:
            await asyncio.sleep(self.interval)
            try:
                found = await self.versions([*self._watchers])
            except Unavailable:
                # They find out by themselves when they next look; the store may be back by then.
                continue
            except Exception:
                # What it is, they find out now: nobody else would wake them.
                for watcher in chain.from_iterable(self._watchers.values()):
                    watcher.wake()
                continue
            for owner, watchers in self._watchers.items():
                for watcher in watchers:
                    watcher.wake_unless(found.get(owner, Version()))
