"""The form of a token, before any signature is looked at: JWS compact serialization (RFC 7515)."""

import binascii
import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from honeydo.application.errors import InvalidToken

_LONGEST: Final = 8_192
_DEEPEST: Final = 32
_COMPACT: Final = re.compile(r"([\w-]+)\.([\w-]+)\.([\w-]+)", re.ASCII)
# RFC 9068 calls access tokens at+jwt; most issuers say JWT or nothing.
_TYPES: Final = frozenset({"jwt", "at+jwt", "application/jwt", "application/at+jwt"})


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says of itself. Nothing of it is true until the signature has been verified."""

    algorithm: str
    key_id: str | None
    claims: Mapping[str, Any]
    signed: bytes
    signature: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `InvalidToken` for all that is not exactly in the form of the RFC."""
        if len(text) > _LONGEST:
            raise InvalidToken("longer than 8 KiB")
        parts = _COMPACT.fullmatch(text)
        if not parts:
            raise InvalidToken("not three parts of base64url")
        header = _object(_base64url(parts[1]))
        algorithm, key_id = header.get("alg"), header.get("kid")
        if not isinstance(algorithm, str) or not isinstance(header.get("kid", ""), str):
            raise InvalidToken("a header parameter of the wrong type")
        # RFC 7515, section 4.1.11: we understand no extension, so none may be critical.
        if "crit" in header or "b64" in header:
            raise InvalidToken("an extension that is not understood")
        kind = header.get("typ", "JWT")
        if not isinstance(kind, str) or kind.lower() not in _TYPES:
            raise InvalidToken("a token of another type")
        return cls(
            algorithm=algorithm,
            key_id=key_id,
            claims=_object(_base64url(parts[2])),
            signed=text[: parts.end(2)].encode(),
            signature=_base64url(parts[3]),
        )


def _base64url(text: str) -> bytes:
    """Without padding, and in the one spelling that encoding gives (RFC 4648, section 3.5)."""
    try:
        data = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise InvalidToken("not base64url") from None
    if urlsafe_b64encode(data).rstrip(b"=") != text.encode():
        raise InvalidToken("not canonical base64url")
    return data


def _object(data: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            data.decode(), object_pairs_hook=_unambiguous, parse_constant=_no_constant
        )
    # RecursionError: a deep nest. ValueError: not UTF-8, not JSON, an integer of 5,000 digits.
    except (ValueError, RecursionError):
        raise InvalidToken("not JSON") from None
    if not isinstance(value, dict):
        raise InvalidToken("not a JSON object")
    _require_shallow(value)
    return value


def _require_shallow(value: object) -> None:
    """How deep a parser can go differs between versions of Python; we go no deeper than this."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [child for each in level for child in _children(each)]
    if level:
        raise InvalidToken("a deep nest")


def _children(value: object) -> Iterable[object]:
    match value:
        case dict():
            return value.values()
        case list():
            return value
        case _:
            return ()


def _unambiguous(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise InvalidToken("a name that occurs twice")
    return members


def _no_constant(name: str) -> None:
    raise InvalidToken(f"{name} is not JSON")
