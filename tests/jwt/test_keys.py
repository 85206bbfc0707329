"""Which keys of a JWK set are of use (RFC 7517, RFC 7518, RFC 8037)."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from honeydo.adapters.jwt.jwk import KeyRing
from honeydo.adapters.jwt.token import Token
from tests.support.issuers import SigningKey
from tests.support.tokens import claims

ED25519, P256, P384, P521, RSA = (
    SigningKey(algorithm) for algorithm in ("EdDSA", "ES256", "ES384", "ES512", "RS256")
)


def ring(*jwks: object) -> KeyRing:
    return KeyRing.of(json.dumps({"keys": jwks}).encode())


def names(ring: KeyRing) -> list[str | None]:
    return [key.id for key in ring.keys]


def private(key: SigningKey) -> dict[str, Any]:
    library: Any = {"EdDSA": OKPAlgorithm, "ES512": ECAlgorithm, "RS256": RSAAlgorithm}[
        key.algorithm
    ]
    return {**library.to_jwk(key.private, as_dict=True), "key_ops": ["verify"], "kid": "private"}


OF_NO_USE: dict[str, Mapping[str, Any]] = {
    "nothing": {},
    "no type": ED25519.jwk(kty=...),
    "a type that is a number": ED25519.jwk(kty=1),
    "a type in other letters": ED25519.jwk(kty="okp"),
    "an unknown type": ED25519.jwk(kty="AKP"),
    "a secret": {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
    "no curve": ED25519.jwk(crv=...),
    "a curve that is a number": ED25519.jwk(crv=25_519),
    "a curve that is for encryption": ED25519.jwk(crv="X25519"),
    "the curve of another type": ED25519.jwk(crv="P-256"),
    "a curve that we do not have": {**P256.jwk(), "crv": "secp256k1", "alg": "ES256K"},
    "the curve of another size": P256.jwk(crv="P-384", alg="ES384"),
    "a name that is a number": ED25519.jwk(kid=1),
    "a name that is a list": ED25519.jwk(kid=["first"]),
    "a name that is an object": ED25519.jwk(kid={"": ""}),
    # RFC 7517, sections 4.2 and 4.3.
    "for encryption": ED25519.jwk(use="enc"),
    "for nothing": ED25519.jwk(use=""),
    "for a number": ED25519.jwk(use=1),
    "for several": ED25519.jwk(use=["sig"]),
    "for verifying and encryption": ED25519.jwk(use="enc", key_ops=["verify"]),
    "operations without verifying": ED25519.jwk(key_ops=["sign", "encrypt"]),
    "no operations": ED25519.jwk(key_ops=[]),
    "an operation": ED25519.jwk(key_ops="verify"),
    "operations that are numbers": ED25519.jwk(key_ops=["verify", 1]),
    "operations null": ED25519.jwk(key_ops=None),
    # RFC 7517, section 4.4.
    "an algorithm of another type": ED25519.jwk(alg="ES256"),
    "an algorithm of another curve": P384.jwk(alg="ES256"),
    "an algorithm with a secret": RSA.jwk(alg="HS256"),
    "an algorithm for encryption": RSA.jwk(alg="RSA-OAEP"),
    "an algorithm in other letters": RSA.jwk(alg="rs256"),
    "the algorithm none": RSA.jwk(alg="none"),
    "an algorithm that is a number": RSA.jwk(alg=256),
    "algorithms": RSA.jwk(alg=["RS256"]),
    # The numbers.
    "no coordinate": ED25519.jwk(x=...),
    "half a coordinate": ED25519.jwk(x="AAAA"),
    "a coordinate that is a number": ED25519.jwk(x=1),
    "a coordinate that is null": P256.jwk(y=None),
    "a coordinate that is a list": P256.jwk(x=[]),
    "no second coordinate": P256.jwk(y=...),
    "a point that is not on its curve": P256.jwk(y=P256.jwk()["x"]),
    "the point at zero": P256.jwk(x="A" * 43, y="A" * 43),
    "no modulus": RSA.jwk(n=...),
    "a modulus of zero": RSA.jwk(n="AA"),
    "a modulus that is a number": RSA.jwk(n=5),
    "no exponent": RSA.jwk(e=...),
    "an exponent of one": RSA.jwk(e="AQ"),
    "an even exponent": RSA.jwk(e="Ag"),
    "too few bits": SigningKey("RS256", bits=1_024).jwk(),
    # What everybody has seen proves nothing any more.
    "a private RSA key": private(RSA),
    "a private key of a curve": private(P521),
    "a private Ed25519 key": private(ED25519),
}


@pytest.mark.parametrize("flaw", OF_NO_USE)
def test_a_key_that_is_of_no_use_is_left_out_and_others_stay(flaw: str) -> None:
    other = SigningKey("ES512", "other")
    found = ring(OF_NO_USE[flaw], other.jwk())

    assert names(found) == ["other"]
    assert len(found.refused) == 1


@pytest.mark.parametrize("name", [None, 42, "", "bad\n\x1b[31m" * 1_000, ["bad\n"], {"\n": "bad"}])
def test_why_a_key_is_of_no_use_is_said_in_one_short_line(name: object) -> None:
    (why,) = ring(ED25519.jwk(use="enc", kid=name)).refused

    assert repr(name)[:80] in why
    assert why.isprintable()
    assert len(why) < 200


@pytest.mark.parametrize(
    "other",
    [
        ED25519.jwk(x=SigningKey("EdDSA", "other").jwk()["x"]),
        ED25519.jwk(alg="EdDSA") | P256.jwk(),
        P256.jwk(),
        RSA.jwk(),
    ],
    ids=["another of its type", "another curve", "another type", "an RSA key"],
)
def test_keys_that_differ_under_one_name_are_both_left_out(other: dict[str, Any]) -> None:
    for jwks in ([ED25519.jwk(), other], [other, ED25519.jwk()], [ED25519.jwk(), other] * 2):
        found = ring(*jwks, P384.jwk(kid="another"))

        assert names(found) == ["another"]
        assert found.refused == ("key 'first' is there twice, with different contents",)


def test_a_key_may_be_there_twice() -> None:
    found = ring(RSA.jwk(), RSA.jwk(x5c=["MIIB"]), RSA.jwk(use="sig"))

    assert names(found) == ["first"]
    assert not found.refused


def test_a_key_of_no_use_does_not_take_the_name_of_another() -> None:
    found = ring(P256.jwk(use="enc"), ED25519.jwk())

    assert [key.algorithms for key in found.keys] == [{"EdDSA", "Ed25519"}]


def test_a_key_verifies_nothing_by_another_algorithm() -> None:
    (key,) = ring(RSA.jwk()).keys
    own, another = (
        Token.parse(SigningKey(algorithm, RSA.id).token(claims()))
        for algorithm in ("RS256", "RS512")
    )

    assert key.has_signed(own)
    assert not key.has_signed(another)


@pytest.mark.parametrize(
    "document",
    [b"\xff", b'{"keys": [{"kid": "\xff"}]}', b'{"keys": [{"x": ' + b"[" * 100_000, b"[" * 100_000],
    ids=["no JSON", "no UTF-8", "a deep nest in a key", "a deep nest"],
)
def test_what_is_no_set_is_refused_as_such(document: bytes) -> None:
    with pytest.raises(ValueError, match="is not a JWK set"):
        KeyRing.of(document)


def test_a_set_has_at_most_a_thousand_keys() -> None:
    assert len(ring(*[{}] * 1_000).refused) == 1_000
    with pytest.raises(ValueError, match="at most 1,000 keys"):
        ring(*[{}] * 1_001)
