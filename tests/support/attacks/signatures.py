"""Signatures that are none, or those of another key or algorithm."""

import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS, PKCS1v15
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.support.issuers import SigningKey, claims_of
from tests.support.tokens import claims, encoded, signed

from .cast import (
    ANY_RSA,
    DOUBLE,
    DOUBLED,
    ED25519,
    EVES,
    FOR_ENCRYPTION,
    FOR_SIGNING_ALONE,
    ISSUER,
    KEYS,
    OTHER_ISSUER,
    OTHERS,
    P256,
    P384,
    P521,
    PRIVATE,
    RSA,
    RSA_PSS,
    SECRET_IN_PUBLIC,
    WEAK,
)

_SPELLINGS: Final = ["none", "None", "NONE", "nOnE", "none ", "", "null", "\0none", "n\u043ene"]
_HASHES: Final = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}
_FORMS: Final[Mapping[str, Callable[[SigningKey], bytes]]] = {
    "PEM": lambda key: _spki(key, Encoding.PEM),
    "PEM without its last new line": lambda key: _spki(key, Encoding.PEM).strip(),
    "DER": lambda key: _spki(key, Encoding.DER),
    "JWK": lambda key: json.dumps(key.jwk()).encode(),
    "bare JWK": lambda key: json.dumps(key.jwk(kid=..., alg=...), separators=(",", ":")).encode(),
}
_DAMAGES: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "zeros": lambda signature: bytes(len(signature)),
    "ones": lambda signature: b"\xff" * len(signature),
    "the number one": lambda signature: bytes(len(signature) - 1) + b"\1",
    "a byte": lambda _: b"\0",
    "a byte less": lambda signature: signature[:-1],
    "a byte more": lambda signature: signature + b"\0",
    "a zero in front": lambda signature: b"\0" + signature,
    "half": lambda signature: signature[: len(signature) // 2],
    "twice": lambda signature: signature * 2,
    "another bit": lambda signature: signature[:-1] + bytes([signature[-1] ^ 1]),
    "in hexadecimal": lambda signature: signature.hex().encode(),
}
_ORDER_OF_P256: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_ORDER_OF_ED25519: Final = 2**252 + 27742317777372353535851937790883648493


def _spki(key: SigningKey, encoding: Encoding) -> bytes:
    public: bytes = key.private.public_key().public_bytes(
        encoding, PublicFormat.SubjectPublicKeyInfo
    )
    return public


def _by(key: SigningKey, **header: object) -> Callable[[], str]:
    """Signed with the key, whatever the header says."""
    return lambda: key.token(claims_of(ISSUER), **header)


def _as(key: SigningKey, algorithm: str) -> Callable[[], str]:
    """Signed with the key as if it were for the algorithm, which the header names."""
    return lambda: SigningKey(algorithm, key.id).token(claims_of(ISSUER))


def _with(
    sign: Callable[[bytes], bytes], key: SigningKey = ED25519, **header: object
) -> Callable[[], str]:
    return lambda: signed(claims_of(ISSUER), key.header(**header), sign)


def _damaged(key: SigningKey, damage: Callable[[bytes], bytes]) -> Callable[[], str]:
    return _with(lambda message: damage(key.sign(message)), key)


def _with_secret(
    key: SigningKey, secret: Callable[[SigningKey], bytes], algorithm: str = "HS256"
) -> Callable[[], str]:
    """HMAC, with what everybody knows as the secret (RFC 8725, section 2.1)."""
    digest = _HASHES[algorithm]
    return _with(lambda message: hmac.digest(secret(key), message, digest), key, alg=algorithm)


def _by_library(key: SigningKey, *how: Any) -> Callable[[], str]:
    return _with(lambda message: key.private.sign(message, *how), key)


def _beyond_the_order(signature: bytes) -> bytes:
    """The same point, with a number that is no longer the least (RFC 8032, section 5.1.7)."""
    number = int.from_bytes(signature[32:], "little") + _ORDER_OF_ED25519
    return signature[:32] + number.to_bytes(32, "little")


ATTACKS: Final[Mapping[str, Callable[[], str]]] = {
    "no algorithm": _by(ED25519, alg=...),
    "algorithm null": _by(ED25519, alg=None),
    "a list of algorithms": _by(ED25519, alg=["EdDSA"]),
    "an algorithm in other letters": _by(ED25519, alg="eddsa"),
    **{f"algorithm {spelling!r}": _by(ED25519, alg=spelling) for spelling in _SPELLINGS},
    **{
        f"algorithm {spelling!r}, not signed": _with(lambda _: b"", alg=spelling)
        for spelling in _SPELLINGS
    },
    "not signed": _with(lambda _: b""),
    # What is public is no secret.
    **{
        f"{algorithm} with {key.id} as {form}": _with_secret(key, secret, algorithm)
        for key in (ED25519, P256, RSA)
        for form, secret in _FORMS.items()
        for algorithm in _HASHES
    },
    "a public coordinate as a secret": _with_secret(
        ED25519, lambda key: key.private.public_key().public_bytes_raw()
    ),
    "an empty secret": _with_secret(ED25519, lambda _: b""),
    "a secret among the public keys": _with_secret(
        SigningKey("EdDSA", "secret"), lambda _: SECRET_IN_PUBLIC
    ),
    # Keys that are not for this.
    "a key for encryption": _by(FOR_ENCRYPTION),
    "a key for signing alone": _by(FOR_SIGNING_ALONE),
    "a key whose private part is public": _by(PRIVATE),
    "an RSA key of 1024 bits": _by(WEAK),
    "one of two keys with one name": _by(DOUBLED),
    "the other of two keys with one name": _by(DOUBLE, kid=DOUBLED.id),
    "the key of another issuer": _by(OTHERS),
    "the key of another issuer under a name of this one": _by(OTHERS, kid=ED25519.id),
    "another issuer's name over a key of this one": lambda: ED25519.token(claims_of(OTHER_ISSUER)),
    "an unknown key": _by(EVES),
    "an unknown key under a known name": _by(EVES, kid=ED25519.id),
    "no name of a key where several fit": _by(ANY_RSA, alg="RS256", kid=...),
    # Algorithms that are not the key's (RFC 8725, section 3.1).
    **{
        f"{algorithm} over {key.id}": _by(key, alg=algorithm)
        for key in KEYS
        for algorithm in ("EdDSA", "Ed448", "ES256", "ES256K", "ES384", "ES512", "RS256", "PS256")
        if algorithm != key.algorithm
    },
    "RS512 with a key for RS256": _as(RSA, "RS512"),
    "PS256 with a key for RS256": _as(RSA, "PS256"),
    "RS256 with a key for PS256": _as(RSA_PSS, "RS256"),
    "ES256 with a key of 384 bits": _with(
        lambda message: P384.private.sign(message, ECDSA(hashes.SHA256())), P384, alg="ES256"
    ),
    "RS256 with another hash": _by_library(RSA, PKCS1v15(), hashes.SHA512()),
    "PS256 without salt": _by_library(RSA_PSS, PSS(MGF1(hashes.SHA256()), 0), hashes.SHA256()),
    "PS256 with another hash": _by_library(
        RSA_PSS, PSS(MGF1(hashes.SHA512()), 64), hashes.SHA512()
    ),
    # Signatures that are not well-formed.
    **{
        f"a signature by {key.id}: {name}": _damaged(key, damage)
        for key in (*KEYS, ANY_RSA)
        for name, damage in _DAMAGES.items()
    },
    "ECDSA in DER": _by_library(P256, ECDSA(hashes.SHA256())),
    "ECDSA by the order of the curve": _with(
        lambda _: _ORDER_OF_P256.to_bytes(32, "big") * 2, P256
    ),
    "ECDSA of 521 bits without the zero in front": _damaged(P521, lambda signature: signature[1:]),
    "EdDSA by a number beyond the order": _damaged(ED25519, _beyond_the_order),
    "the signature of another token": lambda: ".".join(
        [
            *ED25519.token(claims_of(ISSUER, sub="eve")).split(".")[:2],
            ED25519.token(claims()).split(".")[2],
        ]
    ),
    # Keys that the token brings along.
    "a key of its own": _by(EVES, jwk=EVES.jwk()),
    "a key of its own under a known name": _by(EVES, kid=ED25519.id, jwk=EVES.jwk()),
    "a key of its own without a name": _by(EVES, kid=..., jwk=EVES.jwk(kid=...)),
    "a secret of its own": _with(
        lambda message: hmac.digest(SECRET_IN_PUBLIC, message, "sha256"),
        alg="HS256",
        jwk={"kty": "oct", "k": encoded(SECRET_IN_PUBLIC)},
    ),
    "an address of keys": _by(EVES, jku="https://evil.example/jwks"),
    "an address of certificates": _by(EVES, x5u="https://evil.example/certificate"),
    "a certificate": _by(EVES, x5c=["MIIB"], x5t="abc"),
}
