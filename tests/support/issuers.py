"""Issuers of tokens: real keys of every algorithm, and a server that publishes them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import get_default_algorithms

from honeydo.adapters.jwt.issuer import Issuer
from honeydo.adapters.jwt.key_set import KeySet
from honeydo.adapters.jwt.verifier import TokenVerifier
from honeydo.application.errors import InvalidToken
from honeydo.application.ports import VerifyToken
from tests.support.tokens import claims, signed

AUDIENCE: Final = "https://honeydo.example"
ALGORITHMS: Final = (
    *("EdDSA", "Ed25519", "ES256", "ES384", "ES512"),
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
)
_CURVES: Final[Mapping[str, ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1(),
    "ES384": ec.SECP384R1(),
    "ES512": ec.SECP521R1(),
}


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key, as its issuer has it; another id is another key."""

    algorithm: str
    id: str = "first"
    bits: int = 2_048

    @property
    def private(self) -> Any:
        return _private_key(_family(self.algorithm), self.id, self.bits)

    def sign(self, message: bytes) -> bytes:
        signature: bytes = _library(self.algorithm).sign(message, self.private)
        return signature

    def jwk(self, **changed: object) -> dict[str, Any]:
        """What the issuer publishes of it, with some members changed, added or, by an ellipsis,
        left out."""
        public = _library(self.algorithm).to_jwk(self.private.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return present(public | {"kid": self.id, "alg": self.algorithm} | changed)

    def token(self, payload: Mapping[str, Any] | bytes, **header: object) -> str:
        """A token signed with it, whatever its header says."""
        return signed(payload, self.header(**header), self.sign)

    def header(self, **changed: object) -> dict[str, Any]:
        return present({"alg": self.algorithm, "kid": self.id} | changed)


def present(members: Mapping[str, object]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not ...}


def _library(algorithm: str) -> Any:
    return get_default_algorithms()["EdDSA" if algorithm == "Ed25519" else algorithm]


def _family(algorithm: str) -> str:
    return "RSA" if algorithm[0] in "RP" else algorithm


@cache
def _private_key(family: str, _id: str, bits: int) -> Any:
    match family:
        case "RSA":
            return rsa.generate_private_key(65_537, bits)
        case "EdDSA" | "Ed25519":
            return ed25519.Ed25519PrivateKey.generate()
        case _:
            return ec.generate_private_key(_CURVES[family])


Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass(slots=True, eq=False)
class IssuerServer:
    """An issuer's HTTP server, which answers as a test determines and remembers who asked for what.

    Its port is its own from the beginning, but refuses connections until the server has started.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    """The paths that were asked for."""
    origin: str = field(init=False)
    _socket: socket.socket = field(default_factory=socket.socket)
    _connections: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._socket.bind(("127.0.0.1", 0))
        self.origin = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    @property
    def jwks_url(self) -> str:
        return f"{self.origin}/jwks"

    def publish(self, *keys: SigningKey | Mapping[str, Any]) -> None:
        """From now on, these are the issuer's keys."""
        jwks = [key.jwk() if isinstance(key, SigningKey) else key for key in keys]
        self.answers["/jwks"] = document({"keys": jwks})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._connections.add(asyncio.create_task(self._converse(reader, writer)))

        async with await asyncio.start_server(accept, sock=self._socket):
            try:
                yield
            finally:
                for connection in self._connections:
                    connection.cancel()
                await asyncio.gather(*self._connections, return_exceptions=True)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ")[1].decode()
                self.requests.append(path)
                await self.answers.get(path, NOT_FOUND)(writer)
                await writer.drain()
            finally:
                writer.close()


@asynccontextmanager
async def running_issuer(*keys: SigningKey | Mapping[str, Any]) -> AsyncIterator[IssuerServer]:
    server = IssuerServer()
    server.publish(*keys)
    async with server.running():
        yield server


@asynccontextmanager
async def trusting(*keys: KeySet) -> AsyncIterator[TokenVerifier]:
    """A verifier of these issuers' tokens for us."""
    issuers = {key_set.issuer: Issuer(key_set, (AUDIENCE,)) for key_set in keys}
    async with AsyncExitStack() as stack:
        for key_set in keys:
            await stack.enter_async_context(key_set.opened())
        yield TokenVerifier(issuers=issuers)


async def user_of(verify: VerifyToken, token: str) -> str:
    return (await verify(token)).user


async def refuse(verify: VerifyToken, token: str) -> None:
    with pytest.raises(InvalidToken):
        await verify(token)


def claims_of(issuer: str, **changed: object) -> dict[str, object]:
    """Claims of the issuer that prove ada to us for an hour, changed like any others."""
    return claims(**{"iss": issuer, "aud": AUDIENCE} | changed)


def document(content: object, status: str = "200 OK", headers: Sequence[str] = ()) -> Answer:
    """Answers with the content, as JSON unless it is bytes."""
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    fields = [f"Content-Length: {len(body)}", "Connection: close", *headers]
    return raw("\r\n".join([f"HTTP/1.1 {status}", *fields, "", ""]).encode() + body)


def raw(response: bytes) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(response)

    return answer


def late(answer: Answer, released: asyncio.Event) -> Answer:
    """The same answer, once the event has happened."""

    async def wait_and_answer(writer: asyncio.StreamWriter) -> None:
        await released.wait()
        await answer(writer)

    return wait_and_answer


async def drip(writer: asyncio.StreamWriter) -> None:
    """White space in front of a document that never comes."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.001)


async def hang_up(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


NOT_FOUND: Final = document({}, "404 Not Found")


async def eventually(condition: Callable[[], object]) -> None:
    """Wait until it holds."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  # no event tells of it
            await asyncio.sleep(0.001)
