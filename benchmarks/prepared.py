"""The statements that Honeydo prepares, recorded as its use cases send them."""

from collections.abc import Sequence

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from honeydo.adapters.postgres.database import HostTransaction
from honeydo.adapters.postgres.statements import Step
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.domain.user import UserId
from honeydo.entrypoints.composition import tasks_over

from .data import task_id, user_id
from .scenarios import PAGE


async def recorded(url: str, user: int) -> dict[str, Sequence[Step]]:
    """What each use case sends for that user, in a transaction that is rolled back."""
    steps: list[Step] = []
    found: dict[str, Sequence[Step]] = {}

    def keep(name: str) -> None:
        found[name] = [*steps]
        steps.clear()

    name, oldest = user_id(user), task_id(user, 0)
    async with await AsyncConnection.connect(url) as connection:
        host = HostTransaction(connection)

        async def execute(owner: UserId, *sent: Step) -> list[TupleRow]:
            steps.extend(sent)
            return await host.execute(owner, *sent)

        tasks = tasks_over(PostgresTasks(execute))
        await tasks.get(name, oldest)
        keep("get")
        page = await tasks.list(name, limit=PAGE)
        keep("list")
        if page.next:
            await tasks.list(name, limit=PAGE, after=page.next)
            keep("the next page")
        await tasks.list(name, is_completed=False, limit=PAGE)
        keep("list of open tasks")
        await tasks.version(name)
        keep("conditional list")
        await tasks.changes(name, limit=PAGE)
        keep("changes")
        await tasks.create(name, title="A task to look at the plan of")
        keep("create")
        await tasks.toggle(name, oldest)
        keep("toggle")
        await connection.rollback()
    return found
