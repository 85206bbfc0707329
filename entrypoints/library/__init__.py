"""Honeydo inside your program:

    async with honeydo.open("postgresql://...") as tasks:
        task = await tasks.create("ada", title="Buy honey")

Names are loaded on first use, so that `import honeydo` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from honeydo.adapters.postgres.migrations import migrate
    from honeydo.application.batching import BatchResult
    from honeydo.application.errors import (
        Contended,
        IdempotencyKeyInUse,
        IdempotencyKeyReused,
        OperationRefused,
        RevisionMismatch,
        Unavailable,
    )
    from honeydo.application.operations import (
        Complete,
        Create,
        Delete,
        Edit,
        Operation,
        Reopen,
        Restore,
        Toggle,
    )
    from honeydo.application.ports import Written
    from honeydo.application.tasks import Tasks
    from honeydo.domain.changes import Change, ChangeCursor, Changes
    from honeydo.domain.errors import (
        CursorExpired,
        HoneydoError,
        InvalidField,
        InvalidValues,
        NotYourCollection,
        TaskIdTaken,
        TaskNotFound,
    )
    from honeydo.domain.listing import Cursor, Page, Sort
    from honeydo.domain.task import UNCHANGED, Task, TaskId
    from honeydo.domain.user import User, UserId
    from honeydo.entrypoints.composition import in_memory
    from honeydo.entrypoints.embedding import open, within  # noqa: A004

__all__ = [
    "UNCHANGED",
    "BatchResult",
    "Change",
    "ChangeCursor",
    "Changes",
    "Complete",
    "Contended",
    "Create",
    "Cursor",
    "CursorExpired",
    "Delete",
    "Edit",
    "HoneydoError",
    "IdempotencyKeyInUse",
    "IdempotencyKeyReused",
    "InvalidField",
    "InvalidValues",
    "NotYourCollection",
    "Operation",
    "OperationRefused",
    "Page",
    "Reopen",
    "Restore",
    "RevisionMismatch",
    "Sort",
    "Task",
    "TaskId",
    "TaskIdTaken",
    "TaskNotFound",
    "Tasks",
    "Toggle",
    "Unavailable",
    "User",
    "UserId",
    "Written",
    "in_memory",
    "migrate",
    "open",
    "within",
]

_HOMES = {
    "adapters.postgres.migrations": ("migrate",),
    "application.batching": ("BatchResult",),
    "application.errors": (
        "Contended",
        "IdempotencyKeyInUse",
        "IdempotencyKeyReused",
        "OperationRefused",
        "RevisionMismatch",
        "Unavailable",
    ),
    "application.operations": (
        "Complete",
        "Create",
        "Delete",
        "Edit",
        "Operation",
        "Reopen",
        "Restore",
        "Toggle",
    ),
    "application.ports": ("Written",),
    "application.tasks": ("Tasks",),
    "domain.changes": ("Change", "ChangeCursor", "Changes"),
    "domain.errors": (
        "CursorExpired",
        "HoneydoError",
        "InvalidField",
        "InvalidValues",
        "NotYourCollection",
        "TaskIdTaken",
        "TaskNotFound",
    ),
    "domain.listing": ("Cursor", "Page", "Sort"),
    "domain.task": ("UNCHANGED", "Task", "TaskId"),
    "domain.user": ("User", "UserId"),
    "entrypoints.composition": ("in_memory",),
    "entrypoints.embedding": ("open", "within"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__]
