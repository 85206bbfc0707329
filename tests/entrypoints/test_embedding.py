from uuid import uuid4

import psycopg
import pytest

import honeydo
from honeydo.adapters.postgres.connection import conninfo
from tests.support.cluster import Cluster
from tests.support.databases import new_database


async def test_tasks_outlive_the_program_that_made_them(shared_database_url: str) -> None:
    ada = f"ada-{uuid4()}"
    async with honeydo.open(shared_database_url) as tasks:
        task = await tasks.create(ada, title="Buy honey")
    async with honeydo.open(shared_database_url) as tasks:
        assert await tasks.get(ada, task.id) == task


async def test_an_empty_database_is_migrated_on_request(cluster: Cluster) -> None:
    with new_database(cluster) as name:
        url = cluster.url(name)
        async with honeydo.open(url) as tasks:
            with pytest.raises(honeydo.Unavailable):
                await tasks.create("ada", title="Buy honey")
            honeydo.migrate(url)
            assert await tasks.create("ada", title="Buy honey")


async def test_a_database_that_is_down_fails_calls_not_the_start() -> None:
    async with honeydo.open("postgresql://ada@127.0.0.1:1/honeydo", timeout=0.1) as tasks:
        with pytest.raises(honeydo.Unavailable):
            await tasks.list("ada")


async def test_what_is_no_postgresql_url_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with postgresql://"):
        async with honeydo.open("sqlite:///tasks.db"):
            pass


async def test_within_a_hosts_transaction_tasks_share_its_fate(shared_database_url: str) -> None:
    ada = f"ada-{uuid4()}"
    async with await psycopg.AsyncConnection.connect(conninfo(shared_database_url)) as host:
        tasks = honeydo.within(host)
        kept = await tasks.create(ada, title="Buy honey")
        await host.commit()
        await tasks.create(ada, title="Sell the bees")
        with pytest.raises(honeydo.TaskIdTaken):
            await tasks.create(ada, title="Buy bread", id=kept.id)
        assert len((await tasks.list(ada)).tasks) == 2
        await host.rollback()
        assert (await tasks.list(ada)).tasks == [kept]


async def test_within_a_hosts_transaction_a_batch_shares_its_fate(shared_database_url: str) -> None:
    ada = f"ada-{uuid4()}"
    async with await psycopg.AsyncConnection.connect(conninfo(shared_database_url)) as host:
        tasks = honeydo.within(host)
        kept = await tasks.create(ada, title="Buy honey")
        await host.commit()

        batch: list[honeydo.Operation] = [
            honeydo.Create(title="Buy wax"),
            honeydo.Complete(kept.id),
        ]
        first = await tasks.batch(ada, batch, idempotency_key="monday")
        with pytest.raises(honeydo.OperationRefused):
            await tasks.batch(ada, [honeydo.Create(title="Buy bread"), honeydo.Create(title="")])
        assert (await tasks.batch(ada, batch, idempotency_key="monday")).written == first.written
        await host.rollback()

        assert (await tasks.list(ada)).tasks == [kept]
        assert not (await tasks.batch(ada, batch, idempotency_key="monday")).is_replay


async def test_until_the_host_commits_its_idempotency_key_is_in_use(
    shared_database_url: str,
) -> None:
    ada, batch = f"ada-{uuid4()}", [honeydo.Create(title="Buy honey")]
    async with (
        honeydo.open(shared_database_url) as others,
        await psycopg.AsyncConnection.connect(conninfo(shared_database_url)) as host,
    ):
        first = await honeydo.within(host).batch(ada, batch, idempotency_key="monday")
        with pytest.raises(honeydo.IdempotencyKeyInUse):
            await others.batch(ada, batch, idempotency_key="monday")
        await host.commit()

        again = await others.batch(ada, batch, idempotency_key="monday")
        assert (again.written, again.is_replay) == (first.written, True)
