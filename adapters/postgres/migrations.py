"""The schema's migrations, which run from wherever Honeydo is installed."""

from functools import cache
from threading import Lock
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

# Alembic keeps the migration that runs in globals: one at a time in each process.
_alembic: Final = Lock()


def migrate(database_url: str) -> None:
    """Bring the schema to this version's. Raises `sqlalchemy.exc.DBAPIError`."""
    with _alembic:
        command.upgrade(configuration(database_url), "head")


@cache
def head() -> str | None:
    """The schema revision that this version of Honeydo works with."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def is_sufficient(revision: str | None) -> bool:
    """Whether a schema of this revision serves this version of Honeydo; what is newer does too."""
    return revision is not None and revision not in _outdated()


@cache
def _outdated() -> frozenset[str]:
    scripts = ScriptDirectory.from_config(configuration())
    return frozenset(script.revision for script in scripts.walk_revisions()) - {head()}


def configuration(database_url: str | None = None) -> Config:
    """For Alembic's own commands, such as `check`."""
    config = Config(attributes={"database_url": database_url})
    config.set_main_option("script_location", "honeydo:migrations")
    return config
