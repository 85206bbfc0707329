"""How an issuer's keys are fetched, kept and renewed."""

import asyncio
from collections.abc import Sequence
from itertools import count

import pytest

from honeydo.adapters.jwt.key_set import KeySet
from honeydo.application.errors import InvalidToken
from tests.support.issuers import (
    NOT_FOUND,
    IssuerServer,
    SigningKey,
    claims_of,
    eventually,
    late,
    refuse,
    running_issuer,
    trusting,
    user_of,
)

ISSUER = "https://id.example"
OLD, NEW, UNKNOWN = (SigningKey("EdDSA", name) for name in ("old", "new", "unknown"))
FOREVER = 86_400.0


def token_of(key: SigningKey) -> str:
    return key.token(claims_of(ISSUER))


async def test_keys_are_fetched_before_anybody_needs_them(server: IssuerServer) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url)
    async with keys.opened():
        await eventually(lambda: keys.ring.keys)


async def test_keys_are_fetched_once_for_all_their_tokens(server: IssuerServer) -> None:
    server.publish(OLD)
    async with trusting(KeySet(ISSUER, server.jwks_url)) as verify:
        for user in ("ada", "eve", "bob"):
            await verify(OLD.token(claims_of(ISSUER, sub=user)))

    assert server.requests == ["/jwks"]


async def test_a_new_key_is_fetched_with_its_first_token(server: IssuerServer) -> None:
    server.publish(OLD)
    async with trusting(KeySet(ISSUER, server.jwks_url, cool_down=0)) as verify:
        await verify(token_of(OLD))
        server.publish(OLD, NEW)

        assert await user_of(verify, token_of(NEW)) == "ada"
        assert await user_of(verify, token_of(OLD)) == "ada"
        assert server.requests == ["/jwks"] * 2


async def test_keys_are_refreshed_in_the_background(server: IssuerServer) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, refresh_interval=0.001, cool_down=0)
    async with keys.opened():
        await eventually(lambda: len(server.requests) > 2)
        server.publish(NEW)
        await eventually(lambda: [key.id for key in keys.ring.keys] == ["new"])


async def test_the_tokens_of_a_key_that_was_removed_are_refused(server: IssuerServer) -> None:
    server.publish(OLD, NEW)
    keys = KeySet(ISSUER, server.jwks_url)
    async with trusting(keys) as verify:
        remembered, another = token_of(OLD), OLD.token(claims_of(ISSUER, sub="eve"))
        await verify(remembered)
        server.publish(NEW)
        await keys.fetch()

        await refuse(verify, remembered)
        await refuse(verify, another)
        assert await user_of(verify, token_of(NEW)) == "ada"


async def test_a_key_that_was_replaced_under_its_name_is_not_remembered_either(
    server: IssuerServer,
) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url)
    async with trusting(keys) as verify:
        remembered = token_of(OLD)
        await verify(remembered)
        server.publish(NEW.jwk(kid=OLD.id))
        await keys.fetch()

        await refuse(verify, remembered)


async def test_keys_that_stay_the_same_are_the_same_generation(server: IssuerServer) -> None:
    server.publish(OLD, {"kty": "oct"})
    keys = KeySet(ISSUER, server.jwks_url)
    async with keys.opened():
        await eventually(lambda: keys.ring.keys)
        generation = keys.generation
        await keys.fetch()
        assert keys.generation == generation
        server.publish(OLD, NEW)
        await keys.fetch()
        assert keys.generation > generation


async def test_nothing_that_a_token_names_is_ever_fetched(server: IssuerServer) -> None:
    eve = SigningKey("EdDSA", "eve")
    async with running_issuer(eve) as evil:
        server.publish(OLD)
        named: Sequence[dict[str, object]] = [
            {"jku": evil.jwks_url},
            {"x5u": f"{evil.origin}/certificate"},
            {"x5c": ["MIIB"], "x5t": "abc"},
            {"jwk": eve.jwk()},
            {"kid": evil.jwks_url},
        ]
        async with trusting(KeySet(ISSUER, server.jwks_url)) as verify:
            for header in named:
                await refuse(verify, eve.token(claims_of(ISSUER), **header))
                await refuse(verify, eve.token(claims_of(ISSUER), **{"kid": OLD.id} | header))
            for header in named[:-1]:
                assert await user_of(verify, OLD.token(claims_of(ISSUER), **header)) == "ada"

        assert (server.requests, evil.requests) == (["/jwks"], [])


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": ...},
        {"aud": "another"},
        {"exp": 1},
        {"sub": ...},
    ],
    ids=str,
)
async def test_a_token_that_is_not_for_us_makes_us_fetch_nothing(
    changed: dict[str, object], server: IssuerServer
) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, cool_down=0)
    async with trusting(keys) as verify:
        await eventually(lambda: keys.ring.keys)
        await refuse(verify, UNKNOWN.token(claims_of(ISSUER, **changed)))
        for algorithm in ("none", "HS256", "ES256K", "EdDSA\0"):
            await refuse(verify, UNKNOWN.token(claims_of(ISSUER), alg=algorithm))

    assert server.requests == ["/jwks"]


async def test_a_flood_of_unknown_keys_makes_one_fetch(server: IssuerServer) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, cool_down=0)
    names = count()
    async with trusting(keys) as verify:

        def flood() -> asyncio.Future[list[object]]:
            tokens = (UNKNOWN.token(claims_of(ISSUER), kid=f"{next(names)}") for _ in range(200))
            return asyncio.gather(*map(verify, tokens), return_exceptions=True)

        await eventually(lambda: keys.ring.keys)
        answered = asyncio.Event()
        server.answers["/jwks"] = late(server.answers["/jwks"], answered)
        first = flood()
        await eventually(lambda: len(server.requests) == 2)
        second = flood()
        keys.cool_down = FOREVER
        answered.set()
        refusals = [*await first, *await second, *await flood()]

    assert [type(refusal) for refusal in refusals] == [InvalidToken] * 600
    assert server.requests == ["/jwks"] * 2


async def test_who_waits_for_a_fetch_does_not_depend_on_who_started_it(
    server: IssuerServer,
) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, cool_down=0)
    async with trusting(keys) as verify:
        await eventually(lambda: keys.ring.keys)
        server.publish(OLD, NEW)
        answered = asyncio.Event()
        server.answers["/jwks"] = late(server.answers["/jwks"], answered)
        starting = asyncio.create_task(verify(token_of(NEW)))
        await eventually(lambda: len(server.requests) == 2)
        waiting = [asyncio.create_task(verify(token_of(NEW))) for _ in range(10)]
        await asyncio.sleep(0)
        starting.cancel()
        waiting.pop().cancel()
        with pytest.raises(asyncio.CancelledError):
            await starting
        answered.set()

        assert [identity.user for identity in await asyncio.gather(*waiting)] == ["ada"] * 9
    assert server.requests == ["/jwks"] * 2


async def test_closing_ends_what_is_under_way(server: IssuerServer) -> None:
    server.answers["/jwks"] = late(NOT_FOUND, asyncio.Event())
    async with KeySet(ISSUER, server.jwks_url, timeout=FOREVER).opened():
        await eventually(lambda: server.requests)

    assert asyncio.all_tasks() - server._connections == {asyncio.current_task()}


async def test_closing_before_anything_is_under_way_is_no_failure(server: IssuerServer) -> None:
    async with KeySet(ISSUER, server.jwks_url).opened():
        pass

    assert server.requests == []


async def test_closing_refuses_those_who_still_wait(server: IssuerServer) -> None:
    server.answers["/jwks"] = late(NOT_FOUND, asyncio.Event())
    async with trusting(KeySet(ISSUER, server.jwks_url, timeout=FOREVER)) as verify:
        waiting = asyncio.create_task(verify(token_of(UNKNOWN)))
        await eventually(lambda: server.requests)

    with pytest.raises(InvalidToken):
        await waiting


async def test_a_key_set_can_be_opened_again(server: IssuerServer) -> None:
    server.publish(OLD)
    keys = KeySet(ISSUER, server.jwks_url, cool_down=0)
    async with keys.opened():
        pass
    async with trusting(keys) as verify:
        assert await user_of(verify, token_of(OLD)) == "ada"
