"""The limit of the HTTP side: an ASGI application without a framework, a token or a database, which
answers each request with as many bytes as the others do, made before."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

TASK = {
    "id": "00000000-0000-7000-8000-000000000000",
    "user_id": "0" * 32,
    "title": "Task 42 of the household: buy honey and milk",
    "description": "What task 42 is about, in some “quoted” words, and long enough to be usual.",
    "is_completed": False,
    "completed_at": None,
    "created_at": "2024-01-01T00:00:00.000000Z",
    "updated_at": "2024-01-01T00:00:00.000000Z",
    "revision": 42,
}
ONE, FIFTY = (json.dumps(body, ensure_ascii=False).encode() for body in (TASK, [TASK] * 50))


async def app(
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Callable[[dict[str, Any]], Awaitable[None]],
) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        return
    while (await receive()).get("more_body"):
        pass
    is_list = scope["method"] == "GET" and scope["path"].endswith("/tasks")
    body = FIFTY if is_list else ONE
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})
