"""Whom the tokens of an issuer prove that publishes its keys."""

from collections.abc import Mapping
from typing import Any

import pytest

from honeydo.adapters.jwt.issuer import Issuer
from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.application.errors import InvalidToken
from tests.support.issuers import (
    ALGORITHMS,
    AUDIENCE,
    IssuerServer,
    SigningKey,
    claims_of,
    trusting,
)

ISSUER = "https://id.example"
KEY = SigningKey("EdDSA")


async def user_of(
    token: str, server: IssuerServer, *published: SigningKey | Mapping[str, Any]
) -> str:
    """Whom the token proves under these keys."""
    server.publish(*published)
    async with trusting(KeySet(ISSUER, server.jwks_url)) as verify:
        return (await verify(token)).user


async def refuse(
    token: str, server: IssuerServer, *published: SigningKey | Mapping[str, Any]
) -> None:
    with pytest.raises(InvalidToken):
        await user_of(token, server, *published)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_verifies_tokens_of_its_algorithm(algorithm: str, server: IssuerServer) -> None:
    key = SigningKey(algorithm)

    assert await user_of(key.token(claims_of(ISSUER)), server, key) == "ada"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_a_key_that_names_no_algorithm_verifies_those_of_its_type(
    algorithm: str, server: IssuerServer
) -> None:
    key = SigningKey(algorithm)

    assert await user_of(key.token(claims_of(ISSUER)), server, key.jwk(alg=...)) == "ada"


@pytest.mark.parametrize("algorithm", ALGORITHMS)
async def test_another_key_of_the_same_name_and_algorithm_verifies_nothing(
    algorithm: str, server: IssuerServer
) -> None:
    key, foreign = SigningKey(algorithm), SigningKey(algorithm, "foreign")

    await refuse(foreign.token(claims_of(ISSUER), kid=key.id), server, key)


async def test_one_of_many_keys_is_found_by_its_name(server: IssuerServer) -> None:
    keys = [SigningKey(algorithm, name) for algorithm in ("EdDSA", "ES256") for name in "ab"]
    published = [key.jwk(kid=f"{key.algorithm} {key.id}") for key in keys]

    for key in keys:
        token = key.token(claims_of(ISSUER), kid=f"{key.algorithm} {key.id}")
        assert await user_of(token, server, *published) == "ada"


async def test_a_token_that_names_no_key_means_the_only_one_of_its_algorithm(
    server: IssuerServer,
) -> None:
    others = SigningKey("ES256", "second"), SigningKey("RS256", "third")
    token = KEY.token(claims_of(ISSUER), kid=...)

    assert await user_of(token, server, *others, KEY) == "ada"


@pytest.mark.parametrize("name", ["second", ...])
async def test_a_token_that_names_no_key_is_refused_where_it_may_mean_several(
    name: object, server: IssuerServer
) -> None:
    token = KEY.token(claims_of(ISSUER), kid=...)

    await refuse(token, server, KEY, SigningKey("EdDSA", "second").jwk(kid=name))


async def test_a_key_without_a_name_is_none_that_a_token_names(server: IssuerServer) -> None:
    await refuse(KEY.token(claims_of(ISSUER)), server, KEY.jwk(kid=...))
    assert await user_of(KEY.token(claims_of(ISSUER), kid=...), server, KEY.jwk(kid=...)) == "ada"


@pytest.mark.parametrize(("published", "signed"), [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")])
async def test_both_names_of_ed25519_are_one_algorithm(
    published: str, signed: str, server: IssuerServer
) -> None:
    token = KEY.token(claims_of(ISSUER), alg=signed)

    assert await user_of(token, server, KEY.jwk(alg=published)) == "ada"


@pytest.mark.parametrize(
    "more",
    [
        {"use": "sig"},
        {"key_ops": ["verify"]},
        {"use": "sig", "key_ops": ["sign", "verify"]},
        {"x5c": ["MIIB"], "x5t": "abc", "e-mail": {"any": ["thing"]}},
    ],
    ids=str,
)
async def test_what_a_key_says_of_itself_besides_may_fit(
    more: dict[str, object], server: IssuerServer
) -> None:
    assert await user_of(KEY.token(claims_of(ISSUER)), server, KEY.jwk(**more)) == "ada"


async def test_an_rsa_key_may_name_a_curve_that_means_nothing(server: IssuerServer) -> None:
    key = SigningKey("RS256")

    assert await user_of(key.token(claims_of(ISSUER)), server, key.jwk(crv="Ed25519")) == "ada"


@pytest.mark.parametrize("typ", [..., "JWT", "jwt", "at+jwt", "AT+JWT", "application/at+jwt"])
async def test_a_token_may_say_that_it_is_one(typ: object, server: IssuerServer) -> None:
    assert await user_of(KEY.token(claims_of(ISSUER), typ=typ), server, KEY) == "ada"


@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], ["https://id.example", AUDIENCE]])
async def test_a_token_is_for_us_alone_or_among_others(
    audience: object, server: IssuerServer
) -> None:
    assert await user_of(KEY.token(claims_of(ISSUER, aud=audience)), server, KEY) == "ada"


async def test_a_token_may_be_for_any_of_our_audiences(server: IssuerServer) -> None:
    server.publish(KEY)
    keys = KeySet(ISSUER, server.jwks_url)
    verify = TokenVerifier(issuers={ISSUER: Issuer(keys, ("first", "second"))})
    async with keys.opened():
        for audience in ("first", "second"):
            assert (await verify(KEY.token(claims_of(ISSUER, aud=audience)))).user == "ada"


async def test_an_issuer_proves_nobody_in_the_name_of_another(server: IssuerServer) -> None:
    server.publish(KEY)
    keys = KeySet(ISSUER, server.jwks_url)
    verify = TokenVerifier(issuers={"https://other.example": Issuer(keys, (AUDIENCE,))})
    async with keys.opened():
        with pytest.raises(InvalidToken):
            await verify(KEY.token(claims_of("https://other.example")))


async def test_an_issuer_without_an_audience_proves_nobody(server: IssuerServer) -> None:
    server.publish(KEY)
    keys = KeySet(ISSUER, server.jwks_url)
    verify = TokenVerifier(issuers={ISSUER: Issuer(keys, ())})
    async with keys.opened():
        for audience in ("", AUDIENCE, ...):
            with pytest.raises(InvalidToken):
                await verify(KEY.token(claims_of(ISSUER, aud=audience)))


@pytest.mark.parametrize(
    "subject",
    [
        "x8Sk2WqBzMfnHwRtGvYpLc4JdNe7AoUi",
        "0192f0c1-7d3e-7b44-9c7d-3d1f3a1f2b4c",
        "1",
        "auth0|42",
        "ada@example.org",
        "https://id.example/users/42",
    ],
)
async def test_subjects_are_what_issuers_call_their_users(
    subject: str, server: IssuerServer
) -> None:
    assert await user_of(KEY.token(claims_of(ISSUER, sub=subject)), server, KEY) == subject


async def test_several_issuers_are_each_trusted_with_their_own_keys(server: IssuerServer) -> None:
    other = "https://other.example"
    server.publish(KEY)
    server.answers["/other"] = server.answers["/jwks"]
    others_key = SigningKey("EdDSA", "other")
    server.publish(others_key)
    ours, theirs = KeySet(ISSUER, f"{server.origin}/other"), KeySet(other, server.jwks_url)
    async with trusting(ours, theirs) as verify:
        assert (await verify(KEY.token(claims_of(ISSUER)))).user == "ada"
        assert (await verify(others_key.token(claims_of(other)))).user == "ada"
        with pytest.raises(InvalidToken):
            await verify(others_key.token(claims_of(ISSUER)))
        with pytest.raises(InvalidToken):
            await verify(others_key.token(claims_of(ISSUER), kid=KEY.id))
