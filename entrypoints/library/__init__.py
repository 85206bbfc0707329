"""Honeydo inside your program:

    async with honeydo.open("postgresql://...") as tasks:
        task = await tasks.create("ada", title="Buy honey")

Names are loaded on first use, so that `import honeydo` costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from honeydo.adapters.postgres.migrations import migrate
    from honeydo.application.errors import Contended, RevisionMismatch, Unavailable
    from honeydo.application.tasks import Tasks
    from honeydo.domain.errors import (
        HoneydoError,
        InvalidField,
        InvalidValues,
        NotYourCollection,
        TaskIdTaken,
        TaskNotFound,
    )
    from honeydo.domain.listing import Cursor, Page
    from honeydo.domain.task import UNCHANGED, Task, TaskId
    from honeydo.domain.user import UserId
    from honeydo.entrypoints.composition import in_memory
    from honeydo.entrypoints.embedding import open, within  # noqa: A004

__all__ = [
    "UNCHANGED",
    "Contended",
    "Cursor",
    "HoneydoError",
    "InvalidField",
    "InvalidValues",
    "NotYourCollection",
    "Page",
    "RevisionMismatch",
    "Task",
    "TaskId",
    "TaskIdTaken",
    "TaskNotFound",
    "Tasks",
    "Unavailable",
    "UserId",
    "in_memory",
    "migrate",
    "open",
    "within",
]

_HOMES = {
    "adapters.postgres.migrations": ("migrate",),
    "application.errors": ("Contended", "RevisionMismatch", "Unavailable"),
    "application.tasks": ("Tasks",),
    "domain.errors": (
        "HoneydoError",
        "InvalidField",
        "InvalidValues",
        "NotYourCollection",
        "TaskIdTaken",
        "TaskNotFound",
    ),
    "domain.listing": ("Cursor", "Page"),
    "domain.task": ("UNCHANGED", "Task", "TaskId"),
    "domain.user": ("UserId",),
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
