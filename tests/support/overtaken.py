from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from honeydo.adapters.memory import MemoryTasks
from honeydo.application.ports import IdempotencyKey, Write, Written
from honeydo.domain.task import Task
from honeydo.domain.user import Email, UserId


@dataclass(frozen=True, slots=True)
class Overtaken(MemoryTasks):
    """A repository where others come between the reading of a task and its saving: one of
    `meanwhile` each time, as long as there are any."""

    meanwhile: list[Callable[[], Awaitable[object]]] = field(default_factory=list)

    async def save(self, task: Task) -> Task | None:
        await self._let_others_go_first()
        return await MemoryTasks.save(self, task)

    async def write(
        self,
        owner: UserId,
        writes: Sequence[Write],
        now: datetime,
        *,
        email: Email | None = None,
        key: IdempotencyKey | None = None,
    ) -> Sequence[Written] | None:
        await self._let_others_go_first()
        return await MemoryTasks.write(self, owner, writes, now, email=email, key=key)

    async def _let_others_go_first(self) -> None:
        if self.meanwhile:
            await self.meanwhile.pop()()
