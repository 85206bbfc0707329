"""What PostgreSQL holds and who waits for it, looked at past the repository."""

from typing import Any

from psycopg import AsyncConnection


async def act_as(connection: AsyncConnection[Any], user: str) -> None:
    """See the user's rows until the transaction ends."""
    await connection.execute("SELECT set_config('honeydo.user_id', %s, true)", [user])


async def stored_user(connection: AsyncConnection[Any], user: str) -> tuple[str | None, int] | None:
    """The e-mail and the revision of the user; None without a row."""
    await act_as(connection, user)
    found = await connection.execute("SELECT email, revision FROM users WHERE id = %s", [user])
    return await found.fetchone()


async def somebody_waits(holder: AsyncConnection[Any]) -> bool:
    """Whether another connection waits for a lock of this one."""
    found = await holder.execute(
        "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )
    return found.rowcount > 0
