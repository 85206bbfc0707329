"""What a user may demand of whoever keeps their data: to have it, and to be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote_to_bytes

from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from honeydo.application.tasks import Tasks

from .answers import Answer
from .download import download
from .exports import CALENDAR, JSON_LINES
from .negotiation import preferred
from .problems import RequestRefused
from .requests import Caller
from .routing import Authenticate, handlers

_FORMATS: Final = {each.media_type: each for each in (JSON_LINES, CALENDAR)}


@dataclass(frozen=True, slots=True)
class AccountController:
    tasks: Tasks

    def routes(self, authenticate: Authenticate) -> Iterator[HTTPRouteHandler]:
        yield from handlers("/api/{user_id:str}", authenticate, DELETE=self.erase)
        yield from handlers("/api/{user_id:str}/export", authenticate, GET=self.export)

    async def export(self, request: Caller) -> ASGIApp:
        form = _FORMATS[preferred(request, [*_FORMATS])]
        return download(
            request,
            form.pieces(self.tasks, request.user.user),
            {
                "Content-Type": form.content_type,
                "Content-Disposition": f'attachment; filename="{form.filename}"',
                "Cache-Control": "no-store",
                "Vary": "Accept, Authorization",
            },
        )

    async def erase(self, request: Caller) -> Answer:
        # Where a browser arrives for a task whose id is `..`, which must not end everything.
        if unquote_to_bytes(request.scope["raw_path"]).endswith(b"/"):
            raise RequestRefused(404, "not_found", "There is nothing at this address.")
        await self.tasks.erase(request.user.user)
        # Or a browser might take what it keeps for what the user has when they come back.
        return Answer(status=204, headers={"Clear-Site-Data": '"cache"'})
