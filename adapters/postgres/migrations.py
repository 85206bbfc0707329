"""The schema's migrations, which run from wherever Honeydo is installed."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from threading import Lock
from typing import TYPE_CHECKING, Final

# Loaded where it is needed, Alembic spares a server that has nothing to migrate 8 MB and a tenth of
# a second of its start.
if TYPE_CHECKING:
    from alembic.config import Config

# Alembic keeps the migration that runs in globals: one at a time in each process.
_alembic: Final = Lock()


def migrate(database_url: str) -> None:
    """Bring the schema to this version's. Raises `sqlalchemy.exc.DBAPIError`."""
    from alembic import command

    with _alembic:
        command.upgrade(configuration(database_url), "head")


@cache
def revisions() -> Sequence[str]:
    """Those of the schema that this version of Honeydo knows, oldest first: their files are named
    after them."""
    versions = files("honeydo") / "migrations" / "versions"
    names = [each.name for each in versions.iterdir() if each.name.endswith(".py")]
    return sorted(name.partition("_")[0] for name in names)


def head() -> str:
    """The schema revision that this version of Honeydo works with."""
    return revisions()[-1]


def is_sufficient(revision: str | None) -> bool:
    """Whether a schema of this revision serves this version of Honeydo; what is newer does too."""
    return revision is not None and revision not in revisions()[:-1]


def configuration(database_url: str | None = None) -> "Config":
    """For Alembic's own commands, such as `check`."""
    from alembic.config import Config

    config = Config(attributes={"database_url": database_url})
    config.set_main_option("script_location", "honeydo:migrations")
    return config
