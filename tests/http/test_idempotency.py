"""`Idempotency-Key`: a request that comes again is answered again, and not done again."""

import asyncio
from typing import Any

import httpx
import pytest

from honeydo.adapters.http.options import HttpOptions
from honeydo.adapters.memory import MemoryTasks
from tests.support.determined import HandClock
from tests.support.serving import application, client, problem

TASKS = "/api/ada/tasks"
BATCH = f"{TASKS}/batch"
HERS = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
HONEY: dict[str, Any] = {"title": "Buy honey"}
ONE = {"operations": [{"op": "create", **HONEY}]}
DAY = 24 * 60 * 60

each_address = pytest.mark.parametrize(("address", "body"), [(TASKS, HONEY), (BATCH, ONE)])


async def post(
    user: httpx.AsyncClient,
    key: str | None,
    body: object = HONEY,
    address: str = TASKS,
    **headers: str,
) -> httpx.Response:
    if key is not None:
        headers["Idempotency-Key"] = key
    return await user.post(address, json=body, headers=headers)


def said(response: httpx.Response) -> tuple[object, ...]:
    """All that an answer says, but for which request it is to, and that it is a replay."""
    ours = {"x-request-id", "idempotent-replayed"}
    headers = [(name, value) for name, value in response.headers.items() if name not in ours]
    return response.status_code, response.content, headers


@each_address
async def test_a_repeat_gets_the_first_answer_and_is_told_so(
    ada: httpx.AsyncClient, clock: HandClock, address: str, body: object
) -> None:
    first = await post(ada, "monday", body, address)
    clock.advance()

    again = await post(ada, "monday", body, address)

    assert first.status_code in (200, 201)
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert said(again) == said(first)
    assert len((await ada.get(TASKS)).json()) == 1


async def test_a_create_with_a_key_is_answered_as_one_without(ada: httpx.AsyncClient) -> None:
    without, with_key = await post(ada, None), await post(ada, "monday")

    assert with_key.status_code == 201
    assert with_key.headers.keys() == without.headers.keys()
    assert with_key.headers["location"] == f"{TASKS}/{with_key.json()['id']}"
    assert with_key.headers["etag"] == '"2"'
    assert (await ada.get(with_key.headers["location"])).json() == with_key.json()


@pytest.mark.parametrize("change", ["edit", "delete", "delete for good"])
async def test_the_first_answer_stays_what_it_was(ada: httpx.AsyncClient, change: str) -> None:
    first = await post(ada, "monday")
    location = first.headers["location"]
    if change == "edit":
        await ada.put(location, json={"title": "Buy wax"})
    else:
        await ada.delete(location)
    if change == "delete for good":
        await ada.delete(f"{location}?permanent=true")

    again = await post(ada, "monday")

    assert again.headers["idempotent-replayed"] == "true"
    assert said(again) == said(first)


@pytest.mark.parametrize(("one", "other"), [("monday", '"monday"'), ('"monday"', " monday ")])
async def test_a_key_is_the_same_with_and_without_quotes(
    ada: httpx.AsyncClient, one: str, other: str
) -> None:
    await post(ada, one)

    again = await post(ada, other)

    assert again.headers["idempotent-replayed"] == "true"


async def test_what_is_escaped_in_quotes_is_what_it_stands_for(ada: httpx.AsyncClient) -> None:
    await post(ada, r'say "honey" \ wax')

    again = await post(ada, r'"say \"honey\" \\ wax"')

    assert again.headers["idempotent-replayed"] == "true"


@pytest.mark.parametrize(
    "key", ["a", "A", "~", "a b", "a;b=1", "a,b", "x" * 255, '"%s"' % ("x" * 255), '" "', r'"\""']
)
async def test_a_key_is_any_printable_ascii(ada: httpx.AsyncClient, key: str) -> None:
    first = await post(ada, key)
    again = await post(ada, key)
    other = await post(ada, "other")

    assert first.status_code == 201
    assert again.headers["idempotent-replayed"] == "true"
    assert other.json()["id"] != first.json()["id"]


async def test_case_tells_keys_apart(ada: httpx.AsyncClient) -> None:
    await post(ada, "monday")
    await post(ada, "MONDAY")

    assert len((await ada.get(TASKS)).json()) == 2


@each_address
@pytest.mark.parametrize(
    "key",
    [
        b"",
        b" ",
        b'""',
        b'"',
        b'"a',
        b'"a"b',
        b'"a", "b"',
        b'"a";v=1',
        rb'"a\b"',
        rb'"a\"',
        b'"a\tb"',
        b"a\tb",
        b"m\xc3\xa9l",
        b"m\xe9l",
        b"a\x7f",
        b"x" * 256,
        b'"%s"' % (b"x" * 256),
    ],
)
async def test_what_is_no_key_is_a_bad_header(
    ada: httpx.AsyncClient, memory: MemoryTasks, address: str, body: object, key: bytes
) -> None:
    refused = await ada.post(address, json=body, headers=[(b"Idempotency-Key", key)])

    problem(refused, 400, "invalid_header")
    assert memory.users == {}


async def test_two_keys_are_a_bad_header(ada: httpx.AsyncClient, memory: MemoryTasks) -> None:
    keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "a")]

    problem(await ada.post(TASKS, json=HONEY, headers=keys), 400, "invalid_header")
    assert memory.users == {}


@each_address
async def test_a_key_belongs_to_one_body(
    ada: httpx.AsyncClient, address: str, body: object
) -> None:
    await post(ada, "monday", body, address)

    wax = {"title": "Buy wax"}
    for other in (wax, HONEY | {"description": "Two jars"}, HONEY | {"id": HERS}):
        sent = other if address == TASKS else {"operations": [{"op": "create", **other}]}
        problem(await post(ada, "monday", sent, address), 422, "idempotency_key_reused")
    assert len((await ada.get(TASKS)).json()) == 1


async def test_a_key_of_a_create_is_not_that_of_another_batch(ada: httpx.AsyncClient) -> None:
    await post(ada, "monday")

    complete = {"operations": [{"op": "complete", "id": HERS}]}
    problem(await post(ada, "monday", complete, BATCH), 422, "idempotency_key_reused")


async def test_the_same_wish_in_other_words_is_the_same_request(ada: httpx.AsyncClient) -> None:
    await post(ada, "monday")

    again = await ada.post(
        TASKS,
        content=b' {"x": 1, "description": null, "title":"Buy honey"}',
        headers={"Idempotency-Key": "monday"},
    )

    assert again.headers["idempotent-replayed"] == "true"


async def test_two_users_may_have_the_same_key(
    ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    hers = await post(ada, "monday")
    his = await post(bob, "monday", {"title": "Sell honey"}, "/api/bob/tasks")

    assert (hers.status_code, his.status_code) == (201, 201)
    assert his.json()["user_id"] == "bob"


async def test_what_was_refused_may_be_mended_and_sent_with_the_same_key(
    ada: httpx.AsyncClient,
) -> None:
    refused = await post(ada, "monday", {"title": " "})
    mended = await post(ada, "monday")

    errors = problem(refused, 422, "invalid_values")["errors"]
    assert [each["pointer"] for each in errors] == ["/title"]
    assert mended.status_code == 201
    assert "idempotent-replayed" not in mended.headers


async def test_a_key_lives_for_a_day(ada: httpx.AsyncClient, clock: HandClock) -> None:
    await post(ada, "monday")

    clock.advance(DAY)
    still = await post(ada, "monday")
    clock.advance(1)
    anew = await post(ada, "monday")

    assert still.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in anew.headers
    assert len((await ada.get(TASKS)).json()) == 2


async def test_a_repeat_may_prefer_less(ada: httpx.AsyncClient) -> None:
    first = await post(ada, "monday")

    again = await post(ada, "monday", Prefer="return=minimal")

    assert (again.status_code, again.content) == (201, b"")
    assert again.headers["idempotent-replayed"] == "true"
    assert again.headers["location"] == first.headers["location"]


async def test_an_id_of_the_clients_goes_together_with_a_key(ada: httpx.AsyncClient) -> None:
    hers = HONEY | {"id": HERS}
    await post(ada, None, hers)

    equal = await post(ada, "monday", hers)
    again = await post(ada, "monday", hers)
    taken = await post(ada, "tuesday", {"title": "Buy wax", "id": HERS})

    assert (equal.status_code, again.status_code) == (200, 200)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.json() == equal.json()
    problem(taken, 409, "task_id_taken")


@pytest.mark.parametrize("title", ["Buy honey", "Buy wax"])
async def test_only_if_it_is_new_holds_with_a_key_too(ada: httpx.AsyncClient, title: str) -> None:
    first = await post(ada, None, HONEY | {"id": HERS})

    for _ in range(2):
        refused = await post(ada, "monday", {"title": title, "id": HERS}, **{"If-None-Match": "*"})
        assert refused.status_code == 412
        assert refused.json()["task"] == first.json()


@pytest.mark.parametrize("key", ["monday", ""])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "GET"])
async def test_other_methods_do_not_look_at_a_key(
    ada: httpx.AsyncClient, method: str, key: str
) -> None:
    location = (await post(ada, "monday")).headers["location"]
    body = {"title": "Buy wax"} if method.startswith("P") else None

    done = await ada.request(method, location, json=body, headers={"Idempotency-Key": key})

    assert done.status_code in (200, 204)
    assert "idempotent-replayed" not in done.headers


@each_address
async def test_ten_equal_requests_at_once_make_one_task(
    ada: httpx.AsyncClient, address: str, body: object
) -> None:
    answers = await asyncio.gather(*(post(ada, "monday", body, address) for _ in range(10)))

    assert len((await ada.get(TASKS)).json()) == 1
    assert len({(answer.status_code, answer.content) for answer in answers}) == 1
    assert sorted("idempotent-replayed" in answer.headers for answer in answers) == [
        False,
        *[True] * 9,
    ]


async def test_a_key_is_in_no_log() -> None:
    lines: list[bytes] = []
    user = client(application(MemoryTasks(), HttpOptions(access_log=lines.append)), "ada")

    await post(user, "my-own-key")
    await post(user, "my-own-key", {"title": "Buy wax"})

    assert len(lines) == 2
    assert b"my-own-key" not in b"".join(lines)
