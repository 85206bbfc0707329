"""Conditional requests (RFC 9110, section 13): read again only what has changed, change only what
is as one knows it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from msgspec.msgpack import Encoder

from honeydo.application.operations import IfMatch
from honeydo.domain.changes import Version

from .problems import RequestRefused
from .requests import Caller, header_values

# What is no element is matched last, whole: a search for one behind it could take very long.
_ENTITY_TAG: Final = re.compile(
    r'[ \t]*(?:(W/)?"([\x21\x23-\x7e\x80-\xff]*)"[ \t]*)?(?:,|$)|(.+)', re.DOTALL
)
_pack: Final = Encoder().encode
_REVISION: Final = re.compile("[1-9][0-9]{0,18}")


def list_etag(request: Caller, version: Version) -> str:
    """Of one question of one user: under `me`, two users of a browser ask at the same address."""
    asked = _pack((str(request.user.user), request.scope["query_string"], version.began_at))
    return f'"{version.revision}-{blake2b(asked, digest_size=6).hexdigest()}"'


def if_match(request: Caller, *, required: bool) -> IfMatch:
    """The revisions that a change is meant for; None if for any."""
    tags = _tags(request, b"if-match")
    if tags is None and required:
        raise RequestRefused(
            428, "precondition_required", "Say what you change: send If-Match with its ETag."
        )
    if tags is None or tags.match_any:
        return None
    # Only what is the same to the byte may be changed: a weak tag never matches.
    return {int(tag) for is_weak, tag in tags.listed if not is_weak and _REVISION.fullmatch(tag)}


def is_known(request: Caller, etag: str) -> bool:
    """Whether the client has this already (`If-None-Match`, of which weak tags match too)."""
    tags = _tags(request, b"if-none-match")
    return tags is not None and (
        tags.match_any or any(f'"{tag}"' == etag for _, tag in tags.listed)
    )


def only_if_new(request: Caller) -> bool:
    """Whether something is to be made only if it is not there (`If-None-Match: *`)."""
    tags = _tags(request, b"if-none-match")
    return tags is not None and tags.match_any


@dataclass(frozen=True, slots=True)
class _Tags:
    """What such a header says: `*`, or entity tags, each with whether it is weak."""

    match_any: bool
    listed: Sequence[tuple[bool, str]] = ()


def _tags(request: Caller, name: bytes) -> _Tags | None:
    values = header_values(request, name)
    if not values:
        return None
    text = ",".join(values)
    if text.strip() == "*":
        return _Tags(match_any=True)
    elements = [*_ENTITY_TAG.finditer(text)]
    listed = [(bool(each[1]), each[2]) for each in elements if each[2] is not None]
    if not listed or any(each[3] for each in elements):
        raise RequestRefused(
            400,
            "invalid_header",
            f"The header {name.decode().title()} is a list of entity tags or *.",
        )
    return _Tags(match_any=False, listed=listed)
