import pytest

from honeydo.entrypoints.asgi import app, cursor_key
from honeydo.entrypoints.errors import SettingsError
from honeydo.entrypoints.settings import Settings


def test_it_makes_up_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef")
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        app()


def test_it_makes_up_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada@db.example/honeydo")
    with pytest.raises(SettingsError, match="BETTER_AUTH_SECRET is not set"):
        app()


def test_all_workers_make_one_key_for_cursors_of_the_secret_they_share() -> None:
    secret, url = b"0123456789abcdef0123456789abcdef", "postgresql://ada@db.example/honeydo"
    one = Settings(secret=secret, database_url=url)
    # They need not reach the database by the same way.
    other = Settings(secret=secret, database_url="postgresql://ada@10.0.0.1/honeydo")

    assert cursor_key(one) == cursor_key(other)
    assert cursor_key(one) != cursor_key(Settings(secret=secret[::-1], database_url=url))
    assert secret not in cursor_key(one)


def test_without_a_shared_secret_the_key_is_made_of_the_databases_address() -> None:
    one, other = "postgresql://ada:1@db.example/honeydo", "postgresql://ada:2@db.example/honeydo"

    assert cursor_key(Settings(database_url=one)) == cursor_key(Settings(database_url=one))
    assert cursor_key(Settings(database_url=one)) != cursor_key(Settings(database_url=other))
