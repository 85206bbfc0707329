"""Who gets in by tokens that are made to deceive, on a verifier that trusts two issuers."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.application.errors import InvalidToken
from tests.support.attacks import ATTACKS
from tests.support.attacks.cast import (
    ANY_RSA,
    ED25519,
    ISSUER,
    KEYS,
    OTHER_ISSUER,
    OTHERS,
    published,
)
from tests.support.issuers import SigningKey, claims_of, eventually, running_issuer, trusting
from tests.support.tokens import BAD_TOKENS, SECRET, token

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def trusted() -> AsyncIterator[TokenVerifier]:
    async with running_issuer(*published()) as server, running_issuer(OTHERS) as other:
        ours = KeySet(ISSUER, server.jwks_url), KeySet(OTHER_ISSUER, other.jwks_url)
        async with trusting(*ours) as verify:
            await eventually(lambda: all(keys.ring.keys for keys in ours))
            yield verify


@pytest.fixture(params=["issuers", "issuers and a shared secret"])
def verify(request: pytest.FixtureRequest, trusted: TokenVerifier) -> TokenVerifier:
    secret = SharedSecret(SECRET) if "secret" in request.param else None
    return TokenVerifier(secret, trusted.issuers)


@pytest.mark.parametrize("key", [*KEYS, ANY_RSA], ids=lambda key: key.id)
async def test_what_is_no_attack_is_let_in(key: SigningKey, verify: TokenVerifier) -> None:
    assert (await verify(key.token(claims_of(ISSUER)))).user == "ada"


async def test_the_other_issuer_is_let_in(verify: TokenVerifier) -> None:
    assert (await verify(OTHERS.token(claims_of(OTHER_ISSUER)))).user == "ada"


@pytest.mark.parametrize("attack", ATTACKS)
async def test_an_attack_is_refused(attack: str, verify: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verify(ATTACKS[attack]())


@pytest.mark.parametrize("attack", ATTACKS)
async def test_a_refusal_never_repeats_the_token(attack: str, trusted: TokenVerifier) -> None:
    deceiving = ATTACKS[attack]()
    with pytest.raises(InvalidToken) as refusal:
        await trusted(deceiving)

    said = str(refusal.value)
    assert said.isprintable()
    assert all(part not in said for part in deceiving.split(".") if len(part) > 3)


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_a_bad_token_by_the_shared_secret_is_refused(bad: str, verify: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await verify(BAD_TOKENS[bad])


async def test_a_secret_that_is_not_configured_proves_nobody(trusted: TokenVerifier) -> None:
    with pytest.raises(InvalidToken):
        await trusted(token(claims_of(ISSUER)))


async def test_who_trusts_nobody_lets_nobody_in() -> None:
    for good in (token(claims_of(ISSUER)), ED25519.token(claims_of(ISSUER))):
        with pytest.raises(InvalidToken):
            await TokenVerifier()(good)
