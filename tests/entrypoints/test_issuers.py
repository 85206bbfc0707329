"""Trusting issuers that publish their keys, by setting."""

import asyncio
import json
from pathlib import Path

import pytest

from honeydo.entrypoints import development
from honeydo.entrypoints.doctor import Check, examine
from honeydo.entrypoints.errors import SettingsError
from honeydo.entrypoints.parsing import TrustedIssuer
from honeydo.entrypoints.settings import Settings
from tests.support.issuers import IssuerServer, SigningKey

EXAMPLE = {"issuer": "https://id.example.com/", "audience": "https://tasks.example.com"}


@pytest.mark.parametrize("url", ["https://auth.example.com", "http://localhost:3000"])
def test_the_address_of_better_auth_is_all_that_it_takes(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("BETTER_AUTH_URL", url)

    assert Settings.read().trusted_issuers == (TrustedIssuer(url, (url,), f"{url}/api/auth/jwks"),)


def test_others_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {"issuer": "https://b", "audience": ["one", "two"], "jwks_url": "https://b/keys"}
    monkeypatch.setenv("HONEYDO_ISSUERS", json.dumps([EXAMPLE, other]))

    assert Settings.read().trusted_issuers == (
        TrustedIssuer("https://id.example.com/", ("https://tasks.example.com",)),
        TrustedIssuer("https://b", ("one", "two"), "https://b/keys"),
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BETTER_AUTH_URL", "auth.example.com"),
        ("BETTER_AUTH_URL", "ftp://auth.example.com"),
        ("BETTER_AUTH_URL", "https://user:password@auth.example.com"),
        ("HONEYDO_ISSUERS", "https://id.example.com"),
        ("HONEYDO_ISSUERS", "{}"),
        ("HONEYDO_ISSUERS", "[1]"),
        ("HONEYDO_ISSUERS", json.dumps([{"issuer": "https://a"}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"audience": ""}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"audience": []}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"audience": [1]}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"issuer": 1}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"jwks_url": "keys.json"}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"issuer": "https://[::1"}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"issuer": "https://a:99999"}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE | {"jwks": "https://a/b"}])),
        ("HONEYDO_ISSUERS", json.dumps([EXAMPLE, EXAMPLE])),
    ],
)
def test_a_mistake_is_a_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(SettingsError, match=f"^{name} ") as mistake:
        Settings.read()

    assert "\n" not in str(mistake.value)


def test_an_issuer_is_not_trusted_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_URL", "https://auth.example.com")
    again = {"issuer": "https://auth.example.com", "audience": "another"}
    monkeypatch.setenv("HONEYDO_ISSUERS", json.dumps([again]))

    with pytest.raises(SettingsError, match="HONEYDO_ISSUERS"):
        Settings.read()


def test_where_an_issuer_is_trusted_nobody_makes_tokens_of_their_own(tmp_path: Path) -> None:
    issuer = TrustedIssuer("https://id.example.com", ("honeydo",))
    settings = Settings(issuers=(issuer,), data_dir=tmp_path)

    with pytest.raises(SettingsError, match="BETTER_AUTH_SECRET is not set"):
        development.token(settings, "ada")

    assert [*tmp_path.iterdir()] == []


async def issuer_check(settings: Settings) -> Check:
    checks = await asyncio.to_thread(lambda: [*examine(settings)])
    [check] = [check for check in checks if check.name.startswith("issuer ")]
    return check


def trusting(server: IssuerServer, data_dir: Path) -> Settings:
    trusted = TrustedIssuer(server.origin, ("honeydo",), server.jwks_url)
    return Settings(issuers=(trusted,), data_dir=data_dir)


async def test_the_doctor_shows_an_issuers_keys(tmp_path: Path) -> None:
    server = IssuerServer()
    server.publish(SigningKey("ES256", "mine"), SigningKey("RS256", "weak", bits=1_024))
    async with server.running():
        check = await issuer_check(trusting(server, tmp_path))

    assert check.is_fine
    assert "mine (ES256)" in check.finding
    assert "'weak' has fewer than 2,048 bits" in check.finding


async def test_the_doctor_finds_an_issuer_without_keys(tmp_path: Path) -> None:
    server = IssuerServer()
    server.publish()
    async with server.running():
        assert not (await issuer_check(trusting(server, tmp_path))).is_fine


async def test_the_doctor_finds_an_issuer_that_is_down(tmp_path: Path) -> None:
    nobody = TrustedIssuer("http://127.0.0.1:1", ("honeydo",), "http://127.0.0.1:1/jwks")

    check = await issuer_check(Settings(issuers=(nobody,), data_dir=tmp_path))

    assert not check.is_fine
    assert "\n" not in check.finding
