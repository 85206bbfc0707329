from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote
from uuid import uuid4

from honeydo.adapters.postgres.database import Database
from honeydo.adapters.postgres.tasks import PostgresTasks
from honeydo.domain.listing import Listing
from honeydo.domain.task import Task
from honeydo.domain.user import UserId

HALF_PAST_NINE_IN_DELHI = datetime(
    2026, 5, 4, 9, 30, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=30))
)


async def test_times_are_utc_wherever_the_session_or_the_writer_is(url: str, ada: UserId) -> None:
    options = quote("-c timezone=Asia/Tokyo -c datestyle=German")
    database = Database.at(f"{url}{'&' if '?' in url else '?'}options={options}")
    async with database:
        repository = PostgresTasks(database.execute)
        task = await repository.add(
            Task.create(
                id=uuid4(),
                owner=ada,
                title="Buy honey",
                is_completed=True,
                now=HALF_PAST_NINE_IN_DELHI,
            )
        )
        found = await repository.get(ada, task.id)
        [listed] = (await repository.page(ada, Listing())).tasks

    assert found == listed == task
    assert found
    for time in (found.created_at, found.updated_at, found.completed_at):
        assert time
        assert time.isoformat() == "2026-05-04T04:00:00.000001+00:00"
        assert time.tzinfo is UTC
