"""What leads from page to page of GET /api/{user_id}/tasks, and cannot be made by anybody else."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from string import ascii_letters, digits
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.task import Task, TaskId
from honeydo.domain.user import UserId
from tests.support.determined import HandClock
from tests.support.lists import TASKS, asking, make_seven
from tests.support.serving import application, client, problem
from tests.support.values import NOON


@pytest.fixture
async def following(ada: httpx.AsyncClient, clock: HandClock) -> str:
    """The address of a second page, which begins with 3."""
    await make_seven(ada, clock)
    page = await ada.get(f"{TASKS}?completed=false&limit=1")
    return str(page.links["next"]["url"])


@pytest.mark.parametrize(
    "change",
    [
        {"completed": "true"},
        {"completed": None},
        {"deleted": "true"},
        {"q": "1"},
        {"created_since": "2026-05-04T12:00:00Z"},
        {"updated_since": "2026-05-04T12:00:00Z"},
        {"sort": "created_at"},
        {"sort": "-updated_at"},
        {"sort": "title"},
    ],
    ids=str,
)
async def test_a_cursor_of_another_list_is_refused(
    ada: httpx.AsyncClient, following: str, change: dict[str, str | None]
) -> None:
    problem(await ada.get(asking(following, **change)), 400, "invalid_cursor")


@pytest.mark.usefixtures("seven")
async def test_another_instant_makes_another_list(ada: httpx.AsyncClient) -> None:
    for name in ("created_since", "updated_since"):
        page = await ada.get(f"{TASKS}?limit=1&{name}=2026-05-04T12:00:00Z")
        following = page.links["next"]["url"]

        other = asking(following, **{name: "2026-05-04T12:00:00.000001Z"})
        problem(await ada.get(other), 400, "invalid_cursor")
        same = asking(following, **{name: "2026-05-04T14:00:00+02:00"})
        assert (await ada.get(same)).json()[0]["title"] == "5"


@pytest.mark.parametrize(
    "change",
    [
        {"limit": "2"},
        {"limit": None},
        {"deleted": "false"},
        {"sort": "-created_at"},
        {"unknown": "1"},
    ],
    ids=str,
)
async def test_a_cursor_goes_on_with_what_means_the_same(
    ada: httpx.AsyncClient, following: str, change: dict[str, str | None]
) -> None:
    page = await ada.get(asking(following, **change))

    assert page.status_code == 200
    assert page.json()[0]["title"] == "3"


async def test_a_cursor_of_another_user_is_refused(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient, following: str
) -> None:
    mine = following.replace("/ada/", "/me/")

    assert (await ada.get(mine)).status_code == 200
    problem(await bob.get(mine), 400, "invalid_cursor")


async def test_a_cursor_that_was_tampered_with_is_refused(
    ada: httpx.AsyncClient, following: str
) -> None:
    [cursor] = parse_qs(urlsplit(following).query)["cursor"]
    sealed = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    flipped = [
        sealed[:index] + bytes([sealed[index] ^ 1 << bit]) + sealed[index + 1 :]
        for index in range(len(sealed))
        for bit in (0, 7)
    ]
    cut = [sealed[:length] for length in range(len(sealed))]
    for text in [*flipped, *cut, sealed + b"\0", b"\0" + sealed]:
        forged = urlsafe_b64encode(text).rstrip(b"=").decode()
        refused = await ada.get(asking(following, cursor=forged))
        problem(refused, 400, "invalid_cursor")


async def test_a_cursor_has_one_spelling(ada: httpx.AsyncClient, following: str) -> None:
    [cursor] = parse_qs(urlsplit(following).query)["cursor"]
    around = [f"{cursor}=", f"{cursor}==", f" {cursor}", f"{cursor}\n", f"{cursor}!", f"!{cursor}"]
    # The last one has bits that say nothing.
    ends = [cursor[:-1] + end for end in f"{ascii_letters}{digits}-_" if end != cursor[-1]]
    spellings = [*around, *ends]
    for spelling in spellings:
        problem(await ada.get(asking(following, cursor=spelling)), 400, "invalid_cursor")


@pytest.mark.parametrize(
    "cursor",
    {
        "empty": "",
        "a number": "1",
        "a word": "next",
        "short": "AAAA",
        "long": "A" * 8_000,
        "not base64": "!" * 32,
        "not ASCII": "%C3%A9" * 32,
        "not UTF-8": "%FF" * 32,
        "NUL": "%00",
    }.items(),
    ids=lambda cursor: cursor[0],
)
async def test_a_cursor_that_is_none_of_ours_is_refused(
    ada: httpx.AsyncClient, cursor: tuple[str, str]
) -> None:
    problem(await ada.get(f"{TASKS}?cursor={cursor[1]}"), 400, "invalid_cursor")


@pytest.mark.parametrize(
    ("key", "is_known"), [(b"k" * 32, True), (b"l" * 32, False), (None, False)], ids=str
)
async def test_workers_know_each_others_cursors_by_the_key_that_they_share(
    memory: MemoryTasks, key: bytes | None, is_known: bool
) -> None:
    for number in range(2):
        await memory.add(
            Task.create(id=TaskId(int=number), owner=UserId("ada"), title=f"{number}", now=NOON)
        )
    options = HttpOptions(cursor_key=key) if key else HttpOptions()
    one = client(application(memory, HttpOptions(cursor_key=b"k" * 32)), "ada")
    other = client(application(memory, options), "ada")

    following = (await one.get(f"{TASKS}?limit=1")).links["next"]["url"]

    assert (await other.get(following)).status_code == (200 if is_known else 400)


def test_the_key_does_not_show() -> None:
    assert "kkk" not in repr(HttpOptions(cursor_key=b"k" * 32))
