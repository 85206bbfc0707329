"""What travels: the JSON bodies of requests and answers."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Self, TypeAlias, TypeVar
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from honeydo.application.operations import Create
from honeydo.domain.task import MAX_DESCRIPTION, MAX_TITLE, UNCHANGED, Task, Unchanged

# The domain checks the limits, so that every broken rule is told at once; here they document.
_CONTROL: Final = r"\u0000-\u001f\u007f-\u009f"
_CONTROL_BUT_TAB_AND_NEWLINES: Final = r"\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f"
_WHITE: Final = r" \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
LINE: Final = f"^[^{_CONTROL}]*[^{_CONTROL}{_WHITE}][^{_CONTROL}]*$"
"""The pattern of a line of text that is not blank."""

Title: TypeAlias = Annotated[
    str,
    Meta(
        description="Surrounding white space is cut. No control characters.",
        extra_json_schema={
            "minLength": 1,
            "maxLength": MAX_TITLE,
            "pattern": LINE,
        },
        examples=["Buy honey"],
    ),
]
Description: TypeAlias = Annotated[
    str | None,
    Meta(
        description="Blank is the same as null. No control characters but tab and newlines.",
        extra_json_schema={
            "maxLength": MAX_DESCRIPTION,
            "pattern": f"^[^{_CONTROL_BUT_TAB_AND_NEWLINES}]*$",
        },
        examples=["From the market, not the shop."],
    ),
]

Time: TypeAlias = Annotated[datetime, Meta(tz=True)]

Value = TypeVar("Value")


class NewTask(Struct, frozen=True):
    """A task to create. Other fields are ignored."""

    title: Title
    description: Description = None
    is_completed: bool = False
    id: Annotated[
        UUID | None,
        Meta(
            description="Your own id for the task, so that a retry makes no second one; null or"
            " absent: we make one."
        ),
    ] = None

    def wanted(self) -> Create:
        return Create(
            title=self.title,
            description=self.description,
            is_completed=self.is_completed,
            id=self.id,
        )


class TaskEdit(Struct, frozen=True):
    """What to change; what is absent stays as it is. Other fields are ignored."""

    title: Title | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    is_completed: bool | UnsetType = UNSET


class Completion(Struct, frozen=True):
    """Which state to set, so that a retry is safe; without one, the request toggles."""

    is_completed: bool | UnsetType = UNSET
    completed: Annotated[
        bool | UnsetType, Meta(description="Another name for is_completed, which wins.")
    ] = UNSET

    @property
    def wanted(self) -> bool | UnsetType:
        return self.completed if self.is_completed is UNSET else self.is_completed


class TaskBody(Struct, frozen=True, gc=False):
    """A task. Times are RFC 3339, UTC."""

    id: UUID
    user_id: Annotated[str, Meta(description="The owner: the subject of their token.")]
    title: Title
    description: Description
    is_completed: bool
    completed_at: Time | None
    created_at: Time
    updated_at: Time
    revision: Annotated[
        int, Meta(ge=1, description="Grows with each change; the task's ETag is made of it.")
    ]
    deleted_at: Annotated[
        Time | UnsetType, Meta(description="Only of a task in the trash: since when it is there.")
    ] = UNSET

    @classmethod
    def of(cls, task: Task) -> Self:
        # In the order of the fields: by name it takes thrice as long, and lists have many.
        return cls(
            task.id,
            str(task.owner),
            task.title,
            task.description,
            task.completed_at is not None,
            task.completed_at,
            task.created_at,
            task.updated_at,
            task.revision,
            task.deleted_at or UNSET,
        )


class Health(Struct, frozen=True):
    status: str


class FieldProblem(Struct, frozen=True):
    """One broken rule; `pointer` (RFC 6901) leads to the field in the body."""

    pointer: Annotated[str, Meta(examples=["/title"])]
    code: Annotated[str, Meta(examples=["blank"])]
    detail: Annotated[str, Meta(examples=["The title must not be empty."])]


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457)."""

    type: Annotated[str, Meta(description="Always about:blank: `code` tells problems apart.")]
    title: Annotated[str, Meta(description="The status in words.")]
    status: int
    detail: Annotated[str, Meta(description="One sentence for people.")]
    code: Annotated[str, Meta(description="Stable, for programs.")]
    request_id: Annotated[str, Meta(description="Tell it to the operator: the log has it too.")]
    errors: list[FieldProblem] | UnsetType = UNSET
    task: Annotated[
        TaskBody | UnsetType, Meta(description="With 412: what the task is now, to be merged.")
    ] = UNSET

    @classmethod
    def of(
        cls,
        status: int,
        code: str,
        detail: str,
        request_id: str,
        *,
        errors: Sequence[FieldProblem] = (),
        task: TaskBody | None = None,
    ) -> Self:
        return cls(
            type="about:blank",
            title=status_title(status),
            status=status,
            detail=detail,
            code=code,
            request_id=request_id,
            errors=[*errors] or UNSET,
            task=task or UNSET,
        )


def named(value: Value | UnsetType) -> Value | Unchanged:
    """What an edit says of a value; where it is absent, to leave it."""
    return UNCHANGED if value is UNSET else value


def task_etag(task: Task) -> str:
    return f'"{task.revision}"'


def status_title(status: int) -> str:
    """The status in words, as RFC 9110 has them, whatever this version of Python says."""
    return {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}.get(
        status, HTTPStatus(status).phrase
    )
