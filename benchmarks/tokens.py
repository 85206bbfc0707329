"""Tokens of many users, by a shared secret or by an issuer that publishes its key."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, Literal, TypeAlias

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import OKPAlgorithm

from .data import user_id

Algorithm: TypeAlias = Literal["HS256", "EdDSA"]

ISSUER: Final = "https://issuer.example.com"
AUDIENCE: Final = "https://tasks.example.com"
_HOURS: Final = 24


@dataclass(frozen=True, eq=False)
class Issuer:
    """Signs tokens as Better Auth does: a subject, when, until when, by whom and for whom."""

    secret: str = "a secret for measurements, of more than 32 bytes"  # noqa: S105
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def token(self, user: str, algorithm: Algorithm = "HS256", *, hours: float = _HOURS) -> str:
        now = int(time.time())
        claims = {
            "sub": user,
            "iat": now,
            "exp": now + int(hours * 3_600),
            "iss": ISSUER,
            "aud": AUDIENCE,
        }
        key = self.secret if algorithm == "HS256" else self.key
        return jwt.encode(claims, key, algorithm, headers={"kid": "bench"})

    @cache  # noqa: B019  # there is one issuer, for as long as the benchmark runs
    def token_of(self, user: int, algorithm: Algorithm) -> str:
        """The same one whenever the user needs one."""
        return self.token(user_id(user), algorithm)

    def verification_key(self, algorithm: Algorithm) -> str:
        """What a server verifies with: the secret, or the public key as PEM."""
        if algorithm == "HS256":
            return self.secret
        public = self.key.public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    @contextmanager
    def published(self) -> Iterator[str]:
        """The address of the key set, for as long as the context."""
        jwk = OKPAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        body = json.dumps({"keys": [{**jwk, "kid": "bench", "alg": "EdDSA"}]}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "application/jwk-set+json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nobody wants to know."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}/jwks"
            finally:
                server.shutdown()
