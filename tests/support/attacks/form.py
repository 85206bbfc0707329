"""Spellings of a good token that are not its own (RFC 7515, section 7.1; RFC 4648, section 3.5)."""

import json
from collections.abc import Callable, Mapping
from typing import Final

from tests.support.issuers import claims_of
from tests.support.tokens import encoded

from .cast import ED25519, ISSUER

_ALPHABET: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_EDITS: Final[Mapping[str, Callable[[str], str]]] = {
    "a pad": lambda segment: segment + "=",
    "two pads": lambda segment: segment + "==",
    "an encoded pad": lambda segment: segment + "%3D",
    "a new line": lambda segment: segment + "\n",
    "a space": lambda segment: " " + segment,
    "a NUL": lambda segment: segment + "\0",
    "a letter more": lambda segment: segment + "A",
    "four letters more": lambda segment: segment + "AAAA",
    "a letter less": lambda segment: segment[:-1],
    "plain base64": lambda segment: segment + "+/",
    "a wide letter": lambda segment: segment[:-1] + "\uff21",
    "a lone surrogate": lambda segment: segment + "\udcff",
    "nothing": lambda _: "",
}


def _good() -> str:
    return ED25519.token(claims_of(ISSUER))


def _joined(join: Callable[[list[str]], list[str]]) -> Callable[[], str]:
    return lambda: ".".join(join(_good().split(".")))


def _edited(number: int, edit: Callable[[str], str]) -> Callable[[], str]:
    """The signature is of the token before it was edited."""
    return _joined(
        lambda segments: [*segments[:number], edit(segments[number]), *segments[number + 1 :]]
    )


def _respelled(number: int) -> Callable[[], str]:
    """The signature is of the spelling that is not canonical."""

    def respell() -> str:
        contents = [json.dumps(part).encode() for part in (ED25519.header(), claims_of(ISSUER))]
        contents[number] += b" " * (len(contents[number]) % 3 == 0)  # or there are no unused bits
        segments = [encoded(content) for content in contents]
        segments[number] = _with_unused_bits(segments[number])
        message = ".".join(segments)
        return f"{message}.{encoded(ED25519.sign(message.encode()))}"

    return respell


def _with_unused_bits(segment: str) -> str:
    """The same bytes, by a last letter whose unused bits are not zero."""
    return segment[:-1] + _ALPHABET[_ALPHABET.index(segment[-1]) + 1]


ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    **{
        f"{name} in segment {number}": _edited(number, edit)
        for number in range(3)
        for name, edit in _EDITS.items()
    },
    "another spelling of the header": _respelled(0),
    "another spelling of the payload": _respelled(1),
    "another spelling of the signature": _edited(2, _with_unused_bits),
    "one segment": _joined(lambda segments: segments[:1]),
    "two segments": _joined(lambda segments: segments[:2]),
    "four segments": _joined(lambda segments: [*segments, segments[2]]),
    "five segments, as if encrypted": _joined(lambda segments: [*segments, *segments[:2]]),
    "the other way round": _joined(lambda segments: segments[::-1]),
    "a scheme in front": lambda: f"Bearer {_good()}",
    "two tokens": lambda: f"{_good()},{_good()}",
    "quotes around it": lambda: f'"{_good()}"',
    "JSON instead of the compact form": lambda: json.dumps(
        dict(zip(("protected", "payload", "signature"), _good().split("."), strict=True))
    ),
}
