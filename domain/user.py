"""Who users are: what their issuer says of them, and no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from .errors import InvalidValues
from .text import broken_rules


class UserId(str):
    """The issuer's name for a user: opaque text, 1 to 255 characters, no control characters.

    Raises `InvalidValues`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if type(text) is cls:
            return text
        if broken := [*broken_rules("user_id", text, longest=255)]:
            raise InvalidValues(*broken)
        return super().__new__(cls, text)


class Email(str):
    """A label copied from the user's token, at most 320 characters; nothing is ever sent to it.

    Raises `InvalidValues`.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if broken := [*broken_rules("email", text, longest=320)]:
            raise InvalidValues(*broken)
        return super().__new__(cls, text)


@dataclass(frozen=True, slots=True)
class User:
    """A user with at least one write; `created_at` is that of the first."""

    id: UserId
    email: Email | None
    created_at: datetime
