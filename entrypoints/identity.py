"""Whose tokens prove a user: the shared secret's, and those of issuers that publish their keys."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.adapters.jwt.verifier import TokenVerifier

from .settings import Settings

if TYPE_CHECKING:
    from honeydo.adapters.jwt.issuer import Issuer


def issuers(settings: Settings) -> Mapping[str, Issuer]:
    """By their names. Their keys are to be `opened()` while tokens are verified."""
    if not settings.trusted_issuers:
        return {}
    # Load cryptography and an HTTP client, for which a server of the secret alone need not wait.
    from honeydo.adapters.jwt.issuer import Issuer
    from honeydo.adapters.jwt.key_set import KeySet

    return {
        trusted.issuer: Issuer(KeySet(trusted.issuer, trusted.jwks_url), trusted.audiences)
        for trusted in settings.trusted_issuers
    }


def token_verifier(settings: Settings, issuers: Mapping[str, Issuer]) -> TokenVerifier:
    if settings.secret is None:
        return TokenVerifier(None, issuers)
    shared = SharedSecret(settings.secret, settings.jwt_issuer, settings.jwt_audience)
    return TokenVerifier(shared, issuers)
