from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from honeydo.adapters.postgres.connection import conninfo
from honeydo.adapters.postgres.inspection import inspect
from honeydo.entrypoints.database import bring_up_to_date, require_support
from honeydo.entrypoints.doctor import examine
from honeydo.entrypoints.errors import OperationFailed
from honeydo.entrypoints.settings import Settings
from tests.entrypoints.superuser import superusers_database
from tests.support.cluster import Cluster
from tests.support.databases import new_database

SECRET = b"0123456789abcdef0123456789abcdef"


def findings(settings: Settings) -> dict[str, str]:
    """What is wrong."""
    return {check.name: check.finding for check in examine(settings) if not check.is_fine}


def test_a_migrated_database_and_a_secret_are_fine(shared_database_url: str) -> None:
    settings = Settings(database_url=shared_database_url, secret=SECRET)
    assert findings(settings) == {}
    assert [check.name for check in examine(settings)] == [
        "settings",
        "secret",
        "database",
        "encoding",
        "migrations",
        "role",
        "table users",
        "table tasks",
    ]


def test_a_fresh_machine_is_fine_and_left_as_it_is(tmp_path: Path) -> None:
    assert findings(Settings(data_dir=tmp_path)) == {}
    assert [*tmp_path.iterdir()] == []


def test_a_development_secret_on_an_open_host_is_found(shared_database_url: str) -> None:
    settings = Settings(database_url=shared_database_url, host="192.0.2.1")
    assert "BETTER_AUTH_SECRET is not set" in findings(settings)["secret"]


def test_a_database_that_is_down_is_found() -> None:
    settings = Settings(database_url="postgresql://ada@127.0.0.1:1/honeydo", secret=SECRET)
    found = findings(settings)
    assert [*found] == ["database"]
    assert "Connection refused" in found["database"]
    assert "\n" not in found["database"]


def test_an_empty_database_is_found(cluster: Cluster) -> None:
    with new_database(cluster) as name:
        found = findings(Settings(database_url=cluster.url(name), secret=SECRET))
    assert [*found] == ["migrations", "table users", "table tasks"]
    assert "run `honeydo migrate`" in found["migrations"]


def test_a_database_that_a_newer_version_migrated_is_fine_and_left_alone(database_url: str) -> None:
    with psycopg.connect(conninfo(database_url)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert findings(Settings(database_url=database_url, secret=SECRET)) == {}
    assert bring_up_to_date(database_url, timeout=5) == ("9999", "9999")


def test_row_level_security_that_is_not_forced_is_found(database_url: str) -> None:
    with psycopg.connect(conninfo(database_url)) as connection:
        connection.execute("ALTER TABLE tasks NO FORCE ROW LEVEL SECURITY")
    found = findings(Settings(database_url=database_url, secret=SECRET))
    assert found == {"table tasks": "row-level security is not forced"}


def test_a_role_that_row_level_security_does_not_bind_is_found(
    cluster: Cluster, template: str
) -> None:
    with superusers_database(cluster, template) as url:
        found = findings(Settings(database_url=url, secret=SECRET))
    assert [*found] == ["role"]
    assert "is a superuser or has BYPASSRLS" in found["role"]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_of_another_encoding_is_found_and_refused(
    cluster: Cluster, encoding: str
) -> None:
    with psycopg.connect(conninfo(cluster.application), autocommit=True) as connection:
        connection.execute(
            f"CREATE DATABASE honeydo_other TEMPLATE template0 ENCODING {encoding}"
            " LOCALE_PROVIDER libc LOCALE 'C'"
        )
        try:
            url = cluster.url("honeydo_other")
            assert encoding in findings(Settings(database_url=url, secret=SECRET))["encoding"]
            with pytest.raises(OperationFailed, match=encoding):
                bring_up_to_date(url, timeout=5)
        finally:
            connection.execute("DROP DATABASE honeydo_other WITH (FORCE)")


def test_an_old_postgresql_is_refused(shared_database_url: str) -> None:
    found = inspect(shared_database_url, timeout=5)
    require_support(found)
    old = replace(found, major_version=14)
    with pytest.raises(OperationFailed, match=r"PostgreSQL 14 .*15 or newer"):
        require_support(old)
