"""Whether everything is as it must be, and if not, what to do about it."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from honeydo.adapters.embedded import EmbeddedError
from honeydo.adapters.embedded.installation import require_installation
from honeydo.adapters.jwt.key_set import FetchError, KeySet
from honeydo.adapters.postgres.inspection import Inspection

from . import development
from .database import database, inspected
from .errors import OperationFailed, SettingsError
from .identity import issuers
from .settings import Settings


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    is_fine: bool
    finding: str


def examine(settings: Settings) -> Iterator[Check]:
    yield Check("settings", True, "understood")
    if settings.secret or settings.trusts_nobody:
        yield _secret(settings)
    for issuer in issuers(settings).values():
        yield asyncio.run(_keys(issuer.keys))
    if not settings.database_url and not (settings.data_dir / "postgres").exists():
        yield _not_yet_made()
        return
    try:
        with database(settings) as url:
            found = inspected(url, settings.database_timeout)
    except (SettingsError, OperationFailed) as failure:
        yield Check("database", False, str(failure))
    else:
        yield from _database(found)


def _not_yet_made() -> Check:
    try:
        require_installation()
    except EmbeddedError as error:
        return Check("database", False, f"DATABASE_URL is not set, and {error}")
    return Check("database", True, "embedded; the first `honeydo serve` makes it")


def _secret(settings: Settings) -> Check:
    if settings.secret:
        return Check("secret", True, f"configured, {len(settings.secret)} bytes")
    try:
        development.require_loopback(settings)
    except SettingsError as error:
        return Check("secret", False, str(error))
    return Check("secret", True, f"for development, {development.secret_file(settings)}")


async def _keys(keys: KeySet) -> Check:
    name = f"issuer {keys.issuer}"
    try:
        async with keys.connected():
            await keys.fetch()
    except FetchError as failure:
        return Check(name, False, str(failure))
    usable = [f"{key.id} ({'/'.join(sorted(key.algorithms))})" for key in keys.ring.keys]
    finding = "; ".join([f"keys {', '.join(usable) or 'none'}", *keys.ring.refused])
    return Check(name, bool(usable), finding)


def _database(found: Inspection) -> Iterator[Check]:
    yield Check("database", found.is_supported, found.support)
    yield Check("encoding", found.holds_any_text, f"{found.encoding} (needed: UTF8)")
    advice = "" if found.is_migrated else ": run `honeydo migrate`"
    yield Check("migrations", found.is_migrated, f"at {found.revision or 'none'}{advice}")
    yield Check(
        "role",
        not found.bypasses_row_security,
        f"{found.role} is a superuser or has BYPASSRLS: choose a role that obeys row-level security"
        if found.bypasses_row_security
        else f"{found.role} obeys row-level security",
    )
    for table in ("users", "tasks"):
        is_forced = table in found.tables_with_forced_row_security
        yield Check(
            f"table {table}",
            is_forced,
            f"row-level security is {'' if is_forced else 'not '}forced",
        )
