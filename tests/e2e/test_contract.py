"""The HTTP contract over real sockets: on a fresh machine, and as in production."""

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from tests.e2e.server import Server


@pytest.fixture
def ada(server: Server) -> Iterator[httpx.Client]:
    """A client of a user who has no tasks yet."""
    with server.client(f"ada|{uuid4()}") as client:
        yield client


def create(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    response = client.post("/api/me/tasks", json=fields)
    assert response.status_code == 201
    task: dict[str, Any] = response.json()
    return task


def assert_problem(response: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["request_id"] == response.headers["X-Request-Id"]
    assert isinstance(problem["detail"], str)
    return problem


def test_a_tasks_life(ada: httpx.Client) -> None:
    assert ada.get("/api/me/tasks").json() == []
    created = ada.post("/api/me/tasks", json={"title": " Buy honey ", "description": "Two jars"})
    task = created.json()
    where = created.headers["Location"]
    assert created.status_code == 201
    assert where == f"/api/me/tasks/{task['id']}"
    assert (task["title"], task["description"], task["is_completed"]) == (
        "Buy honey",
        "Two jars",
        False,
    )
    assert task["created_at"].endswith("Z")

    assert ada.get("/api/me/tasks").json() == [task]
    one = ada.get(where)
    assert one.json() == task
    assert one.headers["ETag"] == created.headers["ETag"]
    head = ada.head(where)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == one.headers["ETag"]

    put = ada.put(where, json={"title": "Buy much honey"})
    assert (put.json()["title"], put.json()["description"]) == ("Buy much honey", "Two jars")
    assert put.headers["ETag"] != one.headers["ETag"]
    patch = ada.patch(
        where,
        content=b'{"description": null}',
        headers={"Content-Type": "application/merge-patch+json"},
    )
    assert (patch.json()["title"], patch.json()["description"]) == ("Buy much honey", None)

    assert ada.patch(f"{where}/complete").json()["is_completed"] is True
    assert ada.get("/api/me/tasks", params={"completed": "false"}).json() == []
    for _ in range(2):
        completed = ada.patch(f"{where}/complete", json={"is_completed": True})
        assert completed.json()["is_completed"] is True
    assert ada.patch(f"{where}/complete", json={}).json()["is_completed"] is False

    assert ada.delete(where).status_code == 204
    assert_problem(ada.get(where), 404, "task_not_found")
    assert ada.get("/api/me/tasks").json() == []


def test_a_user_is_also_named_by_their_percent_encoded_id(ada: httpx.Client) -> None:
    task = create(ada, title="Buy honey")
    named = task["user_id"].replace("|", "%7C")
    assert ada.get(f"/api/{named}/tasks").json() == [task]


def test_a_task_may_bring_its_id_once(ada: httpx.Client) -> None:
    task = create(ada, title="Buy honey", id=str(UUID(int=7)))
    assert task["id"] == str(UUID(int=7))
    again = ada.post("/api/me/tasks", json={"title": "Another", "id": task["id"]})
    assert_problem(again, 409, "task_id_taken")


def test_links_lead_through_all_pages(ada: httpx.Client) -> None:
    created = [create(ada, title=f"Task {number}") for number in range(5)]
    listed, address = [], "/api/me/tasks?limit=2"
    while address:
        page = ada.get(address)
        assert '</api/me/tasks?limit=2>; rel="first"' in page.headers["Link"]
        listed += page.json()
        link = re.match(r'<([^>]*)>; rel="next"', page.headers["Link"])
        address = link[1] if link else ""
    assert listed == created[::-1]


def test_any_worker_goes_on_where_another_one_stopped(server: Server, ada: httpx.Client) -> None:
    task = create(ada, title="Buy honey")
    for number in range(15):
        create(ada, title=f"Task {number}")
    listed, address = 0, "/api/me/tasks?limit=1"
    while address:
        # Each connection is to any of the workers.
        with server.client(task["user_id"]) as client:
            page = client.get(address)
        listed += len(page.json())
        address = page.links.get("next", {}).get("url", "")
    assert listed == 16


def test_nobody_gets_at_another_users_tasks(server: Server, ada: httpx.Client) -> None:
    task = create(ada, title="Buy honey")
    theirs = f"/api/{task['user_id'].replace('|', '%7C')}/tasks"
    with server.client(f"bob-{uuid4()}") as bob:
        assert_problem(bob.get(theirs), 403, "not_your_collection")
        assert_problem(bob.get(f"{theirs}/{task['id']}"), 403, "not_your_collection")
        assert_problem(bob.get("/api/nobody/tasks"), 403, "not_your_collection")
        own = f"/api/me/tasks/{task['id']}"
        for response in (
            bob.get(own),
            bob.put(own, json={"title": "Mine"}),
            bob.patch(f"{own}/complete"),
            bob.delete(own),
        ):
            assert_problem(response, 404, "task_not_found")
        assert bob.get("/api/me/tasks").json() == []
    assert ada.get("/api/me/tasks").json() == [task]


def test_a_request_without_a_good_token_is_refused(server: Server, ada: httpx.Client) -> None:
    good = ada.headers["Authorization"]
    forged = good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB")
    with server.client() as stranger:
        missing = stranger.get("/api/me/tasks")
        assert_problem(missing, 401, "missing_token")
        assert missing.headers["WWW-Authenticate"].startswith("Bearer")
        for value in ("Bearer garbage", forged):
            refused = stranger.get("/api/me/tasks", headers={"Authorization": value})
            assert_problem(refused, 401, "invalid_token")
            assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_broken_rule_is_told_by_its_field(ada: httpx.Client) -> None:
    problem = assert_problem(ada.post("/api/me/tasks", json={"title": ""}), 422, "invalid_values")
    assert [(each["pointer"], each["code"]) for each in problem["errors"]] == [("/title", "blank")]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b'{"title": ', "application/json", 400, "malformed_json"),
        (b"title=Buy+honey", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b'{"title": "%s"}' % (b"x" * 70_000), "application/json", 413, "too_large"),
    ],
    ids=["malformed", "not JSON", "too large"],
)
def test_a_body_that_cannot_be_read_is_refused(
    ada: httpx.Client, content: bytes, content_type: str, status: int, code: str
) -> None:
    response = ada.post("/api/me/tasks", content=content, headers={"Content-Type": content_type})
    assert_problem(response, status, code)


def test_addresses_and_methods_that_are_none_are_refused(ada: httpx.Client) -> None:
    assert_problem(ada.get("/api/me/bees"), 404, "not_found")
    refused = ada.post("/health")
    assert_problem(refused, 405, "method_not_allowed")
    assert "GET" in refused.headers["Allow"]


def test_health_needs_no_token(server: Server) -> None:
    with server.client() as anybody:
        for address in ("/health", "/health/live"):
            assert anybody.get(address).json() == {"status": "ok"}


def test_the_reference_works_without_internet(server: Server) -> None:
    with server.client() as anybody:
        page = anybody.get("/docs")
        assert page.headers["Content-Type"].startswith("text/html")
        assert "://" not in page.text
        for asset in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            assert anybody.get(asset).status_code == 200
        document = anybody.get("/openapi.json").json()
        assert "/api/{user_id}/tasks" in document["paths"]


def test_pages_of_the_front_end_may_call_and_others_may_not(configured_server: Server) -> None:
    preflight = {"Access-Control-Request-Method": "PATCH"}
    with configured_server.client() as browser:
        for origin, allowed in (("https://app.example.com", True), ("https://evil.example", False)):
            asked = browser.options("/api/me/tasks", headers={"Origin": origin, **preflight})
            assert (asked.headers.get("Access-Control-Allow-Origin") == origin) is allowed
            refused = browser.get("/api/me/tasks", headers={"Origin": origin})
            assert refused.status_code == 401
            assert (refused.headers.get("Access-Control-Allow-Origin") == origin) is allowed
