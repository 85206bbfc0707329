"""Requests that can be sent again without being done again: `Idempotency-Key`, as in the IETF's
draft (a quoted string) and as clients of Stripe send it (bare)."""

import re
from typing import Final

from .problems import RequestRefused
from .requests import Caller, header_values

REPLAYED: Final = {"Idempotent-Replayed": "true"}

# A string of RFC 9651, section 3.3.3.
_QUOTED: Final = re.compile(r'"((?:[ !#-\[\]-~]|\\["\\])*)"')
_BARE: Final = re.compile(r'(?!")[ -~]+')
_LONGEST: Final = 255


def idempotency_key(request: Caller) -> str | None:
    """The client's name for this request, the same with and without quotes."""
    values = header_values(request, b"idempotency-key")
    if not values:
        return None
    text = values[0].strip(" \t")
    if quoted := _QUOTED.fullmatch(text):
        key = re.sub(r"\\(.)", r"\1", quoted[1])
    else:
        key = text if _BARE.fullmatch(text) else ""
    if len(values) > 1 or not 1 <= len(key) <= _LONGEST:
        raise RequestRefused(
            400,
            "invalid_header",
            f"The header Idempotency-Key is one string of 1 to {_LONGEST} ASCII characters.",
        )
    return key
