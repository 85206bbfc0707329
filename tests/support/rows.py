"""What PostgreSQL holds, looked at past the repository."""

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
