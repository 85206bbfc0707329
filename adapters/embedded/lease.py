"""The lease by which a process has the server run."""

import contextlib
import fcntl
import json
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self
from urllib.parse import quote, urlencode

from .errors import EmbeddedError
from .folder import StateFolder, lock, open_private
from .installation import require_installation

TEST_SETTINGS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
}
"""For data that need not survive a crash."""

_LOG_LIMIT = 1_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to a running server. It ends with `close`, or with the process in whatever way."""

    _folder: StateFolder
    _file: BinaryIO

    def url(self, user: str = "honeydo", database: str = "honeydo") -> str:
        """A libpq URI; the superuser is `postgres`."""
        where = {"host": self._folder.sockets, "port": 5432, "sslmode": "disable"}
        return (
            f"postgresql://{quote(user, safe='')}@/{quote(database, safe='')}"
            f"?{urlencode(where, quote_via=quote, safe='')}"
        )

    def close(self, wait: float = 0) -> None:
        """Give the server up; wait at most so many seconds for its end, which others may delay."""
        if not self._file.closed:
            with contextlib.suppress(EmbeddedError, OSError):  # a killed supervisor stops nothing
                _ensure_supervisor(self._folder, {}, time.monotonic() + 10)
            self._file.close()
        if wait and (guard := lock(self._folder.supervision, fcntl.LOCK_EX, wait)):
            guard.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def acquire(
    state_dir: Path, settings: Mapping[str, str] | None = None, timeout: float = 90
) -> Lease:
    """A lease on the server in that folder, which is made and started if need be.

    Returns once the server answers. PostgreSQL's settings count only if it was not running yet.
    Raises EmbeddedError, after `timeout` seconds at the latest.
    """
    require_installation()
    end = time.monotonic() + timeout
    try:
        folder = StateFolder.prepare(state_dir)
        file = lock(folder.lease, fcntl.LOCK_SH, timeout)
        if file is None:
            raise EmbeddedError(f"an earlier PostgreSQL in {folder.path} does not end")
        lease = Lease(folder, file)
        try:
            while True:
                _ensure_supervisor(folder, settings or {}, end)
                if _answers(lease, end):
                    return lease
                time.sleep(0.05)
        except BaseException:
            file.close()
            raise
    except OSError as error:
        raise EmbeddedError(f"the folder {state_dir} cannot be used: {error}") from error


def _answers(lease: Lease, end: float) -> bool:
    import psycopg  # only here: the supervisor, which loads this module too, stays small without

    left = end - time.monotonic()
    url = lease.url("postgres", "postgres")  # who gets in when all other connections are taken
    try:
        psycopg.connect(url, connect_timeout=max(2, round(left))).close()
    except psycopg.OperationalError as error:
        if left < 0:
            reason = str(error).splitlines()[0]
            raise EmbeddedError(f"PostgreSQL does not answer in time: {reason}") from error
        return False
    return True


def _ensure_supervisor(folder: StateFolder, settings: Mapping[str, str], end: float) -> None:
    """Start a supervisor, unless there is one, and return when its server answers or at the end."""
    guard = lock(folder.supervision, fcntl.LOCK_EX)
    if guard is None:
        return
    if folder.log.exists() and folder.log.stat().st_size > _LOG_LIMIT:
        folder.log.rename(folder.log.with_name("log.old"))
    with guard, open_private(folder.log) as log, contextlib.suppress(subprocess.TimeoutExpired):
        supervisor = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-P", "-m", f"{__package__}.supervisor"),
                *(folder.path, json.dumps(dict(settings)), str(guard.fileno())),
            ],
            pass_fds=[guard.fileno()],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            timeout=max(0, end - time.monotonic()),
            check=False,
            text=True,
        )
        if supervisor.stdout or supervisor.returncode:
            reason = supervisor.stdout or f"the supervisor failed (see {folder.log})"
            raise EmbeddedError(f"the embedded PostgreSQL did not start: {reason}")
