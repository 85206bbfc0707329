"""Batches as clients send them."""

from collections.abc import Sequence
from typing import Final

import httpx

from tests.support.serving import NEVER_WAS, problem

TASKS: Final = "/api/ada/tasks"
BATCH: Final = f"{TASKS}/batch"
HERS: Final = "1b4e28ba-2fa1-41d2-883f-0016d3cca427"
NEVER: Final = str(NEVER_WAS)


def create(title: object = "Buy honey", **values: object) -> dict[str, object]:
    return {"op": "create", "title": title, **values}


async def batch(
    user: httpx.AsyncClient, *operations: object, address: str = BATCH, **headers: str
) -> httpx.Response:
    return await user.post(address, json={"operations": operations}, headers=headers)


def refusal(response: httpx.Response, status: int, code: str) -> Sequence[tuple[str, str]]:
    errors = problem(response, status, code)["errors"]
    return [(each["pointer"], each["code"]) for each in errors]
