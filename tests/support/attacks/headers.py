"""Headers that lead astray, over good signatures."""

from collections.abc import Callable, Mapping
from typing import Final

from tests.support.issuers import claims_of
from tests.support.tokens import signed

from .cast import ED25519, ISSUER

_KEY_IDS: Final = [
    "",
    "/dev/null",
    "../../../../dev/null",
    "file:///dev/null",
    "https://evil.example/jwks",
    "' OR 1=1 --",
    "' UNION SELECT 'AAAA",
    "$(id)",
    "{{7*7}}",
    "%00",
    "\0",
    "*",
    "0",
    "__proto__",
    "\ud800",
    "x" * 3_000,
    ED25519.id.upper(),
    f"{ED25519.id} ",
    f"{ED25519.id}\0",
    None,
    0,
    1e99,
    True,
    [ED25519.id],
    {"kid": ED25519.id},
]
_TYPES: Final = [
    "",
    "JOSE",
    "JWE",
    "dpop+jwt",
    "logout+jwt",
    "secevent+jwt",
    "at+jwt ",
    "jwt;x=1",
    "application/json",
    "better-auth.session-cache+jwt",
    None,
    1,
    ["JWT"],
]


def _headed(**changed: object) -> Callable[[], str]:
    return lambda: ED25519.token(claims_of(ISSUER), **changed)


def _written(header: bytes) -> Callable[[], str]:
    return lambda: signed(claims_of(ISSUER), header, ED25519.sign)


ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    **{f"a key named {str(name)[:30]!r}": _headed(kid=name) for name in _KEY_IDS},
    **{f"type {name!r}": _headed(typ=name) for name in _TYPES},
    # Extensions (RFC 7515, section 4.1.11; RFC 7797).
    "an extension": _headed(crit=["exp"], exp=1),
    "an extension that is not there": _headed(crit=["x"]),
    "no extension": _headed(crit=[]),
    "extensions null": _headed(crit=None),
    "a payload as it is": _headed(crit=["b64"], b64=False),
    "a payload as it is, quietly": _headed(b64=False),
    "a payload as usual, aloud": _headed(b64=True),
    # JSON.
    "two algorithms": _written(b'{"alg": "none", "alg": "EdDSA", "kid": "the EdDSA key"}'),
    "two names of keys": _written(b'{"alg": "EdDSA", "kid": "x", "kid": "the EdDSA key"}'),
    "an empty header": _written(b"{}"),
    "a header that is a list": _written(b'["EdDSA", "the EdDSA key"]'),
    "a header that is text": _written(b'"EdDSA"'),
    "a header that is null": _written(b"null"),
    "a header that is a number": _written(b"1"),
    "a header that is no JSON": _written(b"alg=EdDSA"),
    "a header that is no UTF-8": _written(b'{"alg": "EdDSA", "kid": "the EdDSA key", "x": "\xff"}'),
    "a header with NaN": _written(b'{"alg": "EdDSA", "kid": "the EdDSA key", "x": NaN}'),
    "a deeply nested header": _written(b'{"alg": "EdDSA", "x": ' + b"[" * 3_000),
}
