from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.types.numeric import Int8
from sqlalchemy import DateTime, Text, bindparam, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY

from honeydo.domain.changes import Version
from honeydo.domain.user import UserId

from .database import Database
from .reads import LIMIT
from .statements import Statement
from .tables import idempotency_keys, users
from .writes import LOCK, PURGE

_before: Final = bindparam("before", type_=DateTime(timezone=True))

VERSIONS: Final = Statement.compiled(
    "versions",
    select(users.c.id, users.c.created_at, users.c.revision).where(
        users.c.id == func.any(bindparam("owner_ids", type_=ARRAY(Text, dimensions=1)))
    ),
    is_read=True,
)

OWNERS_WITH_TRASH: Final = Statement.compiled(
    "owners_with_trash",
    select(users.c.id)
    .where(users.c.trash_since < _before)
    .order_by(users.c.trash_since)
    .limit(LIMIT),
    is_read=True,
)


def _forget_keys() -> Statement:
    key = (idempotency_keys.c.owner_id, idempotency_keys.c.key)
    expired = select(*key).where(idempotency_keys.c.created_at < _before).limit(LIMIT)
    return Statement.compiled(
        "forget_keys",
        delete(idempotency_keys).where(tuple_(*key).in_(expired)).returning(key[0]),
    )


FORGET_KEYS: Final = _forget_keys()


@dataclass(frozen=True, slots=True)
class PostgresVersions:
    """One statement for however many owners."""

    database: Database

    async def __call__(self, owners: Collection[UserId]) -> Mapping[UserId, Version]:
        named = {str(owner): owner for owner in owners}
        rows = await self.database.execute_upkeep(VERSIONS.of({"owner_ids": [*named]}))
        return {named[owner]: Version(*version) for owner, *version in rows}


@dataclass(frozen=True, slots=True)
class PostgresUpkeep:
    """An `Upkeep` in PostgreSQL."""

    database: Database

    async def owners_with_trash(self, before: datetime, limit: int) -> Sequence[UserId]:
        values = {"before": before, "limit": Int8(limit)}
        rows = await self.database.execute_upkeep(OWNERS_WITH_TRASH.of(values))
        return [UserId(owner) for (owner,) in rows]

    async def purge(self, owner: UserId, before: datetime, limit: int) -> int:
        values = {"owner_id": owner, "before": before, "limit": Int8(limit)}
        rows = await self.database.execute(owner, LOCK.of(values), PURGE.of(values))
        return int(rows[0][0]) if rows else 0

    async def forget_keys(self, before: datetime, limit: int) -> int:
        values = {"before": before, "limit": Int8(limit)}
        return len(await self.database.execute_upkeep(FORGET_KEYS.of(values)))
