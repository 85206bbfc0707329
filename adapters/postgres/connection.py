"""Connections of which each run is one transaction and one round trip."""

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from typing import Any, ClassVar, Final

import psycopg
from psycopg import AsyncConnection, generators
from psycopg.abc import Buffer, PQGen
from psycopg.adapt import Loader, PyFormat, Transformer
from psycopg.conninfo import conninfo_to_dict
from psycopg.errors import OperationalError, ProgrammingError, error_from_result
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult
from psycopg.rows import TupleRow, tuple_row
from psycopg.waiting import wait_async

from .statements import Statement, Step


def conninfo(database_url: str) -> str:
    """libpq's form of a database URL, with SQLAlchemy's driver suffix or without.

    Raises `ValueError`, which never repeats the URL: it may hold a password.
    """
    scheme, separator, rest = database_url.partition("://")
    if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise ValueError("must begin with postgresql://")
    try:
        conninfo_to_dict(f"postgresql://{rest}")
    except ProgrammingError:
        raise ValueError("is not a PostgreSQL connection URI") from None
    return f"postgresql://{rest}"


class PipelinedConnection(AsyncConnection[TupleRow]):
    """A psycopg connection that sends several prepared statements at once.

    libpq's pipeline is driven directly: `AsyncConnection.pipeline()` costs several times as much.
    """

    keeps_statements: ClassVar[bool] = True

    def __init__(self, pgconn: PGconn, row_factory: Any = tuple_row) -> None:
        super().__init__(pgconn, row_factory)
        # Without a connection, it loads times in UTC, whatever the session's time zone is.
        self._transformer = Transformer(psycopg.adapters)
        self._statements: set[bytes] = set()

    async def run(self, *steps: Step, timeout: float) -> list[TupleRow]:
        """Run the steps as one transaction; the rows of the last one.

        Raises `psycopg.Error`, also once the server has said nothing for `timeout` seconds.
        """
        try:
            # Between two Syncs, PostgreSQL runs one implicit transaction.
            self.pgconn.enter_pipeline_mode()
            commands = [name for step in steps for name in self._send(*step)]
            self.pgconn.pipeline_sync()
            # Not `self.wait`: cancelled, it would first wait for the server to cancel, too.
            results = await wait_async(
                _unless_silent(_receive(self.pgconn)), self.pgconn.socket, interval=timeout
            )
            self.pgconn.exit_pipeline_mode()
        except BaseException:
            # Answers may still be on their way: nobody must take them for their own.
            self.pgconn.finish()
            raise
        # One more than there are commands if the commit fails.
        for name, result in zip_longest(commands, results):
            if result.status == ExecStatus.FATAL_ERROR:
                raise error_from_result(result, encoding="utf-8")
            if name:
                self._statements.add(name)
        self._transformer.set_pgresult(results[-1])
        return self._transformer.load_rows(0, results[-1].ntuples, tuple)

    def _send(self, statement: Statement, values: Sequence[Any]) -> Iterable[bytes | None]:
        """Send a statement; for each command sent, the name that it prepares, if it does."""
        name = statement.name if self.keeps_statements else b""
        if name not in self._statements:
            self.pgconn.send_prepare(name, statement.sql)
            yield name
        self.pgconn.send_query_prepared(
            name,
            self._transformer.dump_sequence(values, [PyFormat.BINARY] * len(values)),
            [Format.BINARY] * len(values),
            result_format=Format.BINARY,
        )
        yield None


class ForgetfulConnection(PipelinedConnection):
    """Prepares nothing for later, which behind PgBouncer before 1.21 in transaction mode may run on
    another connection to the server."""

    keeps_statements = False


def has_ended(pgconn: PGconn) -> bool:
    """Whether the server has ended the idle connection; costs no round trip."""
    try:
        # What it may have said in farewell, then the end.
        pgconn.consume_input()
        pgconn.consume_input()
    except OperationalError:
        return True
    return False


def _receive(pgconn: PGconn) -> PQGen[list[PGresult]]:
    yield from generators.send(pgconn)
    received: list[PGresult] = []
    while True:
        results = yield from generators.fetch_many(pgconn)
        if results[0].status == ExecStatus.PIPELINE_SYNC:
            return received
        received += results


def _unless_silent(received: PQGen[list[PGresult]]) -> PQGen[list[PGresult]]:
    try:
        wanted = next(received)
        while True:
            ready = yield wanted
            if not ready:
                raise OperationalError("the server has fallen silent")
            wanted = received.send(ready)
    except StopIteration as end:
        results: list[PGresult] = end.value
        return results


class UtcLoader(Loader):
    """Times in UTC, whatever the session's time zone is."""

    format = Format.BINARY
    _EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
    _unpack: Final = struct.Struct("!q").unpack

    def load(self, data: Buffer) -> datetime:
        return self._EPOCH + timedelta(microseconds=self._unpack(data)[0])
