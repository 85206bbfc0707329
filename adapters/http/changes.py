"""The change feed: what to apply to a copy of one's tasks, since one last did."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec.json import Encoder

from honeydo.application.syncing import ListChanges
from honeydo.domain.listing import MAX_LIMIT

from .answers import CACHING, Answer
from .feed import Feed, cursor_from, cursor_text, entry
from .requests import Caller, invalid_query, parameter
from .routing import Authenticate, handlers

_encode: Final = Encoder().encode


@dataclass(frozen=True, slots=True)
class ChangeController:
    changes: ListChanges

    def routes(self, authenticate: Authenticate) -> Iterator[HTTPRouteHandler]:
        yield from handlers("/api/{user_id:str}/changes", authenticate, GET=self.page)

    async def page(self, request: Caller) -> Answer:
        since, limit = cursor_from(parameter(request, "since")), _limit(request)
        changes = await self.changes(request.user.user, since=since, limit=limit)
        feed = Feed(
            [entry(change) for change in changes.changes],
            cursor_text(changes.cursor),
            changes.has_more,
        )
        return Answer(_encode(feed), headers=CACHING)


def _limit(request: Caller) -> int:
    text = parameter(request, "limit")
    if text is None:
        return MAX_LIMIT
    if re.fullmatch("[0-9]{1,4}", text) and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    raise invalid_query(f"The parameter limit is 1 to {MAX_LIMIT:,}.")
