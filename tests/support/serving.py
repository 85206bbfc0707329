"""The HTTP application over any repository, and clients of its users."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Final

import httpx
from litestar.types import ASGIApp

from honeydo.adapters.http.app import create_app
from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.jwt.shared_secret import SharedSecret, mint
from honeydo.adapters.memory import MemoryTasks
from honeydo.application.live import Live
from honeydo.application.ports import Clock, NewTaskId, TaskRepository, VerifyToken
from honeydo.application.tasks import Tasks
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId
from tests.support.conformance import hold_against_document
from tests.support.determined import HandClock, counted_ids
from tests.support.tokens import SECRET

TITLES: Final = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    410: "Gone",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
NEVER_WAS: Final = TaskId("404a404a-404a-404a-404a-404a404a404a")


async def ready() -> bool:
    return True


def application(
    tasks: TaskRepository,
    options: HttpOptions | None = None,
    *,
    clock: Clock | None = None,
    new_task_id: NewTaskId | None = None,
    is_ready: Callable[[], Awaitable[bool]] = ready,
    verify: VerifyToken | None = None,
    live: Live | None = None,
) -> ASGIApp:
    return create_app(
        Tasks.over(
            tasks,
            clock=clock or HandClock(),
            new_task_id=new_task_id or counted_ids(),
            live=live,
        ),
        verify=verify or SharedSecret(SECRET),
        is_ready=is_ready,
        options=options,
    )


def client(app: ASGIApp, user: str | None = None, **headers: str) -> httpx.AsyncClient:
    """A client of a user, or of nobody, each of whose answers is held against the document."""
    if user is not None:
        headers["Authorization"] = f"Bearer {mint(SECRET, user, lifetime=timedelta(hours=1))}"
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app),  # type: ignore[arg-type]  # Litestar's types are its own
        base_url="http://honeydo.test",
        headers=headers,
        event_hooks={"response": [hold_against_document]},
    )


def problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The body of an answer that must be this problem, in the shape that each problem has."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    body: dict[str, Any] = response.json()
    assert body["type"] == "about:blank"
    assert body["title"] == TITLES[status]
    assert body["status"] == status
    assert body["code"] == code
    assert body["request_id"] == response.headers["x-request-id"]
    assert isinstance(body["detail"], str)
    assert body["detail"].endswith(".")
    assert body.get("errors") != []
    assert body.keys() - {"errors"} == {"type", "title", "status", "code", "request_id", "detail"}
    return body


class Broken(MemoryTasks):
    """A repository with a defect where it looks for a task."""

    async def get(self, owner: UserId, task_id: TaskId) -> Task | None:
        raise RuntimeError(f"the dog ate {task_id} of {owner}")
