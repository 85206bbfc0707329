"""From a bearer token to a user (RFC 7519, RFC 8725)."""
