"""Who plays in the attacks: two issuers and their keys, and Eve."""

from collections.abc import Mapping
from typing import Any, Final

from tests.support.issuers import SigningKey
from tests.support.tokens import encoded

ISSUER: Final = "https://id.example"
OTHER_ISSUER: Final = "https://other.example"

ED25519, P256, P384, P521, RSA, RSA_PSS = KEYS = [
    SigningKey(algorithm, f"the {algorithm} key")
    for algorithm in ("EdDSA", "ES256", "ES384", "ES512", "RS256", "PS256")
]
ANY_RSA: Final = SigningKey("RS512", "for any RSA algorithm")
OTHERS: Final = SigningKey("EdDSA", "the other issuer's")
EVES: Final = SigningKey("EdDSA", "Eve's")

FOR_ENCRYPTION: Final = SigningKey("EdDSA", "for encryption")
FOR_SIGNING_ALONE: Final = SigningKey("EdDSA", "for signing alone")
PRIVATE: Final = SigningKey("EdDSA", "private")
DOUBLED: Final = SigningKey("EdDSA", "doubled")
DOUBLE: Final = SigningKey("EdDSA", "double")
WEAK: Final = SigningKey("RS256", "weak", bits=1_024)
SECRET_IN_PUBLIC: Final = b"a secret that the issuer publishes"


def published() -> list[Mapping[str, Any]]:
    """The issuer's keys. Those after the first two lines are not to be used."""
    return [
        *(key.jwk() for key in KEYS),
        ANY_RSA.jwk(alg=...),
        FOR_ENCRYPTION.jwk(use="enc"),
        FOR_SIGNING_ALONE.jwk(key_ops=["sign"]),
        PRIVATE.jwk(d=encoded(PRIVATE.private.private_bytes_raw())),
        DOUBLED.jwk(),
        DOUBLE.jwk(kid=DOUBLED.id),
        WEAK.jwk(),
        {"kty": "oct", "kid": "secret", "alg": "HS256", "k": encoded(SECRET_IN_PUBLIC)},
    ]
