"""What the query of a list asks for, and the links from page to page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, cast, get_args
from urllib.parse import parse_qs, urlencode

import msgspec

from honeydo.domain.errors import InvalidValues
from honeydo.domain.listing import MAX_LIMIT, Asked, Listing, Page, Sort, SortField

from .cursors import Cursors
from .requests import Caller, boolean, collection, invalid_query, only
from .schemas import Time

SORTS: Final = {
    f"{sign}{by}": Sort(by, descending=bool(sign))
    for by in get_args(SortField)
    for sign in ("", "-")
}


@dataclass(frozen=True, slots=True)
class _Question:
    """What a query asks for, but for where to begin; `words` ask for the same list again."""

    values: Asked
    listing: Listing
    words: str
    cursor: str | None


def asked(request: Caller, cursors: Cursors) -> Asked:
    """What the client wants listed. Raises `RequestRefused`."""
    question = _understood(request.scope["query_string"])
    if question.cursor is None:
        return question.values
    after = cursors.open(question.cursor, request.user.user, question.listing)
    return {**question.values, "after": after}


def links(request: Caller, page: Page, cursors: Cursors) -> str:
    """The `Link` header (RFC 8288): to the first page, and to the next one if there is one. What
    the client asked for is asked again, whatever the words were."""
    question = _understood(request.scope["query_string"])
    query, address = question.words, collection(request)
    first = f'<{address}{"?" if query else ""}{query}>; rel="first"'
    if not page.next:
        return first
    cursor = cursors.seal(page.next, request.user.user, question.listing)
    return f'<{address}?{query}{"&" if query else ""}cursor={cursor}>; rel="next", {first}'


# Clients ask the same few things again and again: to understand them anew is a tenth of a list.
@lru_cache(200)
def _understood(query: bytes) -> _Question:
    given = parse_qs(query.decode("latin-1"), keep_blank_values=True)
    values: dict[str, Any] = {}
    for name in _PARAMETERS.keys() & given.keys():
        value, read = _PARAMETERS[name]
        values[value] = read(name, only(name, given[name]))
    try:
        listing = Listing(**values)
    except InvalidValues as refusal:
        raise invalid_query(str(refusal)) from None
    words = {
        name: _word(values[value]) for name, (value, _) in _PARAMETERS.items() if value in values
    }
    cursor = only("cursor", given["cursor"]) if "cursor" in given else None
    return _Question(cast("Asked", values), listing, urlencode(words), cursor)


def _read_time(name: str, text: str) -> datetime:
    try:
        return msgspec.convert(text, Time).astimezone(UTC)
    except (msgspec.ValidationError, OverflowError):
        raise invalid_query(
            f"The parameter {name} is a time of RFC 3339 with its offset, as 2025-01-31T08:30:00Z"
            " or 2025-01-31T09:30:00%2B01:00."
        ) from None


def _read_sort(name: str, text: str) -> Sort:
    if text not in SORTS:
        raise invalid_query(
            f"The parameter {name} is one of {', '.join(get_args(SortField))}, behind a - for"
            " descending."
        )
    return SORTS[text]


def _read_limit(name: str, text: str) -> int:
    # As many digits as it takes to have the domain say what is wrong.
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise invalid_query(f"The parameter {name} is 1 to {MAX_LIMIT:,}.")
    return int(text)


def _read_words(_: str, text: str) -> str:
    return text.strip()


# The name of each parameter: that of the value, and how to read it.
_PARAMETERS: Final[Mapping[str, tuple[str, Callable[[str, str], Any]]]] = {
    "completed": ("is_completed", boolean),
    "deleted": ("is_deleted", boolean),
    "q": ("q", _read_words),
    "created_since": ("created_since", _read_time),
    "updated_since": ("updated_since", _read_time),
    "sort": ("sort", _read_sort),
    "limit": ("limit", _read_limit),
}


def _word(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat().replace("+00:00", "Z")
        case Sort():
            return f"{'-' if value.descending else ''}{value.by}"
        case _:
            return str(value)
