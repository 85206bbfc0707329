"""What a statement is, and those by which a transaction says on whose behalf it runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeAlias

from sqlalchemy import Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

_DIALECT: Final = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$1`-style parameters, the order of these, and the name it is prepared under.

    One that only reads, and locks nothing, may say so: it may share a transaction with others. One
    that takes the longer the more its owner has, or asks for, is slow: it is kept from others.
    """

    name: bytes
    sql: bytes
    parameters: tuple[str, ...]
    is_read: bool = False
    is_slow: bool = False

    @classmethod
    def compiled(
        cls, name: str, statement: Executable, *, is_read: bool = False, is_slow: bool = False
    ) -> Self:
        compiled = statement.compile(dialect=_DIALECT)  # type: ignore[attr-defined]
        return cls(
            name=f"honeydo_{name}".encode(),
            sql=str(compiled).encode(),
            parameters=tuple(compiled.positiontup),
            is_read=is_read,
            is_slow=is_slow,
        )

    def of(self, values: Mapping[str, Any]) -> "Step":
        """The statement with what its parameters stand for; further values are left out."""
        return self, [values[name] for name in self.parameters]


Step: TypeAlias = tuple[Statement, Sequence[Any]]


# The row-level security policies compare every row's owner with this setting, which ends with the
# transaction.
ACT_AS: Final = Statement(
    b"honeydo_act_as", b"SELECT set_config('honeydo.user_id', $1, true)", ("owner_id",)
)
# The same, and what follows in the transaction is cancelled once it takes longer (milliseconds).
ACT_AS_WITHIN: Final = Statement(
    b"honeydo_act_as_within",
    b"SELECT set_config('honeydo.user_id', $1, true), set_config('statement_timeout', $2, true)",
    ("owner_id", "timeout"),
)
# The same, and what follows holds up nobody for long: it is cancelled once it takes longer, or
# waits longer for a lock (milliseconds).
ACT_AS_BRIEFLY: Final = Statement(
    b"honeydo_act_as_briefly",
    b"SELECT set_config('honeydo.user_id', $1, true), set_config('statement_timeout', $2, true),"
    b" set_config('lock_timeout', $3, true)",
    ("owner_id", "timeout", "lock_timeout"),
)

SCHEMA_REVISION: Final = Statement(
    b"honeydo_schema_revision", b"SELECT version_num FROM alembic_version", ()
)

# For the server's own upkeep: the policies then show which users there are, and nobody's tasks.
ACT_FOR_UPKEEP: Final = Statement(
    b"honeydo_act_for_upkeep",
    b"SELECT set_config('honeydo.upkeep', 'on', true), set_config('statement_timeout', $1, true)",
    ("timeout",),
)
