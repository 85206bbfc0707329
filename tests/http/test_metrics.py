"""What operators can count."""

import httpx

from tests.support.serving import NEVER_WAS


async def exposed(nobody: httpx.AsyncClient) -> list[str]:
    answer = await nobody.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return answer.text.splitlines()


async def test_requests_are_counted_by_route_and_outcome_not_by_user(
    ada: httpx.AsyncClient, nobody: httpx.AsyncClient
) -> None:
    for _ in range(2):
        await ada.get(f"/api/ada/tasks/{NEVER_WAS}")
    await nobody.get("/api/ada/tasks")

    lines = await exposed(nobody)

    one, every = "/api/{user_id}/tasks/{task_id}", "/api/{user_id}/tasks"
    total = "honeydo_http_requests_total"
    assert f'{total}{{method="GET",route="{one}",status="404"}} 2.0' in lines
    assert f'{total}{{method="GET",route="{every}",status="401"}} 1.0' in lines
    assert f'honeydo_http_request_duration_seconds_count{{route="{one}"}} 2.0' in lines
    assert not any("ada" in line or str(NEVER_WAS) in line for line in lines)


async def test_nobody_can_make_up_new_series(nobody: httpx.AsyncClient) -> None:
    for number in range(3):
        await nobody.request(f"MADE-UP-{number}", f"/made/up/{number}")

    made_up = [line for line in await exposed(nobody) if "MADE-UP" in line or "/made" in line]
    other = 'honeydo_http_requests_total{method="other",route="",status="404"} 3.0'

    assert made_up == []
    assert other in await exposed(nobody)
