"""Tokens made by hand, so that no library keeps us from making bad ones."""

import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from time import time
from typing import Any, Final

SECRET: Final = b"a secret of the issuer and of us"
HEADER: Final = {"alg": "HS256", "typ": "JWT"}


def claims(**changed: object) -> dict[str, object]:
    """Claims that prove ada for an hour, with some changed, added or, by an ellipsis, left out."""
    all_of_them = {"sub": "ada", "exp": int(time()) + 3_600} | changed
    return {name: value for name, value in all_of_them.items() if value is not ...}


def token(
    payload: Mapping[str, Any] | bytes,
    header: Mapping[str, Any] | bytes = HEADER,
    *,
    secret: bytes = SECRET,
    digest: str = "sha256",
) -> str:
    """A token signed with a secret; bytes are what stands in a segment once it is decoded."""
    return signed(payload, header, lambda message: hmac.digest(secret, message, digest))


def signed(
    payload: Mapping[str, Any] | bytes,
    header: Mapping[str, Any] | bytes,
    sign: Callable[[bytes], bytes],
) -> str:
    """A token with any signature."""
    signing_input = f"{_segment(header)}.{_segment(payload)}"
    return f"{signing_input}.{encoded(sign(signing_input.encode()))}"


def encoded(segment: bytes) -> str:
    return urlsafe_b64encode(segment).rstrip(b"=").decode()


def _segment(content: Mapping[str, Any] | bytes) -> str:
    return encoded(content if isinstance(content, bytes) else json.dumps(content).encode())


def _bad_tokens() -> dict[str, str]:
    good, now = token(claims()), int(time())
    signing_input, _, signature = good.rpartition(".")
    header, _, payload = signing_input.partition(".")
    eves_input, _, _ = token(claims(sub="eve")).rpartition(".")
    in_an_hour = b"%d" % (now + 3_600)

    def proving(**changed: object) -> str:
        return token(claims(**changed))

    def headed(**parameters: object) -> str:
        return token(claims(), HEADER | parameters)

    return {
        # The compact form (RFC 7515, section 7.1).
        "nothing": "",
        "a word": "x",
        "dots": "..",
        "one segment": header,
        "two segments": signing_input,
        "four segments": f"{good}.{signature}",
        "an empty header": f".{payload}.{signature}",
        "an empty payload": f"{header}..{signature}",
        "an empty signature": f"{signing_input}.",
        "a truncated signature": good[:-2],
        "a truncated payload": f"{header}.{payload[:-4]}.{signature}",
        "something behind it": f"{good}x",
        "a new line behind it": f"{good}\n",
        "a space in front of it": f" {good}",
        "a NUL behind it": f"{good}\0",
        "padding": f"{good}=",
        "padding that fits": token(b'{"sub": "ada", "exp": %s }' % in_an_hour) + "=",
        "the alphabet of plain base64": good.replace("-", "+").replace("_", "/") + "+/",
        "characters that are not ASCII": good[:-1] + "\N{FULLWIDTH LATIN SMALL LETTER A}",
        "letters of other scripts": "\u0430\u0434\u0430.\u0430.\u0430",
        "a lone surrogate": good + "\ud800",
        "more than 8 KiB": proving(padding="x" * 6_200),
        # The header.
        "no algorithm": token(claims(), {"typ": "JWT"}),
        "algorithm none": headed(alg="none"),
        "algorithm None": headed(alg="None"),
        "algorithm NONE": headed(alg="NONE"),
        "algorithm nOnE": headed(alg="nOnE"),
        "algorithm none, not signed": encoded(b'{"alg": "none"}') + f".{payload}.",
        "an empty algorithm": headed(alg=""),
        "algorithm null": headed(alg=None),
        "a list of algorithms": headed(alg=["HS256"]),
        "algorithm hs256": headed(alg="hs256"),
        "HS384 with the same secret": token(claims(), HEADER | {"alg": "HS384"}, digest="sha384"),
        "HS512 with the same secret": token(claims(), HEADER | {"alg": "HS512"}, digest="sha512"),
        "RS256 signed with the secret": headed(alg="RS256"),
        "an extension that must be understood": headed(crit=["exp"], exp=now + 3_600),
        "an unknown extension": headed(crit=["b65"], b65=True),
        "no extension": headed(crit=[]),
        "a payload that is not encoded": headed(b64=False, crit=["b64"]),
        "a payload that is not encoded, quietly": headed(b64=False),
        "a key id that is a number": headed(kid=1),
        "a header that is no object": token(claims(), b'["HS256"]'),
        "a header that is no JSON": token(claims(), b"HS256"),
        "a header that is no UTF-8": token(claims(), b'{"alg": "HS256", "x": "\xff"}'),
        "a deeply nested header": token(claims(), b'{"alg": "HS256", "x": ' + b"[" * 2_000),
        # The signature.
        "another secret": token(claims(), secret=b"another secret, of the same size"),
        "an empty secret": token(claims(), secret=b""),
        "the signature of another payload": f"{eves_input}.{signature}",
        # The payload.
        "a payload that is no JSON": token(b"ada"),
        "a payload that is no UTF-8": token(b'{"sub": "\xff", "exp": %s}' % in_an_hour),
        "a payload that is a list": token(b'["ada"]'),
        "a payload that is a string": token(b'"ada"'),
        "a payload that is null": token(b"null"),
        "a deeply nested payload": token(
            b'{"sub": "ada", "exp": %s, "x": ' % in_an_hour + b"[" * 2_000
        ),
        # Who it is.
        "no subject": proving(sub=...),
        "subject null": proving(sub=None),
        "an empty subject": proving(sub=""),
        "a subject that is a number": proving(sub=42),
        "a subject that is true": proving(sub=True),
        "a subject that is a list": proving(sub=["ada"]),
        "a subject that is an object": proving(sub={"id": "ada"}),
        "a subject of 256 characters": proving(sub="x" * 256),
        "a subject with a NUL": proving(sub="ada\0"),
        "a subject with a new line": proving(sub="ada\n"),
        "a subject with a lone surrogate": proving(sub="ada\ud800"),
        "Better Auth's proof of an e-mail address": token(
            {"email": "ada@example.org", "userId": "ada", "iat": now, "exp": now + 3_600}
        ),
        # Until when.
        "no expiry": proving(exp=...),
        "expiry null": proving(exp=None),
        "an expiry just past": proving(exp=now - 1),
        "an expiry long past": proving(exp=now - 3_600),
        "an expiry just past, with a fraction": proving(exp=now - 0.5),
        "an expiry that is a string": proving(exp=f"{now + 3_600}"),
        "an expiry in words": proving(exp="tomorrow"),
        "an expiry as a date": proving(exp="2999-01-01T00:00:00Z"),
        "an expiry that is true": proving(exp=True),
        "an expiry that is a list": proving(exp=[now + 3_600]),
        "a negative expiry": proving(exp=-1),
        "expiry zero": proving(exp=0),
        "an expiry that is not a number": token(b'{"sub": "ada", "exp": NaN}'),
        "an infinite expiry": token(b'{"sub": "ada", "exp": Infinity}'),
        "an expiry beyond all floats": token(b'{"sub": "ada", "exp": 1e999}'),
        "an expiry of 400 digits": token(b'{"sub": "ada", "exp": %s}' % (b"9" * 400)),
        "an expiry of 5,000 digits": token(b'{"sub": "ada", "exp": %s}' % (b"9" * 5_000)),
        # From when.
        "a start in the future": proving(nbf=now + 86_400),
        "a start that is a string": proving(nbf=f"{now}"),
        "start null": proving(nbf=None),
        "a start that is true": proving(nbf=True),
        "a start beyond all floats": token(b'{"sub": "ada", "exp": %s, "nbf": 1e999}' % in_an_hour),
        "an issue in the future": proving(iat=now + 86_400),
        "an issue that is a string": proving(iat=f"{now}"),
        "issue null": proving(iat=None),
        "an issue that is true": proving(iat=True),
        "an issue that is not a number": token(
            b'{"sub": "ada", "exp": %s, "iat": NaN}' % in_an_hour
        ),
    }


BAD_TOKENS: Final = _bad_tokens()
"""What proves nobody's identity, by what is bad in it."""
