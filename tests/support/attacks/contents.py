"""Claims that prove nobody to us, over good signatures."""

import json
from collections.abc import Callable, Mapping
from time import time
from typing import Final

from tests.support.issuers import AUDIENCE, claims_of

from .cast import ED25519, ISSUER, OTHER_ISSUER

_ISSUERS: Final = [
    ...,
    None,
    "",
    42,
    True,
    [ISSUER],
    {ISSUER: ISSUER},
    OTHER_ISSUER,
    "https://evil.example",
    "https://ID.example",
    "http://id.example",
    "id.example",
    f"{ISSUER}/",
    f"{ISSUER} ",
    f"{ISSUER}\0",
    f"{ISSUER}.evil.example",
]
_AUDIENCES: Final = [
    ...,
    None,
    "",
    42,
    True,
    [],
    [None],
    {AUDIENCE: AUDIENCE},
    [[AUDIENCE]],
    [AUDIENCE, 1],
    ["a client of the issuer"],
    "a client of the issuer",
    ISSUER,
    "*",
    f"{AUDIENCE}/",
    f"{AUDIENCE} ",
    f"x {AUDIENCE}",
    AUDIENCE.upper(),
]
_SUBJECTS: Final = [..., None, "", 42, True, ["ada"], {"sub": "ada"}, "x" * 256, "a\0", "\ud800"]
_TIMES: Final[list[object]] = [
    "1",
    "tomorrow",
    "2999-01-01T00:00:00Z",
    None,
    True,
    [1],
    {},
    -1,
    1e300,
    10**400,
]
_NUMBERS: Final = ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 5_000]


def _proving(**changed: object) -> Callable[[], str]:
    return lambda: ED25519.token(claims_of(ISSUER, **changed))


def _shifted(claim: str, seconds: float) -> Callable[[], str]:
    return lambda: ED25519.token(claims_of(ISSUER, **{claim: time() + seconds}))


def _preceded(members: bytes, **changed: object) -> Callable[[], str]:
    """Our claims, with more of them in front, as they are written."""
    return lambda: ED25519.token(b"{%s, %s" % (members, _json(**changed)[1:]))


def _written(write: Callable[[bytes], bytes]) -> Callable[[], str]:
    """Our claims, written in another way."""
    return lambda: ED25519.token(write(_json()))


def _json(**changed: object) -> bytes:
    return json.dumps(claims_of(ISSUER, **changed)).encode()


ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    # From whom, and for whom (RFC 8725, sections 3.8 and 3.9).
    **{f"issuer {issuer!r}": _proving(iss=issuer) for issuer in _ISSUERS},
    **{f"audience {audience!r}": _proving(aud=audience) for audience in _AUDIENCES},
    "an ID token": _proving(aud="a client of the issuer", azp=AUDIENCE, nonce="n", at_hash="h"),
    "Better Auth's session cookie": lambda: ED25519.token(
        claims_of(ISSUER, aud="better-auth:session-cache", sid="s", user={"id": "ada"}),
        typ="better-auth.session-cache+jwt",
    ),
    "Better Auth's session cookie, without its type": _proving(
        aud="better-auth:session-cache", sid="s", user={"id": "ada"}
    ),
    "Better Auth's proof of an address": _proving(
        sub=..., aud=..., userId="ada", email="ada@example.org"
    ),
    # Who.
    **{f"subject {str(subject)[:20]!r}": _proving(sub=subject) for subject in _SUBJECTS},
    "other names of a subject": _proving(sub=..., userId="ada", user_id="ada", id="ada", uid="ada"),
    # When.
    **{
        f"{claim} {str(value)[:20]!r}": _proving(**{claim: value})
        for claim in ("exp", "nbf", "iat")
        for value in _TIMES
    },
    **{
        f"{claim} {number[:20]}": _preceded(f'"{claim}": {number}'.encode(), **{claim: ...})
        for claim in ("exp", "nbf", "iat")
        for number in _NUMBERS
    },
    "no expiry": _proving(exp=...),
    "an expiry in the past": _shifted("exp", -1),
    "an expiry in eleven years": _shifted("exp", 11 * 365 * 86_400),
    "an expiry in milliseconds": _shifted("exp", 999 * time()),
    "a start in the future": _shifted("nbf", 60),
    "an issue in the future": _shifted("iat", 60),
    # JSON.
    "two subjects": _preceded(b'"sub": "eve"'),
    "two subjects by another spelling": _preceded(rb'"\u0073ub": "eve"'),
    "two issuers": _preceded(b'"iss": "https://evil.example"'),
    "two audiences": _preceded(b'"aud": "another"'),
    "two expiries": _preceded(b'"exp": 1'),
    "two of what nobody reads": _preceded(b'"x": {"y": 1, "y": 1}'),
    "a deep nest": _preceded(b'"x": ' + b"[" * 2_500 + b"]" * 2_500),
    "a nest without an end": _written(lambda _: b'{"x": ' * 900),
    "a number of 5,000 digits": _preceded(b'"x": ' + b"9" * 5_000),
    "no UTF-8": _preceded(b'"x": "\xff"'),
    "UTF-16": _written(lambda payload: payload.decode().encode("utf-16")),
    "a byte order mark": _written(lambda payload: b"\xef\xbb\xbf" + payload),
    "a comment": _written(lambda payload: b"/**/" + payload),
    "a list of claims": _written(lambda payload: b"[%s]" % payload),
    "claims in quotes": _written(lambda payload: json.dumps(payload.decode()).encode()),
    "two payloads": _written(lambda payload: payload * 2),
    "an empty payload": _written(lambda _: b"{}"),
    "no payload": _written(lambda _: b""),
    "a token within a token": lambda: ED25519.token(
        ED25519.token(claims_of(ISSUER)).encode(), cty="JWT"
    ),
    "more than 8 KiB": _proving(x="x" * 6_000),
}
