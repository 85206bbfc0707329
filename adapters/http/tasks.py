"""The tasks of one user: parse, call the use case, present."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypedDict

from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET
from msgspec.json import Decoder, Encoder

from honeydo.application.batching import BatchResult
from honeydo.application.errors import OperationRefused, RevisionMismatch
from honeydo.application.operations import IfMatch
from honeydo.application.ports import Identity, Written
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import TaskIdTaken, TaskNotFound
from honeydo.domain.task import Task

from .answers import CACHING, Answer
from .conditions import if_match, is_known, list_etag, only_if_new
from .cursors import Cursors
from .idempotency import REPLAYED, idempotency_key
from .listing import asked, links
from .preferences import preferred_return, prefers_count
from .requests import (
    MERGE_PATCH,
    Caller,
    body,
    boolean,
    collection,
    header_values,
    parameter,
    task_id,
)
from .routing import Authenticate, handlers
from .schemas import Completion, NewTask, TaskBody, TaskEdit, named, task_etag

_encode: Final = Encoder().encode
_new_task: Final = Decoder(NewTask)
_task_edit: Final = Decoder(TaskEdit)
_completion: Final = Decoder(Completion)

# A list that was kept without its count must not pass for the answer to who wants one.
_LIST_CACHING: Final = {**CACHING, "Vary": "Authorization, Prefer"}


@dataclass(frozen=True, slots=True)
class TaskController:
    """`require_if_match` refuses changes by clients that do not say what they change."""

    tasks: Tasks
    cursors: Cursors
    require_if_match: bool = False

    def routes(self, authenticate: Authenticate) -> Iterator[HTTPRouteHandler]:
        every, one = "/api/{user_id:str}/tasks", "/api/{user_id:str}/tasks/{task_id:str}"
        yield from handlers(every, authenticate, GET=self.page, POST=self.create)
        yield from handlers(
            one, authenticate, GET=self.get, PUT=self.edit, PATCH=self.patch, DELETE=self.delete
        )
        yield from handlers(f"{one}/complete", authenticate, PATCH=self.complete)
        yield from handlers(f"{one}/restore", authenticate, POST=self.restore)

    async def page(self, request: Caller) -> Answer:
        user, wanted = request.user.user, asked(request, self.cursors)
        if header_values(request, b"if-none-match"):
            etag = list_etag(request, await self.tasks.version(user))
            if is_known(request, etag):
                return Answer(status=304, headers={"ETag": etag, **_LIST_CACHING})
        page = await self.tasks.list(user, **wanted)
        headers = {
            "ETag": list_etag(request, page.version),
            "Link": links(request, page, self.cursors),
            **_LIST_CACHING,
        }
        if prefers_count(request):
            headers["X-Total-Count"] = str(await self.tasks.count(user, **wanted))
            headers["Preference-Applied"] = "count=exact"
        return Answer(_encode([*map(TaskBody.of, page.tasks)]), headers=headers)

    async def create(self, request: Caller) -> Answer:
        new, key = await body(request, _new_task), idempotency_key(request)
        try:
            result = await self._create(request.user, new, key)
        except TaskIdTaken:
            if new.id and only_if_new(request):
                # One that is deleted keeps its id, and cannot be shown.
                with suppress(TaskNotFound):
                    mine = await self.tasks.get(request.user.user, new.id)
                    raise RevisionMismatch(mine) from None
            raise
        [written] = result.written
        if not written.is_new and only_if_new(request):
            raise RevisionMismatch(written.task)
        address = f"{collection(request)}/{written.task.id}"
        headers = REPLAYED if result.is_replay else {}
        if written.is_new:
            return _written(request, written.task, 201, {"Location": address, **headers})
        return _written(request, written.task, 200, {"Content-Location": address, **headers})

    async def _create(self, by: Identity, new: NewTask, key: str | None) -> BatchResult:
        if key is not None:
            try:
                return await self.tasks.batch(
                    by.user, [new.wanted()], idempotency_key=key, email=by.email
                )
            except OperationRefused as refusal:
                raise refusal.reason from None
        wishes = _Wishes(
            title=new.title,
            description=new.description,
            is_completed=new.is_completed,
            email=by.email,
        )
        if new.id is None:
            written = Written(await self.tasks.create(by.user, **wishes), is_new=True)
        else:
            written = await self.tasks.get_or_create(by.user, new.id, **wishes)
        return BatchResult([written], is_replay=False)

    async def get(self, request: Caller) -> Answer:
        task = await self.tasks.get(request.user.user, task_id(request))
        if is_known(request, etag := task_etag(task)):
            return Answer(status=304, headers={"ETag": etag, **CACHING})
        return _present(task)

    async def edit(self, request: Caller) -> Answer:
        return await self._edit(request, await body(request, _task_edit))

    async def patch(self, request: Caller) -> Answer:
        return await self._edit(request, await body(request, _task_edit, MERGE_PATCH))

    async def _edit(self, request: Caller, edit: TaskEdit) -> Answer:
        task = await self.tasks.edit(
            request.user.user,
            task_id(request),
            title=named(edit.title),
            description=named(edit.description),
            is_completed=named(edit.is_completed),
            if_match=self._if_match(request),
        )
        return _written(request, task)

    async def complete(self, request: Caller) -> Answer:
        own, expected = (request.user.user, task_id(request)), self._if_match(request)
        wanted = (await body(request, _completion, if_absent=Completion())).wanted
        if wanted is UNSET:
            task = await self.tasks.toggle(*own, if_match=expected)
        elif wanted:
            task = await self.tasks.complete(*own, if_match=expected)
        else:
            task = await self.tasks.reopen(*own, if_match=expected)
        return _written(request, task)

    async def delete(self, request: Caller) -> Answer:
        text = parameter(request, "permanent")
        permanent = text is not None and boolean("permanent", text)
        task = await self.tasks.delete(
            request.user.user,
            task_id(request),
            if_match=self._if_match(request),
            permanent=permanent,
        )
        # Of what is gone for good, nothing is left to be shown.
        if preferred_return(request) == "representation" and not permanent:
            return _written(request, task)
        return Answer(status=204)

    async def restore(self, request: Caller) -> Answer:
        task = await self.tasks.restore(
            request.user.user, task_id(request), if_match=self._if_match(request)
        )
        return _written(request, task)

    def _if_match(self, request: Caller) -> IfMatch:
        return if_match(request, required=self.require_if_match)


class _Wishes(TypedDict):
    """What a new task is to be, and whose."""

    title: str
    description: str | None
    is_completed: bool
    email: str | None


def _written(
    request: Caller, task: Task, status: int = 200, headers: Mapping[str, str] = {}
) -> Answer:
    preferred = preferred_return(request)
    applied = {"Preference-Applied": f"return={preferred}"} if preferred else {}
    if preferred != "minimal":
        return _present(task, status, {**applied, **headers})
    return Answer(
        status=201 if status == 201 else 204,
        headers={"ETag": task_etag(task), **applied, **headers},
    )


def _present(task: Task, status: int = 200, headers: Mapping[str, str] = {}) -> Answer:
    return Answer(
        _encode(TaskBody.of(task)),
        status=status,
        headers={"ETag": task_etag(task), **CACHING, **headers},
    )
