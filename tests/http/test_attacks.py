"""Tokens that are made to deceive get the same 401 as any bad one, and nothing else happens."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.adapters.memory import MemoryTasks
from honeydo.domain.listing import Listing, Page
from honeydo.domain.user import UserId
from tests.support.attacks import ATTACKS
from tests.support.attacks.cast import ISSUER, KEYS, published
from tests.support.issuers import claims_of, eventually, running_issuer, trusting
from tests.support.serving import application, client, problem
from tests.support.tokens import SECRET

pytestmark = pytest.mark.asyncio(loop_scope="module")


class Untouchable(MemoryTasks):
    """A repository that nobody may even ask."""

    async def page(self, owner: UserId, listing: Listing) -> Page:
        raise RuntimeError(f"{owner} got in, and asked for {listing}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trusted() -> AsyncIterator[TokenVerifier]:
    async with running_issuer(*published()) as server:
        keys = KeySet(ISSUER, server.jwks_url)
        async with trusting(keys) as verify:
            await eventually(lambda: bool(keys.ring.keys))
            yield TokenVerifier(SharedSecret(SECRET), verify.issuers)


def fits_a_header(token: str) -> bool:
    return token != "" and token.isascii() and token.isprintable() and token == token.strip()


@pytest.mark.parametrize("attack", [name for name in ATTACKS if fits_a_header(ATTACKS[name]())])
async def test_an_attack_gets_a_401_and_reaches_no_task(
    attack: str, trusted: TokenVerifier
) -> None:
    token = ATTACKS[attack]()
    deceiver = client(application(Untouchable(), verify=trusted), Authorization=f"Bearer {token}")

    answer = await deceiver.get("/api/me/tasks")

    problem(answer, 401, "invalid_token")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="honeydo", error=')
    assert token not in answer.text


async def test_what_is_no_attack_gets_in(trusted: TokenVerifier) -> None:
    token = KEYS[0].token(claims_of(ISSUER))
    ada = client(application(MemoryTasks(), verify=trusted), Authorization=f"Bearer {token}")

    assert (await ada.get("/api/me/tasks")).status_code == 200
