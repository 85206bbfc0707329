"""How a user is named in a path: percent-encoded, or as me."""

from urllib.parse import quote

import httpx
import pytest
from litestar.types import ASGIApp

from tests.support.serving import client, problem

SUBJECTS = [
    "1",
    "auth0|42",
    "ada@example.org",
    "ada+honey@example.org",
    "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "kq3Yw7rPz1Xv9Lm2Nc8Bd4Gf6Hj0Sa5T",
    "a b",
    "50%",
    "100%25",
    "a?b#c&d=e",
    "{user_id}",
    "\N{HONEYBEE} \u00e5sa",
    "me",
]
WITH_SLASHES = ["https://issuer.example/users/42", "/", "a//b", "../tasks"]


@pytest.mark.parametrize("subject", SUBJECTS)
async def test_a_path_has_the_subject_percent_encoded(app: ASGIApp, subject: str) -> None:
    user = client(app, subject)
    collection = f"/api/{quote(subject, safe='')}/tasks"

    created = await user.post(collection, json={"title": "Buy honey"})

    assert created.status_code == 201
    assert created.json()["user_id"] == subject
    assert created.headers["location"] == f"{collection}/{created.json()['id']}"
    assert (await user.get(created.headers["location"])).json() == created.json()


@pytest.mark.parametrize("subject", SUBJECTS + WITH_SLASHES)
async def test_me_is_the_tokens_user(app: ASGIApp, subject: str) -> None:
    user = client(app, subject)

    created = await user.post("/api/me/tasks", json={"title": "Buy honey"})

    assert created.json()["user_id"] == subject
    assert created.headers["location"] == f"/api/me/tasks/{created.json()['id']}"
    assert (await user.get(created.headers["location"])).json() == created.json()


@pytest.mark.parametrize("subject", ["auth0|42", "50%", "me", "\u00e5sa"])
async def test_links_name_the_user_as_the_request_did(app: ASGIApp, subject: str) -> None:
    user = client(app, subject)
    for title in ("first", "second"):
        await user.post("/api/me/tasks", json={"title": title})

    for named in (quote(subject, safe=""), "me"):
        first = await user.get(f"/api/{named}/tasks?limit=1")
        following = first.links["next"]["url"]
        assert following.startswith(f"/api/{named}/tasks?")
        assert [task["title"] for task in (await user.get(following)).json()] == ["first"]


@pytest.mark.parametrize("subject", WITH_SLASHES)
async def test_a_subject_with_slashes_is_never_taken_for_anothers(
    app: ASGIApp, subject: str
) -> None:
    answer = await client(app, subject).get(f"/api/{quote(subject, safe='')}/tasks")

    assert answer.status_code in (403, 404, 405)


async def test_each_user_is_me_to_themself(ada: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    await ada.post("/api/me/tasks", json={"title": "Buy honey"})
    await bob.post("/api/me/tasks", json={"title": "Sell honey"})

    assert [task["title"] for task in (await ada.get("/api/ada/tasks")).json()] == ["Buy honey"]
    assert [task["title"] for task in (await bob.get("/api/bob/tasks")).json()] == ["Sell honey"]


@pytest.mark.parametrize("named", ["ME", "Me", "me%20", "%20me", "me%00", "~me"])
async def test_me_has_one_spelling(ada: httpx.AsyncClient, named: str) -> None:
    problem(await ada.get(f"/api/{named}/tasks"), 403, "not_your_collection")
