"""What a client prefers to get back from a write (RFC 7240, section 4.2)."""

import re
from typing import Final, Literal, TypeAlias

from .requests import Caller

Return: TypeAlias = Literal["minimal", "representation"]

_RETURN: Final = re.compile(
    r'(?:^|,)[ \t]*return[ \t]*=[ \t]*(?:"(\w+)"|(\w+))[ \t]*(?:[;,]|$)', re.ASCII | re.IGNORECASE
)


def preferred_return(request: Caller) -> Return | None:
    """Of several, the first counts; what is unknown is not for us, and ignored."""
    stated = _RETURN.search(",".join(request.headers.getall("prefer", [])))
    match stated and (stated[1] or stated[2]).lower():
        case "minimal":
            return "minimal"
        case "representation":
            return "representation"
        case _:
            return None
