"""An issuer's keys over the network: fetched apart from requests, kept, and kept fresh."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import KW_ONLY, dataclass, field
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from time import monotonic
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

from .jwk import Key, KeyRing
from .token import Token

logger: Final = logging.getLogger(__name__)

_LARGEST: Final = 262_144
# Some servers compress without being asked unless they are asked not to.
_HEADERS: Final = {
    "Accept": "application/jwk-set+json, application/json",
    "Accept-Encoding": "identity",
}


class FetchError(Exception):
    """The keys could not be had; says why in one line."""


@dataclass(slots=True, eq=False)
class KeySet:
    """The keys of one issuer, from `jwks_url`, or from where its metadata says they are.

    While the issuer does not answer, the keys that are known go on working. All times are in
    seconds.
    """

    issuer: str
    jwks_url: str | None = None
    _: KW_ONLY
    timeout: float = 5
    """For all that has to be asked for to get the keys."""
    refresh_interval: float = 300
    cool_down: float = 10
    """From the end of one fetch to the next."""
    ring: KeyRing = field(default_factory=KeyRing, init=False)
    generation: int = field(default=0, init=False)
    """Counts changes of the keys: what an earlier generation has verified is to be asked anew."""
    _client: httpx.AsyncClient = field(init=False, repr=False)
    _flight: asyncio.Task[None] | None = field(default=None, init=False, repr=False)
    _landed_at: float = field(default=float("-inf"), init=False, repr=False)

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[None]:
        """What `fetch` needs."""
        async with self._new_client() as self._client:
            yield

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Keeps the keys fresh in the background."""
        async with self.connected():
            refreshing = asyncio.create_task(self._refresh_for_ever())
            try:
                yield
            finally:
                tasks = [task for task in (refreshing, self._flight) if task]
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)

    async def find(self, token: Token) -> Key | None:
        """The key that a token names. For one that is unknown, the keys are fetched, but not again
        within the cool-down, however many tokens come."""
        if not (key := self.ring.find(token)):
            await self._fetch_unless_just_done()
            key = self.ring.find(token)
        return key

    async def fetch(self) -> None:
        """Replace the keys by what the issuer publishes now. Raises `FetchError`."""
        try:
            async with asyncio.timeout(self.timeout):
                url = self.jwks_url or await self._discovered()
                document = await self._get(url)
        except TimeoutError:
            raise FetchError(f"no answer within {self.timeout:g} seconds") from None
        try:
            ring = KeyRing.of(document)
        except ValueError as error:
            raise FetchError(f"{url} {error}") from None
        if ring != self.ring:
            self.ring = ring
            self.generation += 1

    async def _refresh_for_ever(self) -> None:
        while True:
            await self._fetch_unless_just_done()
            await asyncio.sleep(self.refresh_interval if self.ring.keys else self.cool_down)

    async def _fetch_unless_just_done(self) -> None:
        if self._flight is None or self._flight.done():
            if monotonic() - self._landed_at < self.cool_down:
                return
            self._flight = asyncio.create_task(self._fetch_and_land())
        # Whichever request started it may be cancelled; the others still wait for it.
        await asyncio.wait([self._flight])

    async def _fetch_and_land(self) -> None:
        known = self.generation
        try:
            await self.fetch()
            if self.generation > known:
                for refused in self.ring.refused:
                    logger.warning("Of the issuer %s, %s", self.issuer, refused)
        except FetchError as error:
            logger.warning("The keys of the issuer %s could not be fetched: %s", self.issuer, error)
        finally:
            self._landed_at = monotonic()

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

    def _new_client(self) -> httpx.AsyncClient:
        # A cookie that we kept would come back with every request, and spoil it if it is odd.
        no_cookies = CookieJar(DefaultCookiePolicy(allowed_domains=()))
        return httpx.AsyncClient(
            headers=_HEADERS,
            cookies=no_cookies,
            verify=_certificates(),
            timeout=None,  # noqa: S113  # each fetch has one for all that it does
        )

    async def _get(self, url: str) -> bytes:
        """Redirects are not followed: nothing but what is configured is ever fetched."""
        body = bytearray()
        try:
            async with self._client.stream("GET", url) as response:
                if response.status_code != httpx.codes.OK:
                    raise FetchError(f"{url} answered {response.status_code}")
                async for chunk in response.aiter_raw():
                    body += chunk
                    if len(body) > _LARGEST:
                        raise FetchError(f"{url} answered more than 256 KiB")
        # ValueError: a name in the answer's headers that is too odd for the libraries.
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise FetchError(f"{url}: {error!r:.200}") from None
        return bytes(body)


@cache
def _certificates() -> SSLContext:
    """Loading them takes long: once is enough for all issuers."""
    return httpx.create_ssl_context()


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str
