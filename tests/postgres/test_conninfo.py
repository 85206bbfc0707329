from urllib.parse import quote, urlencode

import pytest
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.database import Database


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_usual_scheme_is_understood(scheme: str) -> None:
    assert conninfo_to_dict(conninfo(f"{scheme}://ada:secret@db.example:5433/honeydo")) == {
        "user": "ada",
        "password": "secret",
        "host": "db.example",
        "port": "5433",
        "dbname": "honeydo",
    }


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        (
            "postgresql://a.example:5432,b.example:5433/honeydo?target_session_attrs=read-write",
            {
                "host": "a.example,b.example",
                "port": "5432,5433",
                "dbname": "honeydo",
                "target_session_attrs": "read-write",
            },
        ),
        (
            "postgresql://ada@/honeydo?host=/run/postgresql&port=5433",
            {"user": "ada", "dbname": "honeydo", "host": "/run/postgresql", "port": "5433"},
        ),
        (
            "postgres://ada:p%40ss%2Fword%25@[2001:db8::1]/honeydo?sslmode=require",
            {
                "user": "ada",
                "password": "p@ss/word%",
                "host": "2001:db8::1",
                "dbname": "honeydo",
                "sslmode": "require",
            },
        ),
        (
            "postgresql://%2Frun%2Fpostgresql/honeydo",
            {"host": "/run/postgresql", "dbname": "honeydo"},
        ),
        ("postgresql://", {}),
    ],
)
def test_libpqs_parameters_are_understood(url: str, parameters: dict[str, str]) -> None:
    assert conninfo_to_dict(conninfo(url)) == parameters


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret",
        "mysql://ada:secret@db.example/honeydo",
        "POSTGRESQL://ada:secret@db.example/honeydo",
        "postgresql+asyncpg://ada:secret@db.example/honeydo",
        "postgresql:/ada:secret@db.example/honeydo",
        "host=db.example password=secret",
        "postgresql://ada:secret@db.example/honeydo?no_such_parameter=secret",
        "postgresql://ada:secret@db.example/honeydo?sslmode",
        "postgresql://ada:secret%zz@db.example/honeydo",
        "postgresql://ada:secret@[::1/honeydo",
    ],
)
def test_anything_else_is_refused_without_repeating_it(url: str) -> None:
    for understand in (conninfo, Database.at):
        with pytest.raises(ValueError) as refusal:  # noqa: PT011 - what it must not say follows
            understand(url)

        told = str(refusal.value)
        assert told
        assert "secret" not in told
        assert "example" not in told
        assert refusal.value.__cause__ is None
        assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


async def test_the_first_of_several_hosts_that_answers_is_taken(url: str) -> None:
    async with await AsyncConnection.connect(conninfo(url)) as connection:
        server = connection.info
        parameters = {
            "host": f"127.0.0.1,{server.host}",
            "port": f"1,{server.port}",
            "user": server.user,
            "password": server.password,
            "dbname": server.dbname,
        }
    several = f"postgresql://?{urlencode(parameters, quote_via=quote)}"
    database = Database.at(several)
    async with database:
        assert await database.is_ready()
