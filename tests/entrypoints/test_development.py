import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from honeydo.adapters.jwt.shared_secret import SharedSecret
from honeydo.application.errors import InvalidToken
from honeydo.entrypoints import development
from honeydo.entrypoints.errors import SettingsError
from honeydo.entrypoints.settings import Settings

SECRET = b"0123456789abcdef0123456789abcdef"


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    secret = development.secret(settings)
    assert len(secret) >= 32
    assert development.secret(settings) == secret
    file = development.secret_file(settings)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [*file.parent.iterdir()] == [file]


def test_two_folders_have_two_secrets(tmp_path: Path) -> None:
    one, two = (Settings(data_dir=tmp_path / name) for name in ("one", "two"))
    assert development.secret(one) != development.secret(two)


def test_processes_that_start_at_once_agree_on_one_secret(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with ThreadPoolExecutor(8) as threads:
        secrets = [*threads.map(development.secret, [settings] * 32)]
    assert len({*secrets}) == 1


def test_a_configured_secret_is_used_and_none_is_made(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, secret=SECRET)
    assert development.secret(settings) == SECRET
    assert [*tmp_path.iterdir()] == []


def test_a_broken_secret_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    development.secret_file(settings).write_text("short")
    with pytest.raises(SettingsError, match="HONEYDO_DATA_DIR holds a broken secret"):
        development.secret(settings)


def test_a_data_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match="HONEYDO_DATA_DIR cannot be used"):
        development.secret(Settings(data_dir=tmp_path / "file"))


async def test_tokens_are_good_for_the_server_with_the_same_settings(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        jwt_issuer="https://auth.example",
        jwt_audience="honeydo",
        token_email="ada@example.com",
    )
    verify = SharedSecret(development.secret(settings), "https://auth.example", "honeydo")
    identity = await verify(development.token(settings, "ada"))
    assert (identity.user, identity.email) == ("ada", "ada@example.com")
    stranger = SharedSecret(SECRET)
    with pytest.raises(InvalidToken):
        await stranger(development.token(settings, "ada"))


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.53", "::1", "localhost"])
def test_this_machine_may_be_served(host: str) -> None:
    development.require_loopback(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "honeydo.example"])  # noqa: S104
def test_other_machines_may_not(host: str) -> None:
    with pytest.raises(SettingsError, match="BETTER_AUTH_SECRET is not set"):
        development.require_loopback(Settings(host=host))
