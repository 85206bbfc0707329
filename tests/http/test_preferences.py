"""What a client prefers to get back from a write (RFC 7240)."""

import httpx
import pytest

TASKS = "/api/ada/tasks"
MINIMAL, REPRESENTATION = {"Prefer": "return=minimal"}, {"Prefer": "return=representation"}


@pytest.fixture
async def address(ada: httpx.AsyncClient) -> str:
    return str((await ada.post(TASKS, json={"title": "Buy honey"})).headers["location"])


async def test_a_minimal_create_tells_where_the_task_is(ada: httpx.AsyncClient) -> None:
    made = await ada.post(TASKS, json={"title": "Buy honey"}, headers=MINIMAL)

    assert (made.status_code, made.content) == (201, b"")
    assert made.headers["preference-applied"] == "return=minimal"
    assert made.headers["etag"] == '"1"'
    assert (await ada.get(made.headers["location"])).json()["title"] == "Buy honey"


@pytest.mark.parametrize(("method", "path"), [("PUT", ""), ("PATCH", ""), ("PATCH", "/complete")])
async def test_a_minimal_change_tells_the_new_tag(
    ada: httpx.AsyncClient, address: str, method: str, path: str
) -> None:
    body = {"title": "Sell honey", "is_completed": True}
    changed = await ada.request(method, address + path, json=body, headers=MINIMAL)

    assert (changed.status_code, changed.content) == (204, b"")
    assert changed.headers["preference-applied"] == "return=minimal"
    assert changed.headers["etag"] == (await ada.get(address)).headers["etag"] == '"2"'


async def test_a_delete_may_tell_what_is_gone(ada: httpx.AsyncClient, address: str) -> None:
    deleted = await ada.delete(address, headers=REPRESENTATION)

    assert deleted.status_code == 200
    assert deleted.headers["preference-applied"] == "return=representation"
    assert deleted.json()["title"] == "Buy honey"


async def test_a_delete_is_minimal_by_itself(ada: httpx.AsyncClient, address: str) -> None:
    deleted = await ada.delete(address)

    assert (deleted.status_code, deleted.content) == (204, b"")


@pytest.mark.parametrize(
    "stated",
    [
        "return=minimal",
        "RETURN=Minimal",
        'return="minimal"',
        "respond-async, return = minimal; foo=bar",
        "handling=lenient,return=minimal,return=representation",
    ],
)
async def test_of_what_is_preferred_the_first_return_counts(
    ada: httpx.AsyncClient, address: str, stated: str
) -> None:
    changed = await ada.put(address, json={"title": "Sell honey"}, headers={"Prefer": stated})

    assert changed.status_code == 204


@pytest.mark.parametrize("stated", ["", "return", "return=everything", "no-return=minimal", "x"])
async def test_what_is_not_understood_is_ignored(
    ada: httpx.AsyncClient, address: str, stated: str
) -> None:
    changed = await ada.put(address, json={"title": "Sell honey"}, headers={"Prefer": stated})

    assert changed.status_code == 200
    assert "preference-applied" not in changed.headers
