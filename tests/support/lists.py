"""Lists of ada's over HTTP, page by page."""

from collections.abc import AsyncIterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx

from tests.support.determined import HandClock

TASKS: Final = "/api/ada/tasks"


async def make_seven(ada: httpx.AsyncClient, clock: HandClock) -> None:
    """A second apart but for two; those with even numbers are completed."""
    for number in range(7):
        await ada.post(TASKS, json={"title": f"{number}", "is_completed": number % 2 == 0})
        clock.advance(0 if number == 3 else 1)


async def pages(user: httpx.AsyncClient, address: str) -> AsyncIterator[list[dict[str, Any]]]:
    """The tasks of each page from this address on."""
    following: str | None = address
    while following:
        page = await user.get(following)
        assert page.status_code == 200, page.text
        yield page.json()
        following = page.links.get("next", {}).get("url")


async def titles(user: httpx.AsyncClient, address: str) -> list[list[str]]:
    return [[task["title"] for task in page] async for page in pages(user, address)]


def asking(address: str, **parameters: str | None) -> str:
    """The same, but for these parameters; None leaves one out."""
    query = dict(parse_qsl(urlsplit(address).query)) | parameters
    return f"{TASKS}?{urlencode({name: text for name, text in query.items() if text is not None})}"
