from collections.abc import AsyncIterator

import pytest

from tests.support.issuers import IssuerServer, running_issuer


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuers of the tests are on this machine, wherever its proxy is."""
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
async def server() -> AsyncIterator[IssuerServer]:
    """An issuer's server that publishes no keys yet."""
    async with running_issuer() as server:
        yield server
