"""Who is asking, and whether it is their own collection: before any handler runs."""

from collections.abc import Iterable
from typing import Final

from litestar.types import Scope

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import VerifyToken
from honeydo.domain.ownership import own_collection

from .problems import TokenMissing
from .routing import Authenticate

MYSELF: Final = "me"
"""Stands in a path for the token's user, whose name may not fit there."""


def authentication(verify: VerifyToken) -> Authenticate:
    """For routes below `/{user_id}`: the request's `user` becomes the token's identity.

    Raises `TokenMissing`, `InvalidToken`, `NotYourCollection`.
    """

    async def authenticate(scope: Scope) -> None:
        identity = scope["user"] = await verify(_bearer_token(scope["headers"]))
        if (collection := scope["path_params"]["user_id"]) != MYSELF:
            own_collection(identity.user, collection)

    return authenticate


def _bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """The one token of the one Authorization header (RFC 6750, section 2.1)."""
    credentials = [value for name, value in headers if name == b"authorization"]
    if not credentials:
        raise TokenMissing
    if len(credentials) > 1:
        raise InvalidToken("several Authorization headers")
    scheme, _, token = credentials[0].partition(b" ")
    if scheme.lower() != b"bearer":
        raise TokenMissing
    try:
        return token.strip(b" ").decode("ascii")
    except UnicodeDecodeError:
        raise InvalidToken("not ASCII") from None
