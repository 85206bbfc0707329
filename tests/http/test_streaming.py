"""GET /api/{user_id}/changes/stream: what changes, as it happens. Over a real socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from honeydo.adapters.memory import MemoryUpkeep
from honeydo.application.upkeep import Purge
from honeydo.domain.user import UserId
from tests.support.conformance import hold_against_document, validator
from tests.support.events import streamed
from tests.support.served import FRONTEND, Served
from tests.support.serving import problem
from tests.support.waiting import until

STREAM = "/api/me/changes/stream"


@pytest.fixture
async def served() -> AsyncIterator[Served]:
    served = Served()
    await served.start()
    yield served
    served.live.close()
    await served.stack.aclose()


@pytest.fixture
async def ada(served: Served) -> httpx.AsyncClient:
    return await served.client()


async def create(user: httpx.AsyncClient, *titles: str, **rest: str) -> list[dict[str, Any]]:
    answers = [await user.post("/api/me/tasks", json={"title": title, **rest}) for title in titles]
    return [answer.json() for answer in answers]


async def refusal(user: httpx.AsyncClient, **how: Any) -> httpx.Response:
    answer = await user.get(STREAM, **how)
    await hold_against_document(answer)
    return answer


class TestWhatComes:
    async def test_a_stream_says_what_it_is(self, ada: httpx.AsyncClient) -> None:
        async with streamed(ada) as stream:
            headers = stream.response.headers

        assert headers["content-type"] == "text/event-stream"
        assert headers["cache-control"] == "no-store"
        assert headers["x-accel-buffering"] == "no"
        assert headers["x-request-id"]

    async def test_first_what_there_is_then_what_changes(self, ada: httpx.AsyncClient) -> None:
        await create(ada, "Buy honey", "Feed the bees")
        async with streamed(ada) as stream:
            assert await stream.titles(2) == ["Buy honey", "Feed the bees"]
            assert stream.retry == 1_000

            [task] = await create(ada, "Paint the hive")
            assert await stream.titles(1) == ["Paint the hive"]

            await ada.delete(f"/api/me/tasks/{task['id']}")
            assert await stream.titles(1) == [None]

    async def test_an_event_is_an_entry_of_the_feed(self, ada: httpx.AsyncClient) -> None:
        first, _ = await create(ada, "Buy honey", "Two\nlines", description="\u2028\r\n\u00e4")
        await ada.delete(f"/api/me/tasks/{first['id']}")
        entries = (await ada.get("/api/me/changes")).json()["changes"]

        async with streamed(ada) as stream:
            events = [await stream.next() for _ in entries]

        assert [event and event.data for event in events] == entries
        assert {event and event.name for event in events} == {"change"}

    async def test_behind_each_event_one_can_go_on(self, ada: httpx.AsyncClient) -> None:
        await create(ada, *"abcd")
        async with streamed(ada) as stream:
            events = [await stream.next() for _ in range(4)]

        for number, event in enumerate(events, start=1):
            assert event
            rest = await ada.get("/api/me/changes", params={"since": event.id})
            titles = [each["task"]["title"] for each in rest.json()["changes"]]
            assert titles == [*"abcd"[number:]]

    async def test_a_past_of_several_pages_comes_whole(self, ada: httpx.AsyncClient) -> None:
        titles = [f"task {number}" for number in range(205)]
        await create(ada, *titles)

        async with streamed(ada) as stream:
            assert await stream.titles(205) == titles

    async def test_last_event_id_goes_before_since(self, ada: httpx.AsyncClient) -> None:
        await create(ada, *"abc")
        async with streamed(ada) as stream:
            first, second = await stream.next(), await stream.next()
        assert first
        assert first.id
        assert second
        assert second.id

        async with streamed(ada, since=first.id) as stream:
            assert await stream.titles(2) == ["b", "c"]
        async with streamed(ada, since=first.id, **{"Last-Event-ID": second.id}) as stream:
            assert await stream.titles(1) == ["c"]
        async with streamed(ada, since=first.id, **{"Last-Event-ID": ""}) as stream:
            assert await stream.titles(2) == ["b", "c"]

    async def test_the_last_id_is_good_after_a_long_silence(
        self, served: Served, ada: httpx.AsyncClient
    ) -> None:
        await create(ada, "Buy honey")
        async with streamed(ada) as stream:
            event = await stream.next()
        served.clock.advance(86_400)
        await Purge(MemoryUpkeep(served.store.users), served.clock, timedelta(0))()
        await create(ada, "Feed the bees")

        assert event
        async with streamed(ada, since=event.id) as stream:
            assert await stream.titles(1) == ["Feed the bees"]

    async def test_others_changes_do_not_come(self, served: Served, ada: httpx.AsyncClient) -> None:
        bob = await served.client("bob")
        async with streamed(ada) as stream:
            await create(bob, "Steal honey")
            await create(ada, "Buy honey")

            assert await stream.titles(1) == ["Buy honey"]

    async def test_a_page_may_read_it(self, ada: httpx.AsyncClient) -> None:
        async with streamed(ada, Origin=FRONTEND) as stream:
            assert stream.response.headers["access-control-allow-origin"] == FRONTEND

    async def test_head_tells_the_same_and_ends(
        self, served: Served, ada: httpx.AsyncClient
    ) -> None:
        answer = await ada.head(STREAM)

        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/event-stream"
        assert answer.content == b""
        await served.until_nobody_watches()


async def test_a_silent_stream_is_heard_to_live() -> None:
    served = Served(heartbeat=0.05)
    await served.start()
    async with served.stack:
        ada = await served.client()
        async with streamed(ada) as stream:
            # Longer than the protocol gives a request to arrive.
            for _ in range(10):
                await stream.until_alive()
            await create(ada, "Buy honey")
            assert await stream.titles(1) == ["Buy honey"]


async def test_with_the_key_of_its_token_a_stream_ends_too() -> None:
    served = Served(heartbeat=0.05)
    await served.start()
    async with served.stack:
        async with streamed(await served.client()) as stream:
            await stream.until_alive()
            served.lifetime.is_withdrawn = True

            assert await stream.next() is None
        await served.until_nobody_watches()


class TestHowItEnds:
    async def test_with_the_token(self, served: Served, ada: httpx.AsyncClient) -> None:
        served.lifetime.seconds = 0.2
        async with streamed(ada) as stream:
            assert await stream.next() is None
        assert served.watched == {}

        # A connection that has ended cleanly can be used again, with a new token.
        served.lifetime.seconds = 3_600
        await create(ada, "Buy honey")
        async with streamed(ada) as stream:
            assert await stream.titles(1) == ["Buy honey"]

    async def test_with_the_server(self, served: Served, ada: httpx.AsyncClient) -> None:
        async with streamed(ada) as one, streamed(ada) as other:
            served.live.close()

            assert await one.next() is None
            assert await other.next() is None
        problem(await refusal(ada), 503, "unavailable")

    async def test_at_once_when_the_client_leaves(
        self, served: Served, ada: httpx.AsyncClient
    ) -> None:
        async with streamed(ada):
            assert len(served.watched) == 1

        await served.until_nobody_watches()

    async def test_when_the_user_is_erased(self, served: Served, ada: httpx.AsyncClient) -> None:
        await create(ada, "Buy honey")
        async with streamed(ada) as stream:
            await stream.next()
            await served.store.erase(UserId("ada"))

            event = await stream.next()
            assert event
            assert (event.name, event.id) == ("expired", "")
            assert (event.data["status"], event.data["code"]) == (410, "cursor_expired")
            assert event.data["request_id"] == stream.response.headers["x-request-id"]
            validator("streamChanges", "410", "application/problem+json").validate(event.data)
            assert await stream.next() is None

    async def test_when_the_store_goes_down(self, served: Served, ada: httpx.AsyncClient) -> None:
        async with streamed(ada) as stream:
            served.store.faults.add("down")
            await create(ada, "Buy honey")

            assert await stream.next() is None

    async def test_when_the_client_takes_nothing(
        self, served: Served, ada: httpx.AsyncClient
    ) -> None:
        """What it would take waits in buffers, of which the kernel has large ones."""
        async with streamed(ada):
            large = "\u00e4" * 10_000
            writing = asyncio.create_task(flood(ada, large))
            await served.until_nobody_watches()
            writing.cancel()
            await asyncio.wait([writing])

    async def test_not_when_the_client_is_slow(self, ada: httpx.AsyncClient) -> None:
        titles = [f"task {number}" for number in range(120)]
        await create(ada, *titles, description="\u00e4" * 10_000)
        async with streamed(ada) as stream:
            for title in titles:
                await asyncio.sleep(0.01)
                assert await stream.titles(1) == [title]


async def flood(user: httpx.AsyncClient, text: str) -> None:
    while True:
        await create(user, "Buy honey", description=text)


class TestWhatIsRefused:
    async def test_too_many_at_once(self, served: Served, ada: httpx.AsyncClient) -> None:
        async with streamed(ada), streamed(ada):
            async with streamed(ada):
                answer = await refusal(ada)
                problem(answer, 429, "too_many_streams")
                assert answer.headers["retry-after"] == "10"
                async with streamed(await served.client("bob")):
                    pass

            async def there_is_room() -> bool:
                return (await ada.head(STREAM)).status_code == 200

            await until(there_is_room)

    async def test_places_are_given_back_by_those_who_are_refused(
        self, ada: httpx.AsyncClient
    ) -> None:
        await create(ada, "Buy honey")
        made_up = {"since": "AAAAAAAAAAAAAAAAAAAAAQAAAAAAAAAA"}
        for _ in range(5):
            problem(await refusal(ada, params=made_up), 410, "cursor_expired")

        async with streamed(ada):
            pass

    async def test_a_store_that_is_down(self, served: Served, ada: httpx.AsyncClient) -> None:
        served.store.faults.add("down")

        answer = await refusal(ada)

        problem(answer, 503, "unavailable")
        assert answer.headers["retry-after"] == "1"
        assert served.watched == {}

    @pytest.mark.parametrize("cursor", ["x", "\u00e4", "A" * 33, " ", "-1", "null"])
    async def test_what_is_no_cursor(self, ada: httpx.AsyncClient, cursor: str) -> None:
        problem(await refusal(ada, params={"since": cursor}), 400, "invalid_cursor")
        if cursor.strip():
            header = {"Last-Event-ID": cursor.encode()}
            problem(await refusal(ada, headers=header), 400, "invalid_cursor")

    async def test_others_streams(self, ada: httpx.AsyncClient) -> None:
        problem(await ada.get("/api/bob/changes/stream"), 403, "not_your_collection")

    async def test_a_token_in_the_query(self, ada: httpx.AsyncClient) -> None:
        token = ada.headers.pop("Authorization").removeprefix("Bearer ")

        problem(await refusal(ada, params={"access_token": token}), 401, "missing_token")


class TestWhatOperatorsSee:
    async def test_a_line_at_the_end(self, served: Served, ada: httpx.AsyncClient) -> None:
        served.lifetime.seconds = 0.2
        async with streamed(ada) as stream:
            assert served.log == []
            await stream.next()

        [line] = map(json.loads, served.log)
        assert (line["route"], line["status"]) == ("/api/{user_id}/changes/stream", 200)
        assert line["duration_ms"] >= 200

    async def test_how_many_there_are_and_not_how_long_they_take(
        self, served: Served, ada: httpx.AsyncClient
    ) -> None:
        async with streamed(ada), streamed(ada):
            assert "honeydo_streams 2.0" in await metrics(ada)
        await served.until_nobody_watches()

        lines = await metrics(ada)
        route = 'route="/api/{user_id}/changes/stream"'
        assert "honeydo_streams 0.0" in lines
        assert f'honeydo_http_requests_total{{method="GET",{route},status="200"}} 2.0' in lines
        assert not any("seconds" in line and route in line for line in lines)


async def metrics(user: httpx.AsyncClient) -> list[str]:
    return (await user.get("/metrics")).text.splitlines()
