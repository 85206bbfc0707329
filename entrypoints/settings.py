"""What operators set: variables of the environment, or of `.env` in the current folder."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, Self, get_type_hints

import platformdirs
from dotenv import dotenv_values

from . import parsing
from .errors import SettingsError

_MOST_WORKERS: Final = 4


def _data_dir() -> Path:
    # As root, PostgreSQL runs under another account, which cannot enter root's home.
    return Path("/var/lib/honeydo") if os.geteuid() == 0 else platformdirs.user_data_path("honeydo")


@dataclass(frozen=True, slots=True)
class Variable:
    """The variable that a setting is read from, and how."""

    name: str
    parse: Callable[[str], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Each field is one variable; `.env.example` tells what they mean."""

    database_url: Annotated[str | None, Variable("DATABASE_URL", parsing.database_url)] = field(
        default=None, repr=False
    )
    secret: Annotated[bytes | None, Variable("BETTER_AUTH_SECRET", parsing.secret)] = field(
        default=None, repr=False
    )
    better_auth: Annotated[
        parsing.TrustedIssuer | None, Variable("BETTER_AUTH_URL", parsing.better_auth)
    ] = None
    issuers: Annotated[
        tuple[parsing.TrustedIssuer, ...], Variable("HONEYDO_ISSUERS", parsing.issuers)
    ] = ()
    frontend_origins: Annotated[tuple[str, ...], Variable("FRONTEND_URL", parsing.origins)] = ()

    host: Annotated[str, Variable("HONEYDO_HOST", parsing.text)] = "127.0.0.1"
    port: Annotated[int, Variable("HONEYDO_PORT", parsing.whole(0, 65_535))] = 8000
    workers: Annotated[int | None, Variable("HONEYDO_WORKERS", parsing.whole(1, 1_000))] = None
    migrate: Annotated[bool, Variable("HONEYDO_MIGRATE", parsing.yes_or_no)] = False
    data_dir: Annotated[Path, Variable("HONEYDO_DATA_DIR", parsing.folder)] = field(
        default_factory=_data_dir
    )
    pool_size: Annotated[int, Variable("HONEYDO_POOL_SIZE", parsing.whole(1, 1_000))] = 8
    database_timeout: Annotated[float, Variable("HONEYDO_DATABASE_TIMEOUT", parsing.seconds)] = 5
    prepared_statements: Annotated[
        bool, Variable("HONEYDO_PREPARED_STATEMENTS", parsing.yes_or_no)
    ] = True
    pipeline: Annotated[bool, Variable("HONEYDO_PIPELINE", parsing.yes_or_no)] = True
    shutdown_timeout: Annotated[
        int, Variable("HONEYDO_SHUTDOWN_TIMEOUT", parsing.whole(1, 3_600))
    ] = 30
    max_body_size: Annotated[
        int, Variable("HONEYDO_MAX_BODY_SIZE", parsing.whole(1, 999_999_999))
    ] = 65_536
    require_if_match: Annotated[bool, Variable("HONEYDO_REQUIRE_IF_MATCH", parsing.yes_or_no)] = (
        False
    )
    keep_deleted_days: Annotated[
        int, Variable("HONEYDO_KEEP_DELETED_DAYS", parsing.whole(0, 36_500))
    ] = 30
    jwt_issuer: Annotated[str | None, Variable("HONEYDO_JWT_ISSUER", parsing.text)] = None
    jwt_audience: Annotated[str | None, Variable("HONEYDO_JWT_AUDIENCE", parsing.text)] = None
    token_email: Annotated[str | None, Variable("HONEYDO_TOKEN_EMAIL", parsing.text)] = None
    token_hours: Annotated[int, Variable("HONEYDO_TOKEN_HOURS", parsing.whole(1, 87_600))] = 24
    log_format: Annotated[
        str, Variable("HONEYDO_LOG_FORMAT", parsing.one_of("auto", "json", "text"))
    ] = "auto"
    log_level: Annotated[
        str, Variable("HONEYDO_LOG_LEVEL", parsing.one_of("debug", "info", "warning", "error"))
    ] = "info"

    @classmethod
    def read(cls, flags: Mapping[str, str | None] | None = None) -> Self:
        """Flags of the command line, by their variables' names, win over the environment, that
        over `.env`. Blank is the same as unset. Raises `SettingsError`."""
        given = {name: text for name, text in (flags or {}).items() if text is not None}
        texts = {**_dotenv(), **os.environ, **given}
        variables = cls.variables()
        _refuse_unknown(texts, [variable.name for variable in variables.values()])
        values: dict[str, Any] = {}
        for setting, variable in variables.items():
            if (text := texts.get(variable.name) or "").strip():
                try:
                    values[setting] = variable.parse(text)
                except ValueError as error:
                    raise SettingsError(f"{variable.name} {error}") from None
        settings = cls(**values)
        if settings.better_auth and settings.better_auth.issuer in {
            trusted.issuer for trusted in settings.issuers
        }:
            raise SettingsError("HONEYDO_ISSUERS names the issuer of BETTER_AUTH_URL again")
        return settings

    @property
    def trusted_issuers(self) -> tuple[parsing.TrustedIssuer, ...]:
        return (*((self.better_auth,) if self.better_auth else ()), *self.issuers)

    @property
    def trusts_nobody(self) -> bool:
        """Nothing says whose tokens to believe: then we sign them ourselves, for development."""
        return not self.secret and not self.trusted_issuers

    @property
    def processes(self) -> int:
        """How many serve. Unless told, one a core, but few enough for PostgreSQL's connections and
        a small machine's memory; and one alone with the embedded database, which is to start fast.
        """
        if self.workers:
            return self.workers
        return min(_usable_cores(), _MOST_WORKERS) if self.database_url else 1

    @classmethod
    def variables(cls) -> dict[str, Variable]:
        hints = get_type_hints(cls, include_extras=True)
        return {setting: hint.__metadata__[0] for setting, hint in hints.items()}


def _usable_cores() -> int:
    # Not on macOS, which confines no process to some of its cores.
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _refuse_unknown(given: Iterable[str], known: Sequence[str]) -> None:
    """A typing error must not pass for a setting."""
    for name in given:
        if name.startswith("HONEYDO_") and name not in known:
            meant = get_close_matches(name, known, n=1)
            hint = f"; did you mean {meant[0]}?" if meant else ""
            raise SettingsError(f"{name} is not a setting of Honeydo{hint}")


def _dotenv() -> dict[str, str | None]:
    try:
        return dotenv_values(".env", interpolate=False)
    except (OSError, UnicodeDecodeError):
        raise SettingsError(".env cannot be read as UTF-8 text") from None
