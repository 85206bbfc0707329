"""What a client prefers to be told besides (RFC 7240)."""

import re
from typing import Final, Literal, TypeAlias

from .requests import Caller, header_values

Return: TypeAlias = Literal["minimal", "representation"]

_PREFERENCE: Final = re.compile(
    r'(?:^|,)[ \t]*(return|count)[ \t]*=[ \t]*(?:"(\w+)"|(\w+))[ \t]*(?=[;,]|$)',
    re.ASCII | re.IGNORECASE,
)


def preferred_return(request: Caller) -> Return | None:
    """What to get back from a write."""
    match _preferred(request, "return"):
        case "minimal":
            return "minimal"
        case "representation":
            return "representation"
        case _:
            return None


def prefers_count(request: Caller) -> bool:
    """Whether to be told how many tasks a list has on all of its pages."""
    return _preferred(request, "count") == "exact"


def _preferred(request: Caller, name: str) -> str | None:
    """Of several, the first counts; what is unknown is not for us, and ignored."""
    stated = _PREFERENCE.finditer(",".join(header_values(request, b"prefer")))
    values = ((each[2] or each[3]).lower() for each in stated if each[1].lower() == name)
    return next(values, None)
