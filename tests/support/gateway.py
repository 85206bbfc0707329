"""A network between us and PostgreSQL that a test can interrupt."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

from psycopg import AsyncConnection

from honeydo.adapters.postgres.connection import conninfo


@dataclass(frozen=True, slots=True)
class Gateway:
    """A way to the server by `url`; while it is not `open`, or not `answering`, it takes bytes and
    passes none on, or none of the server's."""

    url: str
    port: int
    open: asyncio.Event
    answering: asyncio.Event
    links: set[asyncio.Task[None]]
    clients: set[StreamWriter]

    def cut(self, last_words: bytes = b"") -> None:
        """End every connection; new ones are welcome."""
        for client in self.clients:
            client.write(last_words)
        for link in self.links:
            link.cancel()


@asynccontextmanager
async def gateway(url: str, port: int = 0) -> AsyncIterator[Gateway]:
    """A gateway to the database of the URL, on this port or on a free one."""
    async with await AsyncConnection.connect(conninfo(url)) as connection:
        server = connection.info
        user, password = (quote(text, safe="") for text in (server.user, server.password))
        credentials = f"{user}:{password}" if password else user
        host, server_port, database = server.host, server.port, server.dbname
    is_open, is_answering = asyncio.Event(), asyncio.Event()
    is_open.set()
    is_answering.set()
    links: set[asyncio.Task[None]] = set()
    clients: set[StreamWriter] = set()

    async def link(reader: StreamReader, writer: StreamWriter) -> None:
        server_reader, server_writer = await connect(host, server_port)
        clients.add(writer)
        try:
            await asyncio.gather(
                pass_on(reader, server_writer, is_open),
                pass_on(server_reader, writer, is_open, is_answering),
            )
        finally:
            clients.remove(writer)
            writer.close()
            server_writer.close()

    listener = await asyncio.start_server(
        lambda reader, writer: links.add(asyncio.create_task(link(reader, writer))),
        "127.0.0.1",
        port,
    )
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        try:
            way = f"postgresql://{credentials}@127.0.0.1:{port}/{database}"
            yield Gateway(way, port, is_open, is_answering, links, clients)
        finally:
            listener.close()
            for task in links:
                task.cancel()
            await asyncio.gather(*links, return_exceptions=True)


async def connect(host: str, port: int) -> tuple[StreamReader, StreamWriter]:
    if host.startswith("/"):
        return await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
    return await asyncio.open_connection(host, port)


async def pass_on(source: StreamReader, sink: StreamWriter, *needed: asyncio.Event) -> None:
    while data := await source.read(65_536):
        for condition in needed:
            await condition.wait()
        sink.write(data)
        await sink.drain()
    sink.close()
