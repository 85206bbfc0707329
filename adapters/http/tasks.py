"""The tasks of one user: parse, call the use case, present."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urlencode

from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import Middleware
from msgspec import UNSET
from msgspec.json import Decoder, Encoder

from honeydo.application.tasks import Tasks
from honeydo.domain.task import UNCHANGED, Task

from .requests import MERGE_PATCH, Caller, body, completed, cursor, cursor_text, limit, task_id
from .routing import handlers
from .schemas import Completion, NewTask, TaskBody, TaskEdit

_encode: Final = Encoder().encode
_new_task: Final = Decoder(NewTask)
_task_edit: Final = Decoder(TaskEdit)
_completion: Final = Decoder(Completion)

# A browser may keep an answer to itself, and asks again before it shows it.
_CACHING: Final = {"Cache-Control": "private, no-cache"}


@dataclass(frozen=True, slots=True)
class TaskController:
    tasks: Tasks

    def routes(self, *middleware: Middleware) -> Iterator[HTTPRouteHandler]:
        """The middleware leaves the user who has been authenticated in the request."""
        every, one = "/api/{user_id:str}/tasks", "/api/{user_id:str}/tasks/{task_id:str}"
        yield from handlers(every, *middleware, GET=self.page, POST=self.create)
        yield from handlers(
            one, *middleware, GET=self.get, PUT=self.edit, PATCH=self.patch, DELETE=self.delete
        )
        yield from handlers(f"{one}/complete", *middleware, PATCH=self.complete)

    async def page(self, request: Caller) -> ASGIResponse:
        is_completed, size = completed(request), limit(request)
        page = await self.tasks.list(
            request.user.user, is_completed=is_completed, limit=size, after=cursor(request)
        )
        headers = dict(_CACHING)
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
        task = await self.tasks.create(
            request.user.user,
            title=new.title,
            description=new.description,
            is_completed=new.is_completed,
            id=new.id,
            email=request.user.email,
        )
        return _present(task, 201, Location=f"{_collection(request)}/{task.id}")

    async def get(self, request: Caller) -> ASGIResponse:
        return _present(await self.tasks.get(request.user.user, task_id(request)))

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
        )
        return _present(task)

    async def complete(self, request: Caller) -> ASGIResponse:
        own = request.user.user, task_id(request)
        wanted = (await body(request, _completion, if_absent=Completion())).wanted
        if wanted is UNSET:
            return _present(await self.tasks.toggle(*own))
        return _present(await (self.tasks.complete if wanted else self.tasks.reopen)(*own))

    async def delete(self, request: Caller) -> ASGIResponse:
        await self.tasks.delete(request.user.user, task_id(request))
        return ASGIResponse(status_code=204)


def _present(task: Task, status: int = 200, **headers: str) -> ASGIResponse:
    return ASGIResponse(
        body=_encode(TaskBody.of(task)),
        status_code=status,
        headers={"ETag": f'"{task.revision}"', **_CACHING, **headers},
    )


def _collection(request: Caller) -> str:
    """The address of the user's tasks, in the words that the client used."""
    named = request.path_params["user_id"]
    return f"/api/{named if named == 'me' else quote(request.user.user, safe='')}/tasks"
