import asyncio
from random import Random
from uuid import UUID, uuid4

from psycopg import AsyncConnection

from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.application.tasks import Tasks
from honeydo.domain.user import UserId
from tests.support.rows import act_as

USERS = 20
REQUESTS = 600


async def test_no_answer_reaches_anybody_else_whoever_hangs_up(
    repository: PostgresTasks, tasks: Tasks
) -> None:
    random = Random(42)  # noqa: S311 - to hang up at different moments
    users = [UserId(f"{number}-{uuid4().hex}") for number in range(USERS)]
    own = {user: await tasks.create(user, title=user, id=UUID(int=1)) for user in users}
    answered = hung_up = 0

    async def ask(user: UserId) -> None:
        nonlocal answered, hung_up
        request = asyncio.create_task(repository.get(user, UUID(int=1)))
        if random.random() < 0.3:
            asyncio.get_running_loop().call_later(random.uniform(0, 0.002), request.cancel)
        await asyncio.wait([request])
        if request.cancelled():
            hung_up += 1
        else:
            answered += 1
            assert await request == own[user]

    async def visitor() -> None:
        for _ in range(REQUESTS // USERS):
            await ask(random.choice(users))

    await asyncio.gather(*(visitor() for _ in range(USERS)))

    assert answered > REQUESTS / 2
    assert hung_up > 10


async def test_who_hangs_up_leaves_the_pool_as_it_was(
    database: Database, repository: PostgresTasks, ada: UserId
) -> None:
    size = database.pool.max_size
    for _ in range(5):
        requests = [asyncio.create_task(repository.get(ada, uuid4())) for _ in range(3 * size)]
        await asyncio.sleep(0.001)
        for request in requests:
            request.cancel()
        await asyncio.wait(requests)

    borrowed = [await database.pool.getconn() for _ in range(size)]
    for one in borrowed:
        await database.pool.putconn(one)
    assert len(set(borrowed)) == size


async def test_a_write_that_was_hung_up_on_is_done_or_not_done(
    tasks: Tasks, connection: AsyncConnection, ada: UserId
) -> None:
    task = await tasks.create(ada, title="Buy honey")
    async with connection.transaction():
        await act_as(connection, ada)
        await connection.execute("SELECT FROM users FOR UPDATE")
        edit = asyncio.create_task(tasks.edit(ada, task.id, title="Buy wax"))
        await asyncio.sleep(0.05)
        edit.cancel()
        await asyncio.wait([edit])
    assert edit.cancelled()

    toggled = await tasks.toggle(ada, task.id)

    assert (toggled.title, toggled.revision) in [("Buy honey", 2), ("Buy wax", 3)]
