"""Whose tokens prove a user: the shared secret's, and those of issuers that publish their keys."""

from collections.abc import Mapping

from honeydo.adapters.jwt.issuer import Issuer
from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier

from .settings import Settings


def issuers(settings: Settings) -> Mapping[str, Issuer]:
    """By their names. Their keys are to be `opened()` while tokens are verified."""
    return {
        trusted.issuer: Issuer(KeySet(trusted.issuer, trusted.jwks_url), trusted.audiences)
        for trusted in settings.trusted_issuers
    }


def token_verifier(settings: Settings, issuers: Mapping[str, Issuer]) -> TokenVerifier:
    if settings.secret is None:
        return TokenVerifier(None, issuers)
    shared = SharedSecret(settings.secret, settings.jwt_issuer, settings.jwt_audience)
    return TokenVerifier(shared, issuers)
