"""Every refusal of the domain."""

from dataclasses import dataclass


class HoneydoError(Exception):
    """Base of everything that Honeydo refuses or fails at on purpose."""


@dataclass(frozen=True, slots=True)
class InvalidField:
    """One broken rule: the field's name, a stable code for programs, a sentence for people."""

    field: str
    code: str
    detail: str


class InvalidValues(HoneydoError):
    """Values break a rule; `fields` names every one of them."""

    def __init__(self, *fields: InvalidField) -> None:
        super().__init__(" ".join(field.detail for field in fields))
        self.fields = fields


class NotYourCollection(HoneydoError):
    """A user acts on their own collection alone."""

    def __init__(self) -> None:
        super().__init__("You can only reach your own tasks.")


class TaskNotFound(HoneydoError):
    """The user has no such task; whether somebody else has is not told."""

    def __init__(self) -> None:
        super().__init__("You have no task with this id.")


class TaskIdTaken(HoneydoError):
    """The user already has another task with the id that they brought."""

    def __init__(self) -> None:
        super().__init__("You already have a task with this id.")


class CursorExpired(HoneydoError):
    """Changes behind the cursor are gone: only from the beginning is there a whole picture."""

    def __init__(self) -> None:
        super().__init__("Too much has changed since: drop your copy and start over.")
