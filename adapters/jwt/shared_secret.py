"""Tokens signed with a secret that the issuer and we share: HS256 (RFC 7518, section 3.2)."""

import hmac
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar, Final

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity
from honeydo.domain.user import UserId

from .claims import identity
from .token import Token

MIN_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """Trusted for the tokens of one issuer; `issuer` and `audience` are demanded if they are given.

    Under the same secret Better Auth signs e-mail verification tokens, which name an address but
    no subject: they prove nobody.
    """

    algorithm: ClassVar[str] = "HS256"
    generation: ClassVar[int] = 0

    secret: bytes = field(repr=False)
    issuer: str | None = None
    audience: str | None = None

    async def __call__(self, token: str) -> Identity:
        return await self.identity(Token.parse(token))

    async def identity(self, token: Token) -> Identity:
        expected = hmac.digest(self.secret, token.signed, "sha256")
        if token.algorithm != self.algorithm or not hmac.compare_digest(expected, token.signature):
            raise InvalidToken("not signed with the shared secret")
        audiences = None if self.audience is None else (self.audience,)
        return identity(token.claims, issuer=self.issuer, audiences=audiences)


def mint(
    secret: bytes,
    user: str,
    *,
    lifetime: timedelta,
    email: str | None = None,
    issuer: str | None = None,
    audience: str | None = None,
) -> str:
    """A token for development and tests; in production, tokens come from the issuer."""
    # Loads cryptography, which is not needed to verify.
    import jwt

    now = int(time.time())
    claims = {
        "sub": UserId(user),
        "iat": now,
        "exp": now + int(lifetime.total_seconds()),
        "email": email,
        "iss": issuer,
        "aud": audience,
    }
    return jwt.encode(
        {name: value for name, value in claims.items() if value is not None}, secret, "HS256"
    )
