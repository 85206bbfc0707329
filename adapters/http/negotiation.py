"""Which of several forms of an answer a client gets (RFC 9110, section 12.5.1)."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from .problems import RequestRefused
from .requests import Caller, header_values

_QUALITY: Final = re.compile(r"q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)")


def preferred(request: Caller, offered: Sequence[str]) -> str:
    """The media type that the client likes best; the first offered where it does not mind."""
    text = ",".join(header_values(request, b"accept"))
    if not text.strip():
        return offered[0]
    qualities = dict(_qualities(text.lower()))

    def quality(media_type: str) -> float:
        ranges = (media_type, media_type.partition("/")[0] + "/*", "*/*")
        return next((qualities[each] for each in ranges if each in qualities), 0)

    best = max(offered, key=quality)
    if not quality(best):
        raise RequestRefused(406, "not_acceptable", f"Accept one of {', '.join(offered)}.")
    return best


def _qualities(text: str) -> Iterator[tuple[str, float]]:
    for element in text.split(","):
        media_range, *parameters = (part.strip() for part in element.split(";"))
        stated = [match[1] for each in parameters if (match := _QUALITY.fullmatch(each))]
        yield media_range, float(stated[0]) if stated else 1
