"""A server in memory behind a real socket, for answers that take long."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from time import time
from typing import Any, Final

import httpx

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.http.protocol import BoundedProtocol
from honeydo.adapters.jwt.shared_secret import SharedSecret, mint
from honeydo.adapters.memory import MemoryTasks, MemoryVersions
from honeydo.application.errors import InvalidToken, Unavailable
from honeydo.application.live import Live
from honeydo.application.ports import Identity
from honeydo.domain.changes import Change, History
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.serving import application
from tests.support.sockets import listening
from tests.support.tokens import SECRET
from tests.support.waiting import until

FRONTEND: Final = "https://honeydo.example"


class Impatient(BoundedProtocol):
    head_timeout = 0.3
    body_timeout = 0.3
    reading_timeout = 0.3


@dataclass(slots=True)
class Lifetime:
    """Verifies tokens, and has them expire this many seconds later, which a token cannot say so
    exactly; or with their key."""

    seconds: float = 3_600
    is_withdrawn: bool = False

    async def __call__(self, token: str) -> Identity:
        if self.is_withdrawn:
            raise InvalidToken("of a key that is no longer there")
        return replace(await SharedSecret(SECRET)(token), expires_at=time() + self.seconds)


@dataclass(frozen=True, slots=True)
class Fragile(MemoryTasks):
    """A store that goes down."""

    faults: set[str] = field(default_factory=set)

    async def changes(
        self, owner: UserId, after: int, limit: int
    ) -> tuple[History, Sequence[Change]]:
        if self.faults:
            raise Unavailable
        return await MemoryTasks.changes(self, owner, after, limit)


@dataclass
class Served:
    """A server, with all that it is made of."""

    clock: HandClock = field(default_factory=HandClock)
    lifetime: Lifetime = field(default_factory=Lifetime)
    log: list[bytes] = field(default_factory=list)
    heartbeat: float = 3_600
    port: int = 0

    def __post_init__(self) -> None:
        users: dict[UserId, Any] = {}
        self.live = Live(MemoryVersions(users), interval=3_600)
        self.store = Fragile(users, self.live.announce)
        self.stack = AsyncExitStack()

    async def start(self) -> None:
        options = HttpOptions(
            frontend_origins=(FRONTEND,),
            access_log=self.log.append,
            heartbeat=self.heartbeat,
            streams_per_user=3,
        )
        app = application(
            self.store, options, clock=self.clock, verify=self.lifetime, live=self.live
        )
        self.port = await self.stack.enter_async_context(listening(app, Impatient))

    async def client(self, user: str = "ada") -> httpx.AsyncClient:
        token = mint(SECRET, user, lifetime=timedelta(hours=1))
        client = httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.port}",
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
        )
        return await self.stack.enter_async_context(client)

    @property
    def watched(self) -> Mapping[UserId, Collection[object]]:
        return self.live._watchers

    async def until_nobody_watches(self) -> None:
        async def nobody() -> bool:
            return not self.watched

        await until(nobody)
