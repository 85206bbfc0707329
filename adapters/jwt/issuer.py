"""Tokens of an issuer that publishes its keys: Better Auth's JWT plugin, or any OpenID provider."""

from dataclasses import dataclass

from honeydo.application.errors import InvalidToken
from honeydo.application.ports import Identity

from .claims import identity
from .jwk import ALGORITHMS
from .key_set import KeySet
from .token import Token


@dataclass(frozen=True, slots=True)
class Issuer:
    """Trusted for tokens with its name as `iss` and one of `audiences` as `aud`."""

    keys: KeySet
    audiences: tuple[str, ...]

    @property
    def generation(self) -> int:
        return self.keys.generation

    async def identity(self, token: Token) -> Identity:
        # First what costs nothing: a token that cannot be for us must not make us fetch keys.
        if token.algorithm not in ALGORITHMS:
            raise InvalidToken("of an algorithm that is not supported")
        claimed = identity(token.claims, issuer=self.keys.issuer, audiences=self.audiences)
        key = await self.keys.find(token)
        if key is None or not key.has_signed(token):
            raise InvalidToken("not signed by a key of its issuer")
        return claimed
