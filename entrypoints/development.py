"""What stands in for an issuer of tokens as long as none is configured."""

import os
import secrets
import tempfile
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

from honeydo.adapters.jwt.shared_secret import MIN_SECRET_BYTES, mint

from .errors import SettingsError
from .settings import Settings


def secret_file(settings: Settings) -> Path:
    return settings.data_dir / "secret"


def secret(settings: Settings) -> bytes:
    """The issuer's secret if it is configured, else one of our own, made on first use."""
    if settings.secret:
        return settings.secret
    if not settings.trusts_nobody:
        raise SettingsError("BETTER_AUTH_SECRET is not set: tokens come from the issuer alone")
    path = secret_file(settings)
    try:
        if not path.exists():
            _make(path)
        made = path.read_bytes()
    except OSError as error:
        raise SettingsError(f"HONEYDO_DATA_DIR cannot be used: {error}") from None
    if len(made) < MIN_SECRET_BYTES:
        raise SettingsError(f"HONEYDO_DATA_DIR holds a broken secret: delete {path}")
    return made


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(prefix="secret-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
        # Whole or not at all; where another process is first, its secret counts.
        path.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()


def token(settings: Settings, user: str) -> str:
    """A token for the user that this server accepts. Raises `InvalidValues`."""
    return mint(
        secret(settings),
        user,
        lifetime=timedelta(hours=settings.token_hours),
        email=settings.token_email,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
    )


def require_loopback(settings: Settings) -> None:
    """Tokens that anybody on this machine can make are good for this machine alone."""
    if settings.host != "localhost" and not _is_loopback(settings.host):
        raise SettingsError(
            "BETTER_AUTH_SECRET is not set: without it, HONEYDO_HOST must be a loopback address "
            f"such as 127.0.0.1, not {settings.host}"
        )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def example_request(settings: Settings, url: str) -> str:
    """A command that creates a task, to be pasted into a shell."""
    return (
        f"curl '{url}/api/me/tasks' -H 'Authorization: Bearer {token(settings, 'ada')}'"
        """ -H 'Content-Type: application/json' -d '{"title": "Buy honey"}'"""
    )
