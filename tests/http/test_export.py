"""GET /api/{user_id}/export"""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest
from icalendar import Calendar
from litestar.types import ASGIApp

from honeydo.adapters.http.protocol import BoundedProtocol
from honeydo.adapters.memory import MemoryTasks
from honeydo.application.errors import Unavailable
from honeydo.domain.listing import Listing, Page
from honeydo.domain.task import Task
from honeydo.domain.user import UserId
from tests.support.determined import HandClock, counted_ids
from tests.support.serving import application, client, problem
from tests.support.sockets import listening, sent
from tests.support.values import NOON

TASKS = "/api/me/tasks"
EXPORT = "/api/me/export"
CALENDAR = {"Accept": "text/calendar"}
ADA = UserId("ada")


def lines(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 200
    assert answer.text == "" or answer.text.endswith("\n")
    return [json.loads(line) for line in answer.text.split("\n")[:-1]]


def todos(answer: httpx.Response) -> list[Any]:
    assert answer.status_code == 200
    return Calendar.from_ical(answer.content).walk("VTODO")


async def fill(memory: MemoryTasks, number: int, **values: Any) -> None:
    new_id = counted_ids()
    for index in range(number):
        given = {"title": f"{index}", **values}
        await memory.add(Task.create(id=new_id(), owner=ADA, now=NOON, **given))


async def test_the_user_comes_first_then_their_tasks(
    ada: httpx.AsyncClient, clock: HandClock
) -> None:
    first = (await ada.post(TASKS, json={"title": "Buy honey"})).json()
    clock.advance()
    second = (await ada.post(TASKS, json={"title": "Buy wax", "is_completed": True})).json()

    answer = await ada.get(EXPORT)

    assert answer.headers["content-type"] == "application/jsonl"
    assert answer.headers["content-disposition"] == 'attachment; filename="honeydo.jsonl"'
    assert lines(answer) == [
        {"type": "user", "id": "ada", "email": None, "created_at": "2026-05-04T12:00:00Z"},
        {"type": "task", **first},
        {"type": "task", **second},
    ]


async def test_the_trash_is_exported_with_the_time_that_it_was_put_there(
    ada: httpx.AsyncClient, clock: HandClock
) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    clock.advance()
    await ada.delete(location)

    [_, task] = lines(await ada.get(EXPORT))

    assert (task["title"], task["deleted_at"]) == ("Buy honey", "2026-05-04T12:00:01Z")


async def test_nobody_elses_data_is_exported(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})
    await bob.post(TASKS, json={"title": "Sell honey"})

    assert [line.get("title", line["id"]) for line in lines(await bob.get(EXPORT))] == [
        "bob",
        "Sell honey",
    ]
    problem(await bob.get("/api/ada/export"), 403, "not_your_collection")


async def test_of_a_user_without_data_there_is_not_one_line(ada: httpx.AsyncClient) -> None:
    assert lines(await ada.get(EXPORT)) == []


async def test_a_user_without_data_has_a_calendar_without_entries(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(EXPORT, headers=CALENDAR)

    calendar = Calendar.from_ical(answer.content)
    assert (calendar["version"], calendar.subcomponents) == ("2.0", [])


@pytest.mark.parametrize("number", [49, 50, 51, 500, 1_001])
@pytest.mark.parametrize("accept", ["application/jsonl", "text/calendar"])
async def test_every_task_is_in_it_once(
    memory: MemoryTasks, ada: httpx.AsyncClient, number: int, accept: str
) -> None:
    await fill(memory, number)

    answer = await ada.get(EXPORT, headers={"Accept": accept})

    if accept == "text/calendar":
        titles = [str(todo["summary"]) for todo in todos(answer)]
    else:
        titles = [line["title"] for line in lines(answer)[1:]]
    assert titles == [f"{index}" for index in range(number)]


async def test_a_calendar_program_reads_the_tasks(ada: httpx.AsyncClient, clock: HandClock) -> None:
    described = {"title": "Buy honey", "description": "From the market."}
    task = (await ada.post(TASKS, json=described)).json()
    clock.advance()
    await ada.patch(f"{TASKS}/{task['id']}/complete")

    answer = await ada.get(EXPORT, headers=CALENDAR)
    [todo] = todos(answer)

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="honeydo.ics"'
    assert Calendar.from_ical(answer.content)["prodid"] == "-//Honeydo//Honeydo//EN"
    assert (todo["uid"], todo["summary"], todo["description"]) == (
        task["id"],
        "Buy honey",
        "From the market.",
    )
    assert (todo["status"], todo["percent-complete"]) == ("COMPLETED", 100)
    one_later = datetime(2026, 5, 4, 12, 0, 1, tzinfo=UTC)
    assert todo["created"].dt == NOON
    assert todo["completed"].dt == todo["last-modified"].dt == todo["dtstamp"].dt == one_later


async def test_an_open_task_needs_action(ada: httpx.AsyncClient) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})

    [todo] = todos(await ada.get(EXPORT, headers=CALENDAR))

    assert todo["status"] == "NEEDS-ACTION"
    assert not {"completed", "percent-complete", "description"} & {name.lower() for name in todo}


async def test_a_calendar_has_no_trash(ada: httpx.AsyncClient) -> None:
    location = (await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"]
    await ada.post(TASKS, json={"title": "Buy wax"})
    await ada.delete(location)

    [todo] = todos(await ada.get(EXPORT, headers=CALENDAR))

    assert todo["summary"] == "Buy wax"


HOSTILE = {
    "another component": "x\nEND:VTODO\nBEGIN:VTODO\nUID:evil\nSUMMARY:evil",
    "windows lines": "a\r\nATTACH:file:///etc/passwd\r\n b",
    "separators": 'a;b,c:d\\n\\\\ "q" ^n =20 \\;',
    "bees": "\N{HONEYBEE}" * 300,
    "one long word": "x" * 10_000,
    "long in two bytes": "\N{LATIN SMALL LETTER U WITH DIAERESIS}" * 500,
    "other line ends": "a\u2028b\u2029c",
    "from right to left": "\u202e\u05d0 \u0301",
    "tabs and a space at the end": "\ta\t\n b ",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_stays_text_in_a_calendar(ada: httpx.AsyncClient, text: str) -> None:
    title = text.replace("\r", "").replace("\n", " ").replace("\t", " ")[:255]
    created = await ada.post(TASKS, json={"title": title, "description": text})

    answer = await ada.get(EXPORT, headers=CALENDAR)
    [todo] = todos(answer)

    assert todo["uid"] == created.json()["id"]
    assert todo["summary"] == created.json()["title"]
    assert todo["description"] == created.json()["description"].replace("\r\n", "\n")
    assert set(todo) == {
        "UID",
        "DTSTAMP",
        "CREATED",
        "LAST-MODIFIED",
        "SUMMARY",
        "DESCRIPTION",
        "STATUS",
    }
    assert answer.content.endswith(b"\r\nEND:VCALENDAR\r\n")
    for line in answer.content.removesuffix(b"\r\n").split(b"\r\n"):
        assert len(line) <= 75
        assert not {b"\r", b"\n"} & {bytes([each]) for each in line}
        line.decode()  # no character is cut in two


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
async def test_hostile_text_stays_in_its_line(ada: httpx.AsyncClient, text: str) -> None:
    await ada.post(TASKS, json={"title": "Buy honey", "description": text})

    [_, task] = lines(await ada.get(EXPORT))

    assert task["description"] == text


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "application/jsonl"),
        ("*/*", "application/jsonl"),
        ("application/*", "application/jsonl"),
        ("application/json, text/plain, */*", "application/jsonl"),
        ("text/calendar", "text/calendar"),
        ("TEXT/Calendar; component=VTODO", "text/calendar"),
        ("text/*", "text/calendar"),
        ("application/jsonl, text/calendar", "application/jsonl"),
        ("application/jsonl;q=0.5, text/calendar", "text/calendar"),
        ("text/calendar;q=0.5, */*;q=0.1", "text/calendar"),
        ("text/calendar;q=0.5, */*", "application/jsonl"),
        ("*/*, application/jsonl;q=0", "text/calendar"),
        ("text/html, text/calendar ; Q=0.001", "text/calendar"),
        ("text/calendar;q=2", "text/calendar"),
        (",;,;q=,/,*/*", "application/jsonl"),
    ],
)
async def test_the_form_is_the_one_that_the_client_likes_best(
    ada: httpx.AsyncClient, accept: str, media_type: str
) -> None:
    answer = await ada.get(EXPORT, headers={"Accept": accept})

    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert answer.headers["vary"] == "Accept, Authorization"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "accept",
    ["text/html", "application/json", "*/*;q=0", "application/jsonl;q=0.000", ";", "jsonl", "\xff"],
)
async def test_no_other_form_can_be_had(ada: httpx.AsyncClient, accept: str) -> None:
    answer = await ada.get(EXPORT, headers={b"Accept": accept.encode("latin-1")})

    refusal = problem(answer, 406, "not_acceptable")
    assert refusal["detail"] == "Accept one of application/jsonl, text/calendar."


@pytest.mark.parametrize("accept", ["application/jsonl", "text/calendar"])
async def test_head_tells_the_same_without_the_file(ada: httpx.AsyncClient, accept: str) -> None:
    await ada.post(TASKS, json={"title": "Buy honey"})

    got = await ada.get(EXPORT, headers={"Accept": accept})
    headed = await ada.head(EXPORT, headers={"Accept": accept})

    assert (headed.status_code, headed.content) == (200, b"")
    for answer in (got, headed):
        del answer.headers["x-request-id"]
    assert headed.headers == got.headers


async def test_head_reads_no_task() -> None:
    memory = Counting()
    await fill(memory, 1)

    assert (await client(application(memory), "ada").head(EXPORT)).status_code == 200
    assert memory.pages == []


@dataclass(frozen=True, slots=True)
class Counting(MemoryTasks):
    """Pages that have been read, of which there are no more than so many before an outage."""

    pages: list[int] = field(default_factory=list)
    most: int = 100

    async def page(self, owner: UserId, listing: Listing) -> Page:
        if len(self.pages) == self.most:
            raise Unavailable
        page = await MemoryTasks.page(self, owner, listing)
        self.pages.append(len(page.tasks))
        return page


@pytest.mark.parametrize("accept", ["application/jsonl", "text/calendar"])
async def test_an_outage_at_the_start_is_a_problem(accept: str) -> None:
    memory = Counting(most=0)
    await fill(memory, 1)

    answer = await client(application(memory), "ada").get(EXPORT, headers={"Accept": accept})

    problem(answer, 503, "unavailable")
    assert answer.headers["retry-after"] == "1"


async def test_an_outage_on_the_way_leaves_the_answer_without_its_end(
    ada_headers: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    memory = Counting(most=1)
    await fill(memory, 501)
    head = b"GET /api/me/export HTTP/1.1\r\nHost: honeydo.test\r\nX-Request-Id: 42\r\n%s\r\n"

    async with listening(application(memory), BoundedProtocol) as port:
        answer = await sent(port, head % ada_headers)

    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"transfer-encoding: chunked" in answer
    assert b'"title":"499"' in answer
    assert not answer.endswith(b"0\r\n\r\n")
    ours = [record for record in caplog.records if record.name.startswith("honeydo.")]
    assert [(record.levelname, "request 42 breaks off" in record.message) for record in ours] == [
        ("WARNING", True)
    ]


async def test_a_whole_answer_has_its_end(ada_headers: bytes) -> None:
    memory = Counting()
    await fill(memory, 501)
    head = b"GET /api/me/export HTTP/1.1\r\nHost: honeydo.test\r\nConnection: close\r\n%s\r\n"

    async with listening(application(memory), BoundedProtocol) as port:
        answer = await sent(port, head % ada_headers)

    assert b'"title":"500"' in answer
    assert answer.endswith(b"\n\r\n0\r\n\r\n")


async def exported(app: ASGIApp, headers: bytes, receive: Any, send: Any) -> None:
    """An export, by a server of the test's own."""
    name, _, value = headers.strip().partition(b": ")
    scope: Any = {
        "type": "http",
        "method": "GET",
        "path": EXPORT,
        "query_string": b"",
        "headers": [(name.lower(), value)],
    }
    await app(scope, receive, send)


async def test_no_more_is_read_than_the_client_takes(ada_headers: bytes) -> None:
    memory = Counting()
    await fill(memory, 2_000)
    is_full = asyncio.Event()

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            is_full.set()
            await asyncio.Event().wait()

    export = asyncio.create_task(exported(application(memory), ada_headers, receive, send))
    await is_full.wait()

    assert memory.pages == [500]
    export.cancel()


async def test_no_more_is_read_for_a_client_that_is_gone(ada_headers: bytes) -> None:
    memory = Counting()
    await fill(memory, 2_000)
    has_begun = asyncio.Event()
    bodies = []

    async def receive() -> Any:
        await has_begun.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            has_begun.set()
            bodies.append(message)

    await exported(application(memory), ada_headers, receive, send)

    assert memory.pages == [500, 500]


async def test_an_export_goes_on_while_its_user_writes(
    memory: MemoryTasks, ada: httpx.AsyncClient
) -> None:
    await fill(memory, 1_000)

    async def write() -> None:
        for number in range(20):
            await ada.post(TASKS, json={"title": f"new {number}", "id": str(uuid4())})

    answer, _ = await asyncio.gather(ada.get(EXPORT), write())

    titles = [line["title"] for line in lines(answer)[1:]]
    assert {f"{index}" for index in range(1_000)} <= {*titles}
    assert len(titles) == len({*titles})
