"""From verified claims to a user (RFC 7519, section 4.1)."""

import math
import time
from collections.abc import Collection, Mapping
from typing import Any, Final

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity
from honeydo.domain.errors import InvalidValues
from honeydo.domain.user import Email, UserId

LEEWAY: Final = 30
"""Seconds by which an issuer's clock may be ahead of ours. An expiry is never stretched."""

_LATEST: Final = 10 * 365 * 86_400  # An expiry later than ten years from now is a mistake.


def identity(
    claims: Mapping[str, Any], *, issuer: str | None, audiences: Collection[str] | None
) -> Identity:
    """Whom the claims name: `sub`, and nothing in its place.

    `issuer` and one of `audiences` are demanded unless None. Raises `InvalidToken`.
    """
    now = time.time()
    expires_at = _time(claims, "exp")
    if expires_at is None or not now < expires_at < now + _LATEST:
        raise InvalidToken("expired, or does not say when")
    for name in ("nbf", "iat"):
        if (_time(claims, name) or 0) > now + LEEWAY:
            raise InvalidToken(f"{name} is in the future")
    if issuer is not None and claims.get("iss") != issuer:
        raise InvalidToken("from another issuer")
    if audiences is not None and not _audiences(claims).intersection(audiences):
        raise InvalidToken("for another audience")
    subject = claims.get("sub")
    if not isinstance(subject, str):
        raise InvalidToken("without a subject")
    try:
        return Identity(UserId(subject), _email(claims.get("email")), expires_at)
    except InvalidValues:
        raise InvalidToken("the subject is no user id") from None


def _time(claims: Mapping[str, Any], name: str) -> float | None:
    """A NumericDate: seconds since 1970, as a JSON number."""
    if name not in claims:
        return None
    value = claims[name]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise InvalidToken(f"{name} is not a number")
    try:
        seconds = float(value)
    except OverflowError:
        raise InvalidToken(f"{name} is out of range") from None
    if not math.isfinite(seconds) or seconds < 0:
        raise InvalidToken(f"{name} is out of range")
    return seconds


def _audiences(claims: Mapping[str, Any]) -> set[str]:
    match claims.get("aud"):
        case str(audience):
            return {audience}
        case [*audiences] if all(isinstance(each, str) for each in audiences):
            return {*audiences}
        case _:
            raise InvalidToken("aud is neither text nor a list of texts")


def _email(claim: object) -> Email | None:
    """The e-mail is a courtesy: a claim that is none of ours to keep does not refuse the user."""
    try:
        return Email(claim) if isinstance(claim, str) else None
    except InvalidValues:
        return None
