"""The bearer token: in the Authorization header, once, and nowhere else (RFC 6750)."""

import httpx
import pytest
from litestar.types import ASGIApp

from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.user import UserId
from tests.support.serving import client, problem
from tests.support.tokens import BAD_TOKENS, claims, token

TASKS = "/api/me/tasks"
NO_TOKEN = 'Bearer realm="honeydo"'
BAD_TOKEN = (
    'Bearer realm="honeydo", error="invalid_token", '
    'error_description="The token is invalid or has expired"'
)


@pytest.fixture
def good() -> str:
    return token(claims())


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "bEaReR"])
@pytest.mark.parametrize("gap", [" ", "   "])
async def test_the_scheme_is_bearer_in_any_case(
    nobody: httpx.AsyncClient, good: str, scheme: str, gap: str
) -> None:
    answer = await nobody.get(TASKS, headers={"Authorization": f"{scheme}{gap}{good}"})

    assert answer.status_code == 200


async def test_who_brings_no_token_is_asked_for_one(nobody: httpx.AsyncClient) -> None:
    answer = await nobody.get(TASKS)

    problem(answer, 401, "missing_token")
    assert answer.headers["www-authenticate"] == NO_TOKEN


@pytest.mark.parametrize("scheme", ["Basic", "Digest", "Token", "JWT", "Bearer:", "Bearerx", ""])
async def test_another_scheme_brings_no_token(
    nobody: httpx.AsyncClient, good: str, scheme: str
) -> None:
    answer = await nobody.get(TASKS, headers={"Authorization": f"{scheme} {good}"})

    problem(answer, 401, "missing_token")
    assert answer.headers["www-authenticate"] == NO_TOKEN


async def test_a_token_elsewhere_is_not_read(nobody: httpx.AsyncClient, good: str) -> None:
    in_the_query = await nobody.get(f"{TASKS}?access_token={good}&token={good}")
    in_a_cookie = await nobody.get(
        TASKS, headers={"Cookie": f"access_token={good}; better-auth.session_token={good}"}
    )
    in_another_header = await nobody.get(TASKS, headers={"X-Authorization": f"Bearer {good}"})

    for answer in (in_the_query, in_a_cookie, in_another_header):
        problem(answer, 401, "missing_token")


async def test_a_token_in_a_body_is_not_read(nobody: httpx.AsyncClient, good: str) -> None:
    problem(await nobody.post(TASKS, json={"access_token": good}), 401, "missing_token")


# Headers are Latin-1, without line breaks; a space on the outside is the header's own.
IN_A_HEADER = [bad for bad, said in BAD_TOKENS.items() if said.isascii() and said == said.strip()]


@pytest.mark.parametrize("bad", IN_A_HEADER)
async def test_a_bad_token_is_refused_and_the_reason_kept_back(app: ASGIApp, bad: str) -> None:
    answer = await client(app, Authorization=f"Bearer {BAD_TOKENS[bad]}").get(TASKS)

    refused = problem(answer, 401, "invalid_token")
    assert refused["detail"] == "The token is invalid or has expired; sign in again."
    assert answer.headers["www-authenticate"] == BAD_TOKEN


@pytest.mark.parametrize("said", [b"\xff", b"\xc3\xa9", b"a b", b"a,b", b"%s, Bearer %s"])
async def test_more_or_other_than_one_token_is_a_bad_one(
    nobody: httpx.AsyncClient, good: str, said: bytes
) -> None:
    header = b"Bearer " + said.replace(b"%s", good.encode())

    problem(await nobody.get(TASKS, headers=[(b"Authorization", header)]), 401, "invalid_token")


@pytest.mark.parametrize("second", ["Bearer {good}", "Bearer x", "Basic x", ""])
async def test_a_second_authorization_header_makes_both_worthless(
    nobody: httpx.AsyncClient, good: str, second: str
) -> None:
    both = [f"Bearer {good}", second.format(good=good)]

    for one, other in (both, both[::-1]):
        headers = [("Authorization", one), ("Authorization", other)]
        problem(await nobody.get(TASKS, headers=headers), 401, "invalid_token")


async def test_the_token_is_looked_at_before_the_body(nobody: httpx.AsyncClient) -> None:
    problem(await nobody.post(TASKS, content=b"{"), 401, "missing_token")


async def test_the_email_of_the_token_is_kept_at_the_first_write(
    app: ASGIApp, memory: MemoryTasks
) -> None:
    ada = client(app, Authorization=f"Bearer {token(claims(email='ada@example.org'))}")

    await ada.post(TASKS, json={"title": "Buy honey"})

    assert memory.users[UserId("ada")].email == "ada@example.org"
