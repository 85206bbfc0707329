"""What is asked of the servers: for each scenario the requests themselves, ready to be sent."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final, TypeAlias

from .data import SPARE, Data, task, task_id, user_id
from .tokens import Algorithm, Issuer

PAGE: Final = 50
_CYCLE: Final = 20_000
_MOST_A_SECOND: Final = 12_000

# Each kind of request has its part of a user's tasks, and leaves those of the others alone.
_READ: Final = (0.0, 0.4)
_UNCHANGED: Final = (0.4, 0.6)
_CHANGED: Final = (0.6, 1.0)


@dataclass(slots=True)
class Draw:
    """Draws users and tasks at random, and writes requests.

    No two draws of different rounds write the same title or delete the same task.
    """

    data: Data
    issuer: Issuer
    round: int
    algorithm: Algorithm = "HS256"
    spares: list[tuple[int, int]] = field(default_factory=list)
    """What is deleted, each task once: it must be loaded first."""
    _titles: int = 0
    _random: Random = field(default_factory=lambda: Random(42))  # noqa: S311  # repeatable

    def user(self) -> int:
        return self._random.randrange(self.data.busy_users)

    def number(self, part: tuple[float, float]) -> int:
        begin, end = part
        return self._random.randrange(int(begin * self.data.tasks), int(end * self.data.tasks))

    def spare(self) -> tuple[int, int]:
        turn, users = len(self.spares), self.data.busy_users
        self.spares.append((turn % users, SPARE + self.round * 1_000_000 + turn // users))
        return self.spares[-1]

    def title(self) -> str:
        """One that no task has: to write the same again would be no work."""
        self._titles += 1
        return f"Task {self.round}-{self._titles} of the load: buy more honey"

    def mixed(self) -> bytes:
        [write] = self._random.choices([*_MIX], [*_MIX.values()])
        return write(self)

    def request(
        self, method: str, user: int, path: str = "", *, body: object = None, headers: str = ""
    ) -> bytes:
        """To the user's tasks."""
        return self.request_to(method, user, f"/tasks{path}", body=body, headers=headers)

    def request_to(
        self, method: str, user: int, path: str, *, body: object = None, headers: str = ""
    ) -> bytes:
        token = self.issuer.token_of(user, self.algorithm)
        content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
        if body is not None:
            headers += "Content-Type: application/json\r\n"
        if method != "GET":
            headers += f"Content-Length: {len(content)}\r\n"
        head = (
            f"{method} /api/{user_id(user)}{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Authorization: Bearer {token}\r\nAccept: application/json\r\n{headers}\r\n"
        )
        return head.encode() + content


Write: TypeAlias = Callable[[Draw], bytes]


def get(draw: Draw) -> bytes:
    user = draw.user()
    return draw.request("GET", user, f"/{task_id(user, draw.number(_READ))}")


def page(draw: Draw) -> bytes:
    return draw.request("GET", draw.user(), f"?limit={PAGE}")


def unchanged(draw: Draw) -> bytes:
    user, number = draw.user(), draw.number(_UNCHANGED)
    etag = f'If-None-Match: "{task(user, number)["revision"]}"\r\n'
    return draw.request("GET", user, f"/{task_id(user, number)}", headers=etag)


def create(draw: Draw) -> bytes:
    description = "What it is about, in some “quoted” words, and long enough to be usual."
    return draw.request(
        "POST", draw.user(), body={"title": draw.title(), "description": description}
    )


def edit(draw: Draw) -> bytes:
    user = draw.user()
    path = f"/{task_id(user, draw.number(_CHANGED))}"
    return draw.request("PUT", user, path, body={"title": draw.title()})


def toggle(draw: Draw) -> bytes:
    user = draw.user()
    return draw.request("PATCH", user, f"/{task_id(user, draw.number(_CHANGED))}/complete")


def delete(draw: Draw) -> bytes:
    user, number = draw.spare()
    return draw.request("DELETE", user, f"/{task_id(user, number)}")


# Of a hundred requests: front ends look much more often than they write.
_MIX: Final = {page: 55, get: 20, unchanged: 8, create: 5, toggle: 6, edit: 4, delete: 2}


@dataclass(frozen=True, slots=True)
class Scenario:
    """A load: what is asked, by how many clients at once, of how many workers.

    `status` is what every answer must have; None: several are right. `think` is the mean pause of a
    client before each request, in milliseconds.
    """

    name: str
    title: str
    write: Write
    status: int | None = 200
    is_repeatable: bool = True
    """Whether the same requests may be sent again."""
    algorithm: Algorithm = "HS256"
    workers: int = 1
    connections: int = 64
    think: int = 0

    def requests(self, draw: Draw, seconds: float) -> Sequence[bytes]:
        """As many as a run can send in that time."""
        count = round(seconds * _MOST_A_SECOND)
        if self.is_repeatable:
            count = min(count, _CYCLE)
        return [self.write(draw) for _ in range(count)]


SCENARIOS: Final = (
    Scenario("get", "get a task", get),
    Scenario("list", f"list of {PAGE}", page),
    Scenario("unchanged", "conditional get, 304", unchanged, 304),
    Scenario("create", "create", create, 201),
    Scenario("edit", "edit", edit, is_repeatable=False),
    Scenario("toggle", "toggle", toggle),
    Scenario("delete", "delete", delete, 204, is_repeatable=False),
    Scenario("mixed", "mixed", Draw.mixed, None, is_repeatable=False),
    Scenario(
        "think", "mixed, 100 users who think", Draw.mixed, None,
        is_repeatable=False, connections=100, think=500,
    ),
    Scenario("eddsa", "get, EdDSA", get, algorithm="EdDSA"),
    Scenario("two", "mixed, two workers", Draw.mixed, None, is_repeatable=False, workers=2),
)  # fmt: skip
