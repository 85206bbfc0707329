from dataclasses import dataclass
from urllib.parse import quote, urlsplit


@dataclass(frozen=True, slots=True)
class Cluster:
    """The PostgreSQL server that the database tests run on, by a URL of each role."""

    application: str
    superuser: str | None

    def url(self, database: str) -> str:
        """The application role's URL of a database; the role may create databases."""
        return _with_database(self.application, database)

    def superuser_url(self, database: str) -> str | None:
        """The superuser's URL of a database; None where we were not given one."""
        return self.superuser and _with_database(self.superuser, database)


def _with_database(url: str, database: str) -> str:
    return urlsplit(url)._replace(path="/" + quote(database, safe="")).geturl()
