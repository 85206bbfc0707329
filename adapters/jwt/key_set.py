"""An issuer's keys over the network: fetched apart from requests, kept, and kept fresh."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from .jwk import Key, KeyRing
from .token import Token

logger: Final = logging.getLogger(__name__)

_TIMEOUT: Final = 5.0
_LARGEST: Final = 262_144
_REFRESH: Final = 300.0
_COOL_DOWN: Final = 10.0


class FetchError(Exception):
    """The keys could not be had; says why in one line."""


@dataclass(slots=True, eq=False)
class KeySet:
    """The keys of one issuer, from `jwks_url`, or from where its metadata says they are.

    While the issuer does not answer, the keys that are known go on working.
    """

    issuer: str
    jwks_url: str | None = None
    ring: KeyRing = field(default_factory=KeyRing, init=False)
    generation: int = field(default=0, init=False)
    """Counts changes of the keys: what an earlier generation has verified is to be asked anew."""
    _client: httpx.AsyncClient = field(init=False, repr=False)
    _flight: asyncio.Task[None] | None = field(default=None, init=False, repr=False)
    _attempted_at: float = field(default=float("-inf"), init=False, repr=False)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keeps the keys fresh in the background."""
        async with httpx.AsyncClient(
            timeout=_TIMEOUT, headers={"Accept": "application/json", "Accept-Encoding": "identity"}
        ) as self._client:
            refreshing = asyncio.create_task(self._refresh_for_ever())
            try:
                yield
            finally:
                for task in filter(None, (refreshing, self._flight)):
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task

    async def find(self, token: Token) -> Key | None:
        """The key that a token names. For one that is unknown, the keys are fetched, but not again
        within ten seconds, however many tokens come."""
        if not (key := self.ring.find(token)):
            await self._fetch_unless_just_done()
            key = self.ring.find(token)
        return key

    async def fetch(self) -> None:
        """Replace the keys by what the issuer publishes now. Raises `FetchError`."""
        self._attempted_at = monotonic()
        url = self.jwks_url or await self._discovered()
        try:
            ring = KeyRing.of(await self._get(url))
        except ValueError as error:
            raise FetchError(f"{url} {error}") from None
        if ring != self.ring:
            self.ring = ring
            self.generation += 1
            for refused in ring.refused:
                logger.warning("Of the issuer %s, %s", self.issuer, refused)

    async def _refresh_for_ever(self) -> None:
        while True:
            await self._fetch_unless_just_done()
            await asyncio.sleep(_REFRESH if self.ring.keys else _COOL_DOWN)

    async def _fetch_unless_just_done(self) -> None:
        if self._flight is None and monotonic() - self._attempted_at >= _COOL_DOWN:
            self._flight = asyncio.create_task(self._fetch_and_land())
        if self._flight:
            # The request that started it may be cancelled; the others still wait for it.
            await asyncio.shield(self._flight)

    async def _fetch_and_land(self) -> None:
        try:
            await self.fetch()
        except FetchError as error:
            logger.warning("The keys of the issuer %s could not be fetched: %s", self.issuer, error)
        finally:
            self._flight = None

    async def _discovered(self) -> str:
        """OpenID Connect Discovery, section 4, or else RFC 8414, section 3."""
        issuer = urlsplit(self.issuer.rstrip("/"))
        origin = f"{issuer.scheme}://{issuer.netloc}"
        try:
            document = await self._get(f"{origin}{issuer.path}/.well-known/openid-configuration")
        except FetchError:
            document = await self._get(
                f"{origin}/.well-known/oauth-authorization-server{issuer.path}"
            )
        try:
            metadata = msgspec.json.decode(document, type=_Metadata)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise FetchError("the issuer's metadata is malformed") from None
        if metadata.issuer != self.issuer:
            raise FetchError("the issuer's metadata names another issuer")
        if not metadata.jwks_uri.startswith(("https://", f"{origin}/")):
            raise FetchError("the issuer's metadata has a jwks_uri without https")
        return metadata.jwks_uri

    async def _get(self, url: str) -> bytes:
        """Redirects are not followed: nothing but what is configured is ever fetched."""
        body = bytearray()
        try:
            async with asyncio.timeout(_TIMEOUT), self._client.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    raise FetchError(f"{url} answered {response.status_code}")
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise FetchError(f"{url} answered more than 256 KiB")
        except TimeoutError:
            raise FetchError(f"{url} did not answer within {_TIMEOUT:.0f} seconds") from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(f"{url}: {type(error).__name__}") from None
        return bytes(body)


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str
