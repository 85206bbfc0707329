import pytest

from honeydo.entrypoints.asgi import app
from honeydo.entrypoints.errors import SettingsError


def test_it_makes_up_no_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BETTER_AUTH_SECRET", "0123456789abcdef0123456789abcdef")
    with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
        app()


def test_it_makes_up_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ada@db.example/honeydo")
    with pytest.raises(SettingsError, match="BETTER_AUTH_SECRET is not set"):
        app()
