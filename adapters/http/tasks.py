"""The tasks of one user: parse, call the use case, present."""

from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from litestar import Router
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from msgspec import UNSET
from msgspec.json import Decoder, Encoder

from honeydo.application.tasks import Tasks
from honeydo.domain.task import UNCHANGED, Task

from .requests import MERGE_PATCH, Caller, body, completed, cursor, cursor_text, limit, task_id
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

    def routes(self) -> Router:
        """To stand under the collection of the user who has been authenticated."""

        def route(path: str, *methods: Any, to: Any) -> HTTPRouteHandler:
            return HTTPRouteHandler(path, http_method=methods, status_code=200)(to)

        return Router(
            "/tasks",
            route_handlers=[
                route("/", "GET", "HEAD", to=self.page),
                route("/", "POST", to=self.create),
                route("/{task_id:str}", "GET", "HEAD", to=self.get),
                route("/{task_id:str}", "PUT", to=self.edit),
                route("/{task_id:str}", "PATCH", to=self.patch),
                route("/{task_id:str}", "DELETE", to=self.delete),
                route("/{task_id:str}/complete", "PATCH", to=self.complete),
            ],
        )

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
        wanted = (await body(request, _completion)).wanted if await request.body() else UNSET
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
