"""An issuer's public keys (RFC 7517), and which of them may verify what."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Self

import jwt
import msgspec
from jwt.algorithms import Algorithm, get_default_algorithms

from .token import Token

_MIN_RSA_BITS: Final = 2_048  # RFC 7518, section 3.3
_MOST_KEYS: Final = 1_000

# RFC 8037 calls it EdDSA, whatever the curve; RFC 9864 gives it a name of its own over Ed25519.
_ED25519: Final = frozenset({"EdDSA", "Ed25519"})
_ALGORITHMS: Final[Mapping[tuple[str, str | None], frozenset[str]]] = {
    ("RSA", None): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("EC", "P-521"): frozenset({"ES512"}),
    ("OKP", "Ed25519"): _ED25519,
}
ALGORITHMS: Final = frozenset[str]().union(*_ALGORITHMS.values())
_VERIFIERS: Final[Mapping[str, Algorithm]] = {
    "Ed25519": get_default_algorithms()["EdDSA"],
    **get_default_algorithms(),
}


class _Jwk(msgspec.Struct, frozen=True):
    """What a key says of itself besides its numbers."""

    kty: str
    crv: str | None = None
    kid: str | None = None
    alg: str | None = None
    use: str = "sig"
    key_ops: Sequence[str] = ("verify",)


@dataclass(frozen=True, slots=True)
class Key:
    """A public key, and the algorithms that it may be used with."""

    id: str | None
    algorithms: frozenset[str]
    public: Any

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Self:
        """Raises `ValueError` that says why the key is of no use here."""
        try:
            jwk = msgspec.convert(parameters, _Jwk)
        except msgspec.ValidationError:
            raise ValueError("is malformed") from None
        if jwk.use != "sig" or "verify" not in jwk.key_ops:
            raise ValueError("is not for verifying signatures")
        if "d" in parameters:
            raise ValueError("is a private key that anybody can sign with")
        # Better Auth may name a curve even in an RSA key.
        curve = None if jwk.kty == "RSA" else jwk.crv
        algorithms = _ALGORITHMS.get((jwk.kty, curve), frozenset())
        if jwk.alg is not None:
            algorithms &= _ED25519 if jwk.alg in _ED25519 else {jwk.alg}
        if not algorithms:
            raise ValueError("is of a type or alg that is not supported")
        try:
            public = _VERIFIERS[min(algorithms)].from_jwk(dict(parameters))
        except (jwt.PyJWTError, ValueError, TypeError):
            raise ValueError("is malformed") from None
        if jwk.kty == "RSA" and public.key_size < _MIN_RSA_BITS:
            raise ValueError(f"has fewer than {_MIN_RSA_BITS:,} bits")
        return cls(jwk.kid, algorithms, public)

    def has_signed(self, token: Token) -> bool:
        return token.algorithm in self.algorithms and _VERIFIERS[token.algorithm].verify(
            token.signed, self.public, token.signature
        )


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys of an issuer that are of use, and why the others are not."""

    keys: tuple[Key, ...] = ()
    refused: tuple[str, ...] = ()

    @classmethod
    def of(cls, document: bytes) -> Self:
        """From a JWK set. Raises `ValueError` if it is none."""
        try:
            jwks = msgspec.json.decode(document, type=_JwkSet).keys
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise ValueError(f"is not a JWK set of at most {_MOST_KEYS:,} keys") from None
        by_id: dict[str | None, list[Key]] = defaultdict(list)
        refused = []
        for parameters in jwks:
            try:
                key = Key.of(parameters)
            except ValueError as reason:
                refused.append(f"key {parameters.get('kid')!r:.80} {reason}")
            else:
                by_id[key.id].append(key)
        keys = by_id.pop(None, [])
        for key_id, (key, *others) in by_id.items():
            # Whoever can add a key must not be able to pass it off as another.
            if any(other != key for other in others):
                refused.append(f"key {key_id!r:.80} is there twice, with different contents")
            else:
                keys.append(key)
        return cls(tuple(keys), tuple(refused))

    def find(self, token: Token) -> Key | None:
        """The key that a token names, or the only one that it can mean."""
        fitting = [key for key in self.keys if token.algorithm in key.algorithms]
        if token.key_id is not None:
            fitting = [key for key in fitting if key.id == token.key_id]
        return fitting[0] if len(fitting) == 1 else None


class _JwkSet(msgspec.Struct, frozen=True):
    keys: Annotated[Sequence[dict[str, Any]], msgspec.Meta(max_length=_MOST_KEYS)]
