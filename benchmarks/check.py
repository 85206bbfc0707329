"""Whether a server does the work: nothing is timed before its answers are right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

import httpx

from .data import Data, task, task_id, user_id
from .load import Connection
from .scenarios import PAGE, Scenario
from .tokens import Algorithm, Issuer

_TIMES: Final = ("completed_at", "created_at", "updated_at")
_RIGHT: Final = frozenset({200, 201, 204, 304})


class WrongAnswer(Exception):
    """What a server answered, and what it should have."""


@dataclass(frozen=True, slots=True)
class Check:
    """Questions to one server whose right answers are known."""

    client: httpx.AsyncClient
    data: Data
    issuer: Issuer
    algorithm: Algorithm = "HS256"

    async def everything(self) -> None:
        """Raises `WrongAnswer`."""
        reader, stranger, writer = self.data.witnesses
        await self._reads(reader)
        await self._conditions(reader)
        await self._writes(writer)
        await self._keeps_out(reader, stranger)

    async def _reads(self, user: int) -> None:
        for number in (0, 1, self.data.tasks - 1):
            path = f"/{task_id(user, number)}"
            answer = await self._ask("GET", user, path, status=200)
            _same(f"GET {path}", _plain(answer.json()), task(user, number))
        newest = range(self.data.tasks - 1, -1, -1)[:PAGE]
        await self._lists(user, [task(user, number) for number in newest])

    async def _lists(self, user: int, tasks: Sequence[Mapping[str, Any]]) -> None:
        answer = await self._ask("GET", user, f"?limit={PAGE}", status=200)
        found = [_plain(each) for each in answer.json()]
        _same("the length of a list", len(found), len(tasks))
        for place, (one, other) in enumerate(zip(found, tasks, strict=True)):
            _same(f"place {place} of a list", one, other)

    async def _conditions(self, user: int) -> None:
        path = f"/{task_id(user, 1)}"
        etag = f'"{task(user, 1)["revision"]}"'
        known = await self._ask("GET", user, path, headers={"If-None-Match": etag}, status=304)
        _same("the body of a 304", known.content, b"")
        await self._ask("GET", user, path, headers={"If-None-Match": '"0"'}, status=200)

    async def _writes(self, user: int) -> None:
        before = (await self._ask("GET", user, f"?limit={PAGE - 1}", status=200)).json()
        fields = {"title": "A task that is checked", "description": "And “described”."}
        answer = await self._ask("POST", user, "", json=fields, status=201)
        created = _plain(answer.json())
        expected = {**fields, "user_id": user_id(user), "is_completed": False, "completed_at": None}
        _same("a task that was created", {name: created[name] for name in expected}, expected)
        _require("the id is a UUID", UUID(created["id"]))
        _require("a revision", created["revision"] >= 1)
        age = datetime.now(UTC) - created["created_at"]
        _require("the time of creation", abs(age) < timedelta(minutes=5))
        path = f"/{created['id']}"
        await self._holds(user, path, created)
        await self._lists(user, [created, *map(_plain, before)])

        edited = await self._change("PUT", user, path, created, {"title": "Another title"})
        _same("an edited title", edited["title"], "Another title")
        _same("a description left alone", edited["description"], fields["description"])
        toggled = await self._change("PATCH", user, f"{path}/complete", edited)
        _same("a task once toggled", toggled["is_completed"], True)
        _require("when it was completed", toggled["completed_at"])
        again = await self._change("PATCH", user, f"{path}/complete", toggled)
        _same("a task twice toggled", (again["is_completed"], again["completed_at"]), (False, None))

        await self._ask("DELETE", user, path, status=204)
        await self._ask("GET", user, path, status=404)
        left = (await self._ask("GET", user, f"?limit={PAGE - 1}", status=200)).json()
        _same("the list after a deletion", left, before)

    async def _change(
        self, method: str, user: int, path: str, before: Mapping[str, Any], body: object = None
    ) -> dict[str, Any]:
        changed = _plain((await self._ask(method, user, path, json=body, status=200)).json())
        _require("a revision that grows", changed["revision"] > before["revision"])
        for name in ("id", "user_id", "created_at"):
            _same(f"the {name} of a changed task", changed[name], before[name])
        await self._holds(user, path.removesuffix("/complete"), changed)
        return changed

    async def _holds(self, user: int, path: str, expected: Mapping[str, Any]) -> None:
        """What was answered was stored."""
        found = _plain((await self._ask("GET", user, path, status=200)).json())
        _same(f"GET {path} after a write", found, expected)

    async def _keeps_out(self, user: int, stranger: int) -> None:
        mine = f"/{task_id(user, 0)}"
        await self._ask("GET", stranger, mine, status=404)
        await self._ask("DELETE", stranger, mine, status=404)
        await self._ask("GET", user, f"/{uuid4()}", status=404)
        await self._ask("GET", user, mine, token=self._token(stranger), status=403)
        await self._ask("GET", user, mine, token=None, status=401)
        await self._ask("GET", user, mine, token=self._token(user)[:-6] + "AAAAAA", status=401)
        await self._ask("GET", user, mine, token=self._token(user, hours=-1), status=401)
        await self._ask("GET", user, mine, status=200)

    def _token(self, user: int, **lifetime: float) -> str:
        return self.issuer.token(user_id(user), self.algorithm, **lifetime)

    async def _ask(
        self,
        method: str,
        user: int,
        path: str,
        *,
        status: int,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
        json: object = None,
    ) -> httpx.Response:
        """As the user, unless with another token or, by None, without one."""
        if token is not None:
            bearer = token or self._token(user)
            headers = {**(headers or {}), "Authorization": f"Bearer {bearer}"}
        url = f"/api/{user_id(user)}/tasks{path}"
        answer = await self.client.request(method, url, headers=headers, json=json)
        if answer.status_code != status:
            raise WrongAnswer(f"{method} {path}: {answer.status_code} instead of {status}")
        return answer


async def check_requests(url: str, scenario: Scenario, requests: Sequence[bytes]) -> None:
    """Send the requests of a load one by one. Raises `WrongAnswer`."""
    right = _RIGHT if scenario.status is None else {scenario.status}
    async with Connection(url) as connection:
        for request in requests:
            status, _ = await connection.ask(request)
            if status not in right:
                line = request.split(b"\r\n", 1)[0].decode()
                raise WrongAnswer(f"{line}: {status} instead of {sorted(right)}")


def _plain(answered: Mapping[str, Any]) -> dict[str, Any]:
    """With times as such: servers write them with more or fewer digits."""
    times = {
        name: datetime.fromisoformat(answered[name]) if answered[name] else None for name in _TIMES
    }
    return {**answered, **times}


def _same(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise WrongAnswer(f"{what}: {found!r} instead of {expected!r}")


def _require(what: str, holds: object) -> None:
    if not holds:
        raise WrongAnswer(f"{what} is missing or wrong")
