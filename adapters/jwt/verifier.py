"""From a bearer token to whom it proves, whoever of those that we trust has issued it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Protocol

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity

from .shared_secret import SharedSecret
from .token import Token

_REMEMBERED: Final = 10_000


class Trusted(Protocol):
    @property
    def generation(self) -> int:
        """Changes whenever a token that was good may have become bad before it expires."""

    async def identity(self, token: Token) -> Identity:
        """Raises `InvalidToken`."""


@dataclass(frozen=True, slots=True)
class TokenVerifier:
    """A `VerifyToken`. The algorithm tells the shared secret's tokens from the issuers', so that a
    public key is never taken for a secret."""

    shared_secret: SharedSecret | None = None
    issuers: Mapping[str, Trusted] = field(default_factory=dict)
    _proved: dict[bytes, tuple[Identity, Trusted, int]] = field(
        default_factory=dict, init=False, repr=False
    )

    async def __call__(self, token: str) -> Identity:
        digest = sha256(token.encode(errors="surrogatepass")).digest()
        if proved := self._proved.get(digest):
            identity, trusted, generation = proved
            if identity.expires_at > time.time() and generation == trusted.generation:
                return identity
            self._proved.pop(digest, None)
        parsed = Token.parse(token)
        trusted = self._issuer_of(parsed)
        generation = trusted.generation  # It may change while we wait for the answer.
        identity = await trusted.identity(parsed)
        if len(self._proved) >= _REMEMBERED:
            self._proved.pop(next(iter(self._proved)))
        self._proved[digest] = identity, trusted, generation
        return identity

    def _issuer_of(self, token: Token) -> Trusted:
        if token.algorithm == SharedSecret.algorithm and self.shared_secret:
            return self.shared_secret
        named = token.claims.get("iss")
        trusted = self.issuers.get(named) if isinstance(named, str) else None
        if trusted is None:
            raise InvalidToken("from nobody we trust")
        return trusted
