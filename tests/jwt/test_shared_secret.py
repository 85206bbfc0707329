"""Whom a token that is signed with the shared secret proves, and which ones prove nobody."""

from contextlib import suppress
from datetime import timedelta
from time import time

import pytest

from honeydo.adapters.jwt.shared_secret import SharedSecret, mint
from honeydo.application.errors import InvalidToken
from tests.support.tokens import BAD_TOKENS, HEADER, SECRET, claims, token

verify = SharedSecret(SECRET)


async def refuse(token: str, verify: SharedSecret = verify) -> str:
    with pytest.raises(InvalidToken) as refusal:
        await verify(token)
    return str(refusal.value)


async def test_the_subject_is_the_user() -> None:
    assert (await verify(token(claims(sub="auth0|42")))).user == "auth0|42"


async def test_other_claims_never_stand_in_for_the_subject() -> None:
    identity = await verify(token(claims(userId="eve", user_id="eve", id="eve", email="eve@x.org")))

    assert identity.user == "ada"


async def test_a_subject_may_have_255_characters_of_any_script() -> None:
    longest = "\N{HONEYBEE}" * 255

    assert (await verify(token(claims(sub=longest)))).user == longest


async def test_the_identity_lasts_as_long_as_the_token() -> None:
    expires_at = time() + 60.25

    assert (await verify(token(claims(exp=expires_at)))).expires_at == expires_at


@pytest.mark.parametrize("bad", BAD_TOKENS)
async def test_what_is_bad_proves_nobody(bad: str) -> None:
    await refuse(BAD_TOKENS[bad])


@pytest.mark.parametrize("bad", [bad for bad in BAD_TOKENS if len(BAD_TOKENS[bad]) > 10])
async def test_a_refusal_never_repeats_the_token(bad: str) -> None:
    said = await refuse(BAD_TOKENS[bad])

    assert all(segment not in said for segment in BAD_TOKENS[bad].split(".") if segment)


async def test_a_token_ends_at_the_very_moment_of_its_expiry() -> None:
    await refuse(token(claims(exp=time())))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_clocks_may_differ_by_half_a_minute(claim: str) -> None:
    ahead, too_far_ahead = time() + 25, time() + 60

    assert (await verify(token(claims(**{claim: ahead})))).user == "ada"
    await refuse(token(claims(**{claim: too_far_ahead})))


@pytest.mark.parametrize("claim", ["nbf", "iat"])
async def test_the_past_and_fractions_are_times_like_others(claim: str) -> None:
    assert (await verify(token(claims(**{claim: 1.5})))).user == "ada"


@pytest.mark.parametrize("claim", ["exp", "sub"])
async def test_a_claim_that_is_there_twice_proves_nobody(claim: str) -> None:
    in_a_minute = b"%d" % (time() + 60)
    name = claim.encode()
    value, other = {
        "exp": (in_a_minute, b'"sub": "ada"'),
        "sub": (b'"ada"', b'"exp": ' + in_a_minute),
    }[claim]

    await refuse(token(b'{%s, "%s": %s, "%s": %s}' % (other, name, value, name, value)))


async def test_a_deep_nest_is_understood_or_refused() -> None:
    nest = b"[" * 2_000 + b"]" * 2_000
    nested = token(b'{"sub": "ada", "exp": %d, "x": %s}' % (time() + 60, nest))

    with suppress(InvalidToken):
        assert (await verify(nested)).user == "ada"


@pytest.mark.parametrize(
    "parameters",
    [
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"jku": "https://evil.example/keys"},
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"x5u": "https://evil.example/certificate"},
        {"typ": "at+jwt"},
        {"cty": "JWT"},
    ],
    ids=lambda parameters: next(iter(parameters)),
)
async def test_other_parameters_of_the_header_choose_no_key(parameters: dict[str, object]) -> None:
    foreign = b"another secret, of the same size"

    assert (await verify(token(claims(), HEADER | parameters))).user == "ada"
    await refuse(token(claims(), HEADER | parameters, secret=foreign))


async def test_an_email_is_kept_with_the_identity() -> None:
    assert (await verify(token(claims(email="ada@example.org")))).email == "ada@example.org"


@pytest.mark.parametrize(
    "email", [..., None, "", 42, True, ["ada@example.org"], {}, "x" * 321, "a\0b", "\ud800"]
)
async def test_an_odd_email_is_left_out_and_refuses_nobody(email: object) -> None:
    identity = await verify(token(claims(email=email)))

    assert (identity.user, identity.email) == ("ada", None)


@pytest.mark.parametrize("audience", [..., "another", ["one", "another"], 42])
async def test_without_an_audience_of_our_own_any_will_do(audience: object) -> None:
    assert (await verify(token(claims(aud=audience)))).user == "ada"


@pytest.mark.parametrize("audience", ["honeydo", ["another", "honeydo"]])
async def test_our_audience_is_the_tokens_or_one_of_them(audience: object) -> None:
    ours = SharedSecret(SECRET, audience="honeydo")

    assert (await ours(token(claims(aud=audience)))).user == "ada"


@pytest.mark.parametrize(
    "audience",
    [..., None, "", "another", "honeydo2", "Honeydo", [], ["another"], [["honeydo"]], {}, 42, True],
)
async def test_once_we_have_an_audience_every_other_is_refused(audience: object) -> None:
    await refuse(token(claims(aud=audience)), SharedSecret(SECRET, audience="honeydo"))


async def test_our_issuer_is_the_tokens() -> None:
    ours = SharedSecret(SECRET, issuer="https://id.example")

    assert (await ours(token(claims(iss="https://id.example")))).user == "ada"


@pytest.mark.parametrize(
    "issuer",
    [..., None, "", "https://id.example/", "https://evil.example", ["https://id.example"], 42],
)
async def test_once_we_have_an_issuer_every_other_is_refused(issuer: object) -> None:
    await refuse(token(claims(iss=issuer)), SharedSecret(SECRET, issuer="https://id.example"))


def test_the_secret_is_not_shown() -> None:
    assert "secret of the issuer" not in repr(verify)


async def test_a_minted_token_proves_its_user() -> None:
    minted = mint(SECRET, "ada", lifetime=timedelta(hours=1), email="ada@example.org")
    identity = await verify(minted)

    assert (identity.user, identity.email) == ("ada", "ada@example.org")
    assert time() < identity.expires_at <= time() + 3_600


async def test_a_minted_token_may_be_for_an_issuer_and_an_audience() -> None:
    ours = {"issuer": "https://id.example", "audience": "honeydo"}
    minted = mint(SECRET, "ada", lifetime=timedelta(hours=1), **ours)

    assert (await SharedSecret(SECRET, **ours)(minted)).user == "ada"


async def test_a_minted_token_ends() -> None:
    await refuse(mint(SECRET, "ada", lifetime=timedelta(0)))
