"""Several changes as one, and requests that may be repeated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import blake2b
from typing import Final

from honeydo.domain.errors import HoneydoError, InvalidField, InvalidValues, TaskIdTaken
from honeydo.domain.task import Task, TaskId
from honeydo.domain.text import broken_rules
from honeydo.domain.user import Email, UserId

from .errors import Contended, IdempotencyKeyReused, OperationRefused, RevisionMismatch
from .operations import Change, Create, Operation, subject
from .ports import Clock, IdempotencyKey, NewTaskId, TaskRepository, Write, Written
from .writing import ATTEMPTS

MAX_OPERATIONS: Final = 100
KEYS_LIVE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of each operation, in order. `is_replay` says that it is what an earlier request
    with the same idempotency key was told."""

    written: Sequence[Written]
    is_replay: bool


@dataclass(frozen=True, slots=True)
class Batch:
    tasks: TaskRepository
    clock: Clock
    new_task_id: NewTaskId

    async def __call__(
        self,
        user: str,
        operations: Sequence[Operation],
        *,
        idempotency_key: str | None = None,
        email: str | None = None,
    ) -> BatchResult:
        """Carry out 1 to 100 operations in order, all or none.

        The `if_match` of each is about the task as it was before the batch. With an idempotency key
        (1 to 255 characters), repeating the same batch within 24 hours writes nothing and answers
        as it did first.

        Raises `OperationRefused` with the first operation that is, and why; `InvalidValues`,
        `IdempotencyKeyReused` for other operations, `IdempotencyKeyInUse`, `Contended`.
        """
        owner, address = UserId(user), None if email is None else Email(email)
        _require_valid(operations, idempotency_key)
        fingerprint = _fingerprint(operations)
        named = {operation.id for operation in operations if operation.id}
        for _ in range(ATTEMPTS):
            now = self.clock()
            # Before asking for the key: whoever sees what its first request did sees the key too.
            stored = await self.tasks.get_many(owner, named)
            key = None
            if idempotency_key is not None:
                key = IdempotencyKey(idempotency_key, fingerprint, now - KEYS_LIVE)
                if recalled := await self.tasks.recall(owner, key):
                    if recalled.fingerprint != fingerprint:
                        raise IdempotencyKeyReused
                    return BatchResult(recalled.written, is_replay=True)
            writes = self._decided(owner, operations, stored)
            written = await self.tasks.write(owner, writes, now, email=address, key=key)
            if written is not None:
                return BatchResult(written, is_replay=False)
        raise Contended

    def _decided(
        self, owner: UserId, operations: Sequence[Operation], stored: Mapping[TaskId, Task]
    ) -> Sequence[Write]:
        tasks = dict(stored)
        writes: list[Write] = []
        for index, operation in enumerate(operations):
            try:
                if isinstance(operation, Create):
                    write = self._created(owner, operation, tasks)
                else:
                    write = self._changed(owner, operation, tasks, stored)
            except HoneydoError as refusal:
                raise OperationRefused(index, refusal) from refusal
            tasks[write.task.id] = write.task
            writes.append(write)
        return writes

    def _created(self, owner: UserId, create: Create, tasks: Mapping[TaskId, Task]) -> Write:
        task = create.task(owner, create.id or self.new_task_id(), self.clock())
        existing = tasks.get(task.id)
        if existing is None:
            return Write(task, is_new=True)
        if existing.says_the_same_as(task):
            return Write(existing, is_changed=False)
        raise TaskIdTaken

    def _changed(
        self,
        owner: UserId,
        change: Change,
        tasks: Mapping[TaskId, Task],
        stored: Mapping[TaskId, Task],
    ) -> Write:
        try:
            task = subject(change, owner, tasks.get(change.id))
        except RevisionMismatch:
            if change.id in stored:
                raise RevisionMismatch(stored[change.id]) from None
            raise InvalidValues(
                InvalidField("if_match", "not_stored", "A task made in this batch has no revision.")
            ) from None
        changed = change.changed(task, self.clock())
        return Write(changed, is_changed=changed is not task)


def _fingerprint(operations: Sequence[Operation]) -> bytes:
    """The same for the same operations, whatever collections they were made with."""
    plain = [
        operation
        if isinstance(operation, Create) or operation.if_match is None
        else replace(operation, if_match=tuple(sorted(operation.if_match)))
        for operation in operations
    ]
    return blake2b(repr(plain).encode(), digest_size=16).digest()


def _require_valid(operations: Sequence[Operation], key: str | None) -> None:
    broken = [*broken_rules("idempotency_key", key, longest=255)] if key is not None else []
    if not 1 <= len(operations) <= MAX_OPERATIONS:
        broken.append(
            InvalidField(
                "operations", "out_of_range", f"A batch has 1 to {MAX_OPERATIONS} operations."
            )
        )
    if broken:
        raise InvalidValues(*broken)
