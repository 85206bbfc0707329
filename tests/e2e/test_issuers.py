"""A server that believes the tokens of an issuer, whose keys it fetches over a socket."""

import asyncio
import json

import httpx

from tests.e2e.server import Home, serving
from tests.support.issuers import IssuerServer, SigningKey
from tests.support.tokens import claims


async def test_an_issuers_users_sign_in_and_no_others(home: Home) -> None:
    issuer, key, strange = IssuerServer(), SigningKey("EdDSA"), SigningKey("EdDSA", "strange")
    issuer.publish(key)
    trusted = {"issuer": issuer.origin, "audience": "honeydo", "jwks_url": issuer.jwks_url}
    theirs = Home(home.path, {"HONEYDO_ISSUERS": json.dumps([trusted])})
    good = claims(iss=issuer.origin, aud="honeydo")

    def statuses() -> list[int]:
        tokens = [
            key.token(good),
            key.token(good | {"aud": "another"}),
            key.token(good | {"iss": "https://another.example"}),
            strange.token(good),
            SigningKey("EdDSA", "strange").token(good, kid=key.id),
        ]
        with serving(theirs) as server:
            assert "curl" not in server.err
            return [
                httpx.get(
                    f"{server.url}/api/me/tasks", headers={"Authorization": f"Bearer {token}"}
                ).status_code
                for token in tokens
            ]

    async with issuer.running():
        assert await asyncio.to_thread(statuses) == [200, 401, 401, 401, 401]

    assert {*issuer.requests} == {"/jwks"}
