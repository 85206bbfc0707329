"""Where the keys of an issuer are, by its own word (OpenID Connect Discovery, RFC 8414)."""

import socket

import pytest

from honeydo.adapters.jwt.key_set import FetchError, KeySet
from tests.support.issuers import (
    Answer,
    IssuerServer,
    SigningKey,
    claims_of,
    document,
    hang_up,
    running_issuer,
    trusting,
)

KEY = SigningKey("ES256")
OPENID = "/.well-known/openid-configuration"
OAUTH = "/.well-known/oauth-authorization-server"


def publish(server: IssuerServer, path: str, **metadata: object) -> None:
    server.publish(KEY)
    described = {"issuer": server.origin, "jwks_uri": server.jwks_url} | metadata
    server.answers[path] = document(
        {name: value for name, value in described.items() if value is not ...}
    )


@pytest.mark.parametrize(
    ("path", "openid", "oauth"),
    [
        ("", OPENID, OAUTH),
        ("/", OPENID, OAUTH),
        ("/tenant", f"/tenant{OPENID}", f"{OAUTH}/tenant"),
        ("/a/b/", f"/a/b{OPENID}", f"{OAUTH}/a/b"),
    ],
)
@pytest.mark.parametrize("kind", ["openid", "oauth"])
async def test_the_metadata_of_either_kind_says_where_the_keys_are(
    kind: str, path: str, openid: str, oauth: str, server: IssuerServer
) -> None:
    issuer = server.origin + path
    publish(server, {"openid": openid, "oauth": oauth}[kind], issuer=issuer)
    async with trusting(KeySet(issuer)) as verify:
        assert (await verify(KEY.token(claims_of(issuer)))).user == "ada"

    assert server.requests == [openid, *([oauth] if kind == "oauth" else []), "/jwks"]


async def test_a_configured_address_needs_no_metadata(server: IssuerServer) -> None:
    server.publish(KEY)
    async with trusting(KeySet(server.origin, server.jwks_url)) as verify:
        assert (await verify(KEY.token(claims_of(server.origin)))).user == "ada"

    assert server.requests == ["/jwks"]


@pytest.mark.parametrize("kind", [OPENID, OAUTH])
@pytest.mark.parametrize(
    "named",
    ["https://evil.example", "{origin}/", "{origin}/tenant", "", None, 42, ["{origin}"], ...],
)
async def test_metadata_of_another_issuer_is_refused(
    kind: str, named: object, server: IssuerServer
) -> None:
    if isinstance(named, str):
        named = named.format(origin=server.origin)
    publish(server, kind, issuer=named)
    keys = KeySet(server.origin)
    async with keys.opened():
        with pytest.raises(FetchError, match="metadata"):
            await keys.fetch()

    assert "/jwks" not in server.requests


@pytest.mark.parametrize(
    "address",
    [
        "http://keys.example/jwks",
        "{origin}.evil.example/jwks",
        "{origin}@evil.example/jwks",
        "{origin}",
        "{other}/jwks",
        "//keys.example/jwks",
        "/jwks",
        "jwks",
        "file:///etc/passwd",
        "ftp://keys.example/jwks",
        "data:application/json,{{}}",
        "httpsx://keys.example/jwks",
        "",
        None,
        42,
        ["{origin}/jwks"],
        ...,
    ],
)
async def test_keys_come_from_the_issuers_own_origin_or_over_https(
    address: object, server: IssuerServer
) -> None:
    async with running_issuer(KEY) as other:
        if isinstance(address, str):
            address = address.format(origin=server.origin, other=other.origin)
        publish(server, OPENID, jwks_uri=address)
        keys = KeySet(server.origin)
        async with keys.opened():
            with pytest.raises(FetchError, match="metadata"):
                await keys.fetch()

        assert (set(server.requests), other.requests) == ({OPENID}, [])


async def test_keys_may_be_anywhere_over_https(server: IssuerServer) -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        elsewhere = f"https://127.0.0.1:{unheard.getsockname()[1]}/jwks"
        publish(server, OPENID, jwks_uri=elsewhere)
        keys = KeySet(server.origin)
        async with keys.opened():
            with pytest.raises(FetchError, match=f"{elsewhere}: ConnectError"):
                await keys.fetch()


@pytest.mark.parametrize(
    "answer",
    [
        document(b""),
        document(b"<html>"),
        document(b"\xff"),
        document(b'{"x": ' + b"[" * 100_000),
        document([]),
        document(None),
        document("https://id.example"),
    ],
    ids=["nothing", "HTML", "no UTF-8", "a deep nest", "a list", "null", "text"],
)
async def test_metadata_that_is_none_is_refused(answer: Answer, server: IssuerServer) -> None:
    server.answers[OPENID] = answer
    keys = KeySet(server.origin)
    async with keys.opened():
        with pytest.raises(FetchError, match="metadata is malformed"):
            await keys.fetch()


@pytest.mark.parametrize("failure", [hang_up, document({}, "302 Found", ["Location: /jwks"])])
async def test_metadata_is_not_looked_for_anywhere_else(
    failure: Answer, server: IssuerServer
) -> None:
    server.answers |= {OPENID: failure, OAUTH: failure}
    keys = KeySet(server.origin)
    async with keys.opened():
        with pytest.raises(FetchError, match=OAUTH):
            await keys.fetch()

    assert set(server.requests) == {OPENID, OAUTH}
