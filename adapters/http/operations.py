"""What travels in a batch: operations and what became of them, as JSON."""

from typing import Annotated, Final, Self, TypeAlias
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from honeydo.application import operations
from honeydo.application.batching import MAX_OPERATIONS
from honeydo.application.ports import Written

from .schemas import Description, NewTask, TaskBody, Title, named

_LARGEST: Final = 2**63 - 1
Revision: TypeAlias = Annotated[
    int,
    Meta(
        ge=1,
        le=_LARGEST,
        description="The `revision` that the task must have before the batch, else 412.",
        examples=[7],
    ),
]


class CreateOperation(NewTask, frozen=True, tag_field="op", tag="create"):
    """As the body of a create. Later operations can name the task if you bring its `id`."""


class _Change(Struct, frozen=True, tag_field="op"):
    id: UUID
    if_match: Revision | UnsetType = UNSET

    @property
    def revisions(self) -> operations.IfMatch:
        return None if self.if_match is UNSET else (self.if_match,)


class EditOperation(_Change, frozen=True, tag="edit"):
    """What is absent stays as it is; null clears the description."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    is_completed: bool | UnsetType = UNSET

    def wanted(self) -> operations.Edit:
        return operations.Edit(
            self.id,
            self.revisions,
            title=named(self.title),
            description=named(self.description),
            is_completed=named(self.is_completed),
        )


class CompleteOperation(_Change, frozen=True, tag="complete"):
    """Once is enough."""

    def wanted(self) -> operations.Complete:
        return operations.Complete(self.id, self.revisions)


class ReopenOperation(_Change, frozen=True, tag="reopen"):
    """Once is enough."""

    def wanted(self) -> operations.Reopen:
        return operations.Reopen(self.id, self.revisions)


class ToggleOperation(_Change, frozen=True, tag="toggle"):
    """Completes an open task, else reopens it."""

    def wanted(self) -> operations.Toggle:
        return operations.Toggle(self.id, self.revisions)


class DeleteOperation(_Change, frozen=True, tag="delete"):
    """Into the trash, or for good, also out of the trash."""

    permanent: bool = False

    def wanted(self) -> operations.Delete:
        return operations.Delete(self.id, self.revisions, self.permanent)


class RestoreOperation(_Change, frozen=True, tag="restore"):
    """Out of the trash; once is enough."""

    def wanted(self) -> operations.Restore:
        return operations.Restore(self.id, self.revisions)


Operation: TypeAlias = (
    CreateOperation
    | EditOperation
    | CompleteOperation
    | ReopenOperation
    | ToggleOperation
    | DeleteOperation
    | RestoreOperation
)


class BatchRequest(Struct, frozen=True):
    """Operations to carry out in order, all or none."""

    operations: Annotated[
        list[Operation], Meta(extra_json_schema={"minItems": 1, "maxItems": MAX_OPERATIONS})
    ]


class OperationResult(Struct, frozen=True):
    """What became of an operation: 201 for a new task, 204 for one that is gone, else 200."""

    status: int
    task: Annotated[
        TaskBody | None,
        Meta(description="As this operation left it. null once it is deleted for good."),
    ]

    @classmethod
    def of(cls, written: Written) -> Self:
        if written.task.is_removed:
            return cls(204, None)
        return cls(201 if written.is_new else 200, TaskBody.of(written.task))


class BatchAnswer(Struct, frozen=True):
    """One result for each operation, in order."""

    results: list[OperationResult]
