"""How long a token that has been verified is taken at its word."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.token import Token
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity
from honeydo.domain.user import UserId
from tests.support.issuers import refuse
from tests.support.tokens import SECRET, claims, signed, token

ISSUER = "https://id.example"


@dataclass(slots=True)
class Judge:
    """Trusts every token until told otherwise, and counts how many it was asked about."""

    generation: int = 0
    trusts: bool = True
    lifetime: float = 3_600
    asked: int = 0
    meanwhile: Callable[[], None] = field(default=lambda: None)

    async def identity(self, token: Token) -> Identity:
        self.asked += 1
        self.meanwhile()
        await asyncio.sleep(0)
        if not self.trusts:
            raise InvalidToken("not trusted")
        return Identity(UserId(token.claims["sub"]), None, time.time() + self.lifetime)

    def advance(self) -> None:
        self.generation += 1


@pytest.fixture
def judge() -> Judge:
    return Judge()


@pytest.fixture
def verify(judge: Judge) -> TokenVerifier:
    return TokenVerifier(issuers={ISSUER: judge})


def token_of(user: str = "ada", signature: bytes = b"signature") -> str:
    return signed(claims(sub=user, iss=ISSUER), {"alg": "EdDSA"}, lambda _: signature)


async def test_a_token_is_verified_once(judge: Judge, verify: TokenVerifier) -> None:
    ada = token_of()
    identities = [await verify(ada) for _ in range(10)]

    assert {identity.user for identity in identities} == {"ada"}
    assert judge.asked == 1


async def test_every_token_is_verified(judge: Judge, verify: TokenVerifier) -> None:
    for user in ("ada", "eve", "bob"):
        assert (await verify(token_of(user))).user == user

    assert judge.asked == 3


async def test_another_signature_makes_another_token(judge: Judge, verify: TokenVerifier) -> None:
    await verify(token_of(signature=b"signature 1"))
    judge.trusts = False

    await refuse(verify, token_of(signature=b"signature 2"))


@pytest.mark.parametrize("change", ["{}=", "{} ", "{}\n", " {}", "{}.", "{}A"])
async def test_a_remembered_token_does_not_vouch_for_its_likes(
    change: str, judge: Judge, verify: TokenVerifier
) -> None:
    ada = token_of()
    await verify(ada)
    judge.trusts = False

    await refuse(verify, change.format(ada))


async def test_a_refusal_is_not_remembered(judge: Judge, verify: TokenVerifier) -> None:
    ada = token_of()
    judge.trusts = False
    await refuse(verify, ada)
    await refuse(verify, ada)
    judge.trusts = True

    assert (await verify(ada)).user == "ada"
    assert judge.asked == 3


async def test_nothing_is_remembered_past_its_expiry(judge: Judge, verify: TokenVerifier) -> None:
    ada = token_of()
    judge.lifetime = -1
    await verify(ada)
    judge.trusts = False

    await refuse(verify, ada)


async def test_a_remembered_token_ends_when_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    verify = TokenVerifier(SharedSecret(SECRET))
    now = time.time()
    ada = token(claims(exp=now + 60))
    await verify(ada)
    monkeypatch.setattr(time, "time", lambda: now + 59.9)
    await verify(ada)
    monkeypatch.setattr(time, "time", lambda: now + 60)

    await refuse(verify, ada)


async def test_nothing_is_remembered_past_a_change_of_keys(
    judge: Judge, verify: TokenVerifier
) -> None:
    ada = token_of()
    await verify(ada)
    judge.advance()
    judge.trusts = False

    await refuse(verify, ada)


async def test_a_token_is_remembered_again_after_a_change_of_keys(
    judge: Judge, verify: TokenVerifier
) -> None:
    ada = token_of()
    await verify(ada)
    judge.advance()
    for _ in range(10):
        await verify(ada)

    assert judge.asked == 2


async def test_keys_that_change_during_the_verification_are_a_change(
    judge: Judge, verify: TokenVerifier
) -> None:
    ada = token_of()
    judge.meanwhile = judge.advance
    await verify(ada)
    judge.trusts = False

    await refuse(verify, ada)


async def test_the_keys_of_one_issuer_change_nothing_for_another(judge: Judge) -> None:
    other = Judge()
    verify = TokenVerifier(issuers={ISSUER: judge, "https://other.example": other})
    ada = token_of()
    await verify(ada)
    other.advance()
    await verify(ada)

    assert judge.asked == 1


async def test_many_may_use_a_new_token_at_once(judge: Judge, verify: TokenVerifier) -> None:
    ada = token_of()
    identities = await asyncio.gather(*(verify(ada) for _ in range(100)))

    assert {identity.user for identity in identities} == {"ada"}
    asked = judge.asked
    await verify(ada)
    assert judge.asked == asked


async def test_ten_thousand_tokens_are_remembered_and_then_the_oldest_forgotten(
    judge: Judge, verify: TokenVerifier
) -> None:
    tokens = [token_of(f"user {number}") for number in range(10_001)]
    for each in tokens:
        await verify(each)
    for each in tokens[1:]:
        await verify(each)
    assert judge.asked == 10_001

    await verify(tokens[0])
    assert judge.asked == 10_002
