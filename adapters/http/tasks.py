"""The tasks of one user: parse, call the use case, present."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import Middleware
from msgspec import UNSET
from msgspec.json import Decoder, Encoder

from honeydo.application.errors import RevisionMismatch
from honeydo.application.tasks import Tasks
from honeydo.application.operations import IfMatch
from honeydo.domain.errors import TaskIdTaken, TaskNotFound
from honeydo.domain.task import UNCHANGED, Task

from .conditions import if_match, is_known, list_etag, only_if_new
from .preferences import preferred_return
from .requests import MERGE_PATCH, Caller, body, completed, cursor, cursor_text, limit, task_id
from .routing import handlers
from .schemas import Completion, NewTask, TaskBody, TaskEdit, task_etag

_encode: Final = Encoder().encode
_new_task: Final = Decoder(NewTask)
_task_edit: Final = Decoder(TaskEdit)
_completion: Final = Decoder(Completion)

# A browser may keep an answer to itself, and asks again before it shows it; but not to the next
# user who signs in there, for whom the same address may be another task of the same revision.
_CACHING: Final = {"Cache-Control": "private, no-cache", "Vary": "Authorization"}


@dataclass(frozen=True, slots=True)
class TaskController:
    """`require_if_match` refuses changes by clients that do not say what they change."""

    tasks: Tasks
    require_if_match: bool = False

    def routes(self, *middleware: Middleware) -> Iterator[HTTPRouteHandler]:
        """The middleware leaves the user who has been authenticated in the request."""
        every, one = "/api/{user_id:str}/tasks", "/api/{user_id:str}/tasks/{task_id:str}"
        yield from handlers(every, *middleware, GET=self.page, POST=self.create)
        yield from handlers(
            one, *middleware, GET=self.get, PUT=self.edit, PATCH=self.patch, DELETE=self.delete
        )
        yield from handlers(f"{one}/complete", *middleware, PATCH=self.complete)

    async def page(self, request: Caller) -> ASGIResponse:
        user, is_completed, size = request.user.user, completed(request), limit(request)
        after = cursor(request)
        if "if-none-match" in request.headers:
            etag = list_etag(request, await self.tasks.revision(user))
            if is_known(request, etag):
                return _unchanged(etag)
        page = await self.tasks.list(user, is_completed=is_completed, limit=size, after=after)
        headers = {"ETag": list_etag(request, page.revision), **_CACHING}
        if page.next:
            query = {"limit": str(size), "cursor": cursor_text(page.next)}
            if is_completed is not None:
                query["completed"] = str(is_completed).lower()
            headers["Link"] = f'<{_collection(request)}?{urlencode(query)}>; rel="next"'
        return ASGIResponse(
            body=_encode([TaskBody.of(task) for task in page.tasks]), headers=headers
        )

    async def create(self, request: Caller) -> ASGIResponse:
        new = await body(request, _new_task)
        try:
            task = await self.tasks.create(
                request.user.user,
                title=new.title,
                description=new.description,
                is_completed=new.is_completed,
                id=new.id,
                email=request.user.email,
            )
        except TaskIdTaken:
            if new.id and only_if_new(request):
                # One that is deleted keeps its id, and cannot be shown.
                with suppress(TaskNotFound):
                    mine = await self.tasks.get(request.user.user, new.id)
                    raise RevisionMismatch(mine) from None
            raise
        return _written(request, task, 201, Location=f"{_collection(request)}/{task.id}")

    async def get(self, request: Caller) -> ASGIResponse:
        task = await self.tasks.get(request.user.user, task_id(request))
        if is_known(request, etag := task_etag(task)):
            return _unchanged(etag)
        return _present(task)

    async def edit(self, request: Caller) -> ASGIResponse:
        return await self._edit(request, await body(request, _task_edit))

    async def patch(self, request: Caller) -> ASGIResponse:
        return await self._edit(request, await body(request, _task_edit, MERGE_PATCH))

    async def _edit(self, request: Caller, edit: TaskEdit) -> ASGIResponse:
        task = await self.tasks.edit(
            request.user.user,
            task_id(request),
            title=UNCHANGED if edit.title is UNSET else edit.title,
            description=UNCHANGED if edit.description is UNSET else edit.description,
            is_completed=UNCHANGED if edit.is_completed is UNSET else edit.is_completed,
            if_match=self._if_match(request),
        )
        return _written(request, task)

    async def complete(self, request: Caller) -> ASGIResponse:
        own, expected = (request.user.user, task_id(request)), self._if_match(request)
        wanted = (await body(request, _completion, if_absent=Completion())).wanted
        if wanted is UNSET:
            task = await self.tasks.toggle(*own, if_match=expected)
        elif wanted:
            task = await self.tasks.complete(*own, if_match=expected)
        else:
            task = await self.tasks.reopen(*own, if_match=expected)
        return _written(request, task)

    async def delete(self, request: Caller) -> ASGIResponse:
        expected = self._if_match(request)
        task = await self.tasks.delete(request.user.user, task_id(request), if_match=expected)
        if preferred_return(request) == "representation":
            return _written(request, task)
        return ASGIResponse(status_code=204)

    def _if_match(self, request: Caller) -> IfMatch:
        return if_match(request, required=self.require_if_match)


def _unchanged(etag: str) -> ASGIResponse:
    return ASGIResponse(status_code=304, headers={"ETag": etag, **_CACHING})


def _written(request: Caller, task: Task, status: int = 200, **headers: str) -> ASGIResponse:
    preferred = preferred_return(request)
    if preferred:
        headers["Preference-Applied"] = f"return={preferred}"
    if preferred != "minimal":
        return _present(task, status, **headers)
    return ASGIResponse(
        status_code=201 if status == 201 else 204, headers={"ETag": task_etag(task), **headers}
    )


def _present(task: Task, status: int = 200, **headers: str) -> ASGIResponse:
    return ASGIResponse(
        body=_encode(TaskBody.of(task)),
        status_code=status,
        headers={"ETag": task_etag(task), **_CACHING, **headers},
    )


def _collection(request: Caller) -> str:
    """The address of the user's tasks, in the words that the client used."""
    named = request.path_params["user_id"]
    return f"/api/{named if named == 'me' else quote(request.user.user, safe='')}/tasks"
