"""Tokens signed with a secret that the issuer and we share: HS256 (RFC 7518, section 3.2)."""

import re
import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import jwt

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity
from honeydo.domain.errors import InvalidValues
from honeydo.domain.user import Email, UserId

MIN_SECRET_BYTES: Final = 32
_MAX_TOKEN_CHARACTERS: Final = 8_192
_LEEWAY_SECONDS: Final = 30

# Stricter than PyJWT, which lets padding pass, and strings for times.
_COMPACT: Final = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)
_TIMES: Final = ("exp", "nbf", "iat")


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A `VerifyToken` for one issuer. `issuer` and `audience` are demanded if they are given.

    The user is `sub` and nothing else: under the same secret, Better Auth signs e-mail
    verification tokens that have an address but no `sub`.
    """

    secret: bytes = field(repr=False)
    issuer: str | None = None
    audience: str | None = None

    async def __call__(self, token: str) -> Identity:
        if len(token) > _MAX_TOKEN_CHARACTERS:
            raise InvalidToken("longer than 8 KiB")
        if not _COMPACT.fullmatch(token):
            raise InvalidToken("not in the compact form (RFC 7515, section 7.1)")
        try:
            claims = self._verified_claims(token)
            user = UserId(claims["sub"])
            expires_at = float(claims["exp"])
        except InvalidValues as error:
            raise InvalidToken("the subject is no user id") from error
        # What a signed payload may hold goes beyond what PyJWT expects: infinite times, deep nests.
        except (jwt.PyJWTError, ArithmeticError, TypeError, ValueError, RecursionError) as error:
            raise InvalidToken(type(error).__name__) from error
        if any(type(claims.get(name, 0)) not in (int, float) for name in _TIMES):
            raise InvalidToken("a time is not a number")
        if expires_at <= time.time():
            raise InvalidToken("expired")
        return Identity(user, _email(claims.get("email")), expires_at)

    def _verified_claims(self, token: str) -> dict[str, Any]:
        return jwt.decode(
            token,
            self.secret,
            algorithms=["HS256"],
            issuer=self.issuer,
            audience=self.audience,
            # Clocks differ. An expiry is not stretched by this: see the caller.
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "sub"], "verify_aud": self.audience is not None},
        )


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


def _email(claim: object) -> Email | None:
    """The e-mail is a courtesy: a claim that is none of ours to keep does not refuse the user."""
    try:
        return Email(claim) if isinstance(claim, str) else None
    except InvalidValues:
        return None
