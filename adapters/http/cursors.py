"""Cursors that nobody else can make, and that go on with nothing but the list they are of."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from hmac import compare_digest
from typing import Any, Final
from uuid import UUID

from msgspec.msgpack import Decoder, Encoder

from honeydo.domain.listing import Cursor, Listing
from honeydo.domain.user import UserId

from .problems import RequestRefused

_MAC_SIZE: Final = 16
_pack: Final = Encoder(uuid_format="bytes").encode
_unpack: Final = Decoder(tuple[Any, UUID]).decode


@dataclass(frozen=True, slots=True)
class Cursors:
    """A cursor is the place where its page ended, behind a MAC of that, of the user and of what was
    asked for; not of the limit, so that a client may change the size of its pages.

    `key` has at most 64 bytes, the same ones wherever one deployment answers.
    """

    key: bytes = field(repr=False)

    def seal(self, cursor: Cursor, user: UserId, listing: Listing) -> str:
        return self._sealed(_pack((cursor.value, cursor.id)), user, listing)

    def open(self, text: str, user: UserId, listing: Listing) -> Cursor:
        """Raises `RequestRefused` unless it is to the letter what was sealed for them."""
        try:
            place = urlsafe_b64decode(text + "=" * (-len(text) % 4))[_MAC_SIZE:]
        except ValueError:
            raise _foreign() from None
        if not compare_digest(self._sealed(place, user, listing).encode(), text.encode()):
            raise _foreign()
        return Cursor(listing.sort, *_unpack(place))

    def _sealed(self, place: bytes, user: UserId, listing: Listing) -> str:
        meant: tuple[str | bool | datetime | bytes | None, ...] = (
            str(user),
            listing.is_completed,
            listing.is_deleted,
            listing.q,
            listing.created_since,
            listing.updated_since,
            listing.sort.by,
            listing.sort.descending,
            place,
        )
        mac = blake2b(_pack(meant), key=self.key, digest_size=_MAC_SIZE, person=b"cursor 1")
        return urlsafe_b64encode(mac.digest() + place).rstrip(b"=").decode()


def _foreign() -> RequestRefused:
    return RequestRefused(
        400, "invalid_cursor", "The parameter cursor is not from a Link of this list."
    )
